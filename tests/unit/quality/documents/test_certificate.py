"""The certificate: its stages, what it must state, what it refuses, and its FHIR bundle."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from fhir.resources.bundle import Bundle

from services.kernel.errors import Invalid
from services.quality.documents import IssuedDocument, certificate_of_analysis
from services.quality.documents.facts import (
    BatchFacts,
    BatchStanding,
    DocumentHead,
    LimitFacts,
    SigningRole,
    VerdictFact,
)
from tests.unit.quality.documents.builders import (
    HEAD,
    PRODUCT,
    QP,
    RESULTS,
    a_batch,
    a_result,
    at,
    measure,
    passed,
    text_of,
)

STANDINGS = {
    BatchStanding.IN_QC: ("PRELIMINARY", "preliminary"),
    BatchStanding.READY_TO_SHIP: ("PRELIMINARY", "preliminary"),
    BatchStanding.CERTIFIED_FOR_USE: ("CONDITIONAL", "final"),
    BatchStanding.CERTIFIED_FINAL: ("FINAL", "final"),
    BatchStanding.REJECTED: ("REJECTED", "final"),
    BatchStanding.FAILED_AFTER_USE: ("FAILED AFTER USE", "final"),
}


def bundle_of(document: IssuedDocument) -> dict[str, list[dict[str, Any]]]:
    """The resources by type, with numbers as decimals; the bundle is checked against R5 first."""
    assert document.fhir is not None
    Bundle.model_validate_json(document.fhir.content)
    found: dict[str, list[dict[str, Any]]] = {}
    for entry in json.loads(document.fhir.content, parse_float=Decimal)["entry"]:
        assert entry["fullUrl"] == f"urn:uuid:{entry['resource']['id']}"
        found.setdefault(entry["resource"]["resourceType"], []).append(entry["resource"])
    return found


def certified(**more: Any) -> BatchFacts:
    return a_batch(**{"standing": BatchStanding.CERTIFIED_FOR_USE, "signatures": (QP,), **more})


@pytest.mark.parametrize("standing", STANDINGS)
def test_each_standing_has_its_version_of_the_report(standing: BatchStanding) -> None:
    banner, status = STANDINGS[standing]
    document = certificate_of_analysis(certified(standing=standing, results=passed()), HEAD)
    assert banner in text_of(document.pdf.content)
    assert json.loads(document.twin.content)["stage"].replace("_", " ") == banner
    (report,) = bundle_of(document)["DiagnosticReport"]
    assert report["status"] == status
    assert report["extension"][0] == {
        "url": "urn:doselane:fhir:certificate-stage",
        "valueCode": banner.replace(" ", "_"),
    }


def test_before_certification_it_says_that_nothing_is_released() -> None:
    text = text_of(certificate_of_analysis(a_batch(), HEAD).pdf.content)
    assert "not released for administration" in text
    assert "certified for use" not in text


def test_a_rejection_says_so_with_its_reason() -> None:
    rejected = a_batch(standing=BatchStanding.REJECTED, rejection_reason="Purity below the limit")
    text = text_of(certificate_of_analysis(rejected, HEAD).pdf.content)
    assert "REJECTED · not to be used" in text
    assert "Reason of rejection Purity below the limit" in text
    silent = certificate_of_analysis(replace(rejected, rejection_reason=None), HEAD)
    assert "Reason of rejection not known" in text_of(silent.pdf.content)


@pytest.mark.parametrize("role", [role for role in SigningRole if role is not SigningRole.QUALIFIED_PERSON])
def test_without_a_qualified_persons_signature_nothing_is_certified(role: SigningRole) -> None:
    for signatures in ((), (replace(QP, role=role),)):
        with pytest.raises(Invalid) as refusal:
            certificate_of_analysis(certified(signatures=signatures), HEAD)
        assert refusal.value.facts["field"] == "signatures"


def test_where_no_qualified_person_is_asked_for_none_need_sign() -> None:
    product = replace(PRODUCT, certified_by_qualified_person=False)
    text = text_of(certificate_of_analysis(certified(signatures=(), product=product), HEAD).pdf.content)
    assert "CONDITIONAL" in text


@pytest.mark.parametrize("verdict", [verdict for verdict in VerdictFact if verdict is not VerdictFact.PASS])
def test_a_conditional_certificate_needs_every_test_before_use(verdict: VerdictFact) -> None:
    for position in range(5):
        results = [*RESULTS]
        results[position] = replace(results[position], verdict=verdict)
        with pytest.raises(Invalid) as refusal:
            certificate_of_analysis(certified(results=tuple(results)), HEAD)
        assert refusal.value.facts["tests"] == results[position].test_id


def test_a_final_certificate_needs_those_after_use_too() -> None:
    final = certified(standing=BatchStanding.CERTIFIED_FINAL)
    with pytest.raises(Invalid) as refusal:
        certificate_of_analysis(final, HEAD)
    assert refusal.value.facts["tests"] == "sterility"
    unfounded = (*RESULTS[:5], replace(RESULTS[5], verdict=VerdictFact.PASS))
    with pytest.raises(Invalid):
        certificate_of_analysis(replace(final, results=unfounded), HEAD)


def test_lu_177m_and_the_routes_are_stated() -> None:
    document = certificate_of_analysis(certified(), HEAD)
    text = text_of(document.pdf.content)
    assert "Lu-177m content 0.020 %" in text
    assert "Production route Carrier added, ¹⁷⁶Lu(n,γ)¹⁷⁷Lu" in text
    assert "administration Intravenous" in text or "Intravenous" in text
    assert json.loads(document.twin.content)["impurities"] == {"Lu-177m": "0.020 %"}


def test_an_impurity_that_was_not_measured_is_stated_as_not_known() -> None:
    unmeasured = a_batch(
        results=RESULTS[:4], product=replace(PRODUCT, route_of_administration=None, production_route=None)
    )
    document = certificate_of_analysis(unmeasured, HEAD)
    text = text_of(document.pdf.content)
    assert "Lu-177m content not known" in text
    assert "Production route not known" in text
    actinium = replace(PRODUCT, nuclide="Ac-225", impurity_nuclides=("Ac-227", "Ra-225"))
    stated = json.loads(certificate_of_analysis(a_batch(product=actinium), HEAD).twin.content)["impurities"]
    assert stated == {"Ac-227": "not known", "Ra-225": "not known"}


def test_every_test_stands_once_with_limit_result_and_verdict() -> None:
    text = text_of(certificate_of_analysis(certified(), HEAD).pdf.content)
    for part in ("≥ 97.0 % 99.10 %", "≥ 4.5 and ≤ 7.0 5.50", "< 17.5 EU/mL < 0.50 EU/mL", "≤ 0.05 % 0.020 %"):
        assert text.count(part) == 1
    assert text.count(" PASS") == 5
    assert text.count("PENDING") == 1


def test_words_stand_beside_a_number_and_limits_may_be_unknown() -> None:
    odd = (
        a_result("a", text="mean of 3", limit=LimitFacts()),
        a_result("b", name="Odd", limit=LimitFacts(low=Decimal("1"), low_exclusive=True, text="and clear")),
    )
    document = certificate_of_analysis(a_batch(results=odd), HEAD)
    text = text_of(document.pdf.content)
    assert "99.10 % (mean of 3)" in text
    assert "not known 99.10 %" in text
    assert "> 1 % and and clear" in text
    first, _ = bundle_of(document)["Observation"]
    assert first["note"] == [{"text": "mean of 3"}]


def test_the_bundle_is_a_batch_analysis_of_valid_r5() -> None:
    document = certificate_of_analysis(certified(), HEAD)
    assert document.fhir is not None
    whole = json.loads(document.fhir.content)
    assert whole["type"] == "collection"
    assert whole["meta"]["profile"] == [
        "http://hl7.org/fhir/uv/pharm-quality/StructureDefinition/Bundle-batch-analysis-pq"
    ]
    assert whole["identifier"]["value"] == "DOC-0001/1"
    assert whole["timestamp"] == "2026-11-26T09:30:00Z"
    found = bundle_of(document)
    assert {kind: len(entries) for kind, entries in found.items()} == {
        "PlanDefinition": 1, "ObservationDefinition": 6, "MedicinalProductDefinition": 1, "SubstanceDefinition": 1,
        "Organization": 1, "Medication": 1, "DiagnosticReport": 1, "Observation": 6,
    }  # fmt: skip


def test_every_reference_of_the_bundle_leads_to_an_entry() -> None:
    document = certificate_of_analysis(certified(), HEAD)
    found = bundle_of(document)
    ids = {f"{kind}/{one['id']}" for kind, entries in found.items() for one in entries}
    assert len(ids) == 18
    references: list[str] = []

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            references.extend(value[key] for key in ("reference", "definitionCanonical") if key in value)
            for one in value.values():
                walk(one)
        elif isinstance(value, list):
            for one in value:
                walk(one)

    walk(found)
    assert len(references) > 20
    assert set(references) <= ids


def test_decimals_keep_their_digits_in_the_bundle() -> None:
    results = (
        a_result("a", value=Decimal("1.0")),
        a_result("b", value=Decimal("1.00")),
        a_result("c", value=Decimal("1E+2")),
    )
    document = certificate_of_analysis(a_batch(results=results), HEAD)
    assert document.fhir is not None
    text = document.fhir.content.decode()
    for part in ('"value":1.0,', '"value":1.00,', '"value":100,', '"value":6.647,', '"value":740.0,'):
        assert part in text
    assert document.fhir.media_type == "application/fhir+json"
    assert certificate_of_analysis(a_batch(results=results), HEAD).fhir == document.fhir


def test_results_are_told_as_what_they_are() -> None:
    observations = {
        one["code"]["text"]: one for one in bundle_of(certificate_of_analysis(certified(), HEAD))["Observation"]
    }
    endotoxin = observations["Bacterial endotoxins"]
    assert endotoxin["valueQuantity"] == {
        "value": Decimal("0.50"), "unit": "EU/mL", "system": "http://unitsofmeasure.org", "code": "[iU]/mL",
        "comparator": "<",
    }  # fmt: skip
    assert observations["pH"]["valueQuantity"]["unit"] == "[pH]"
    assert observations["Appearance"]["valueCodeableConcept"] == {"text": "Complies"}
    assert observations["Lu-177m content"]["component"][0]["valueCodeableConcept"] == {"text": "Lu-177m"}
    assert "component" not in endotoxin
    sterility = observations["Sterility"]
    assert sterility["status"] == "registered"
    assert sterility["dataAbsentReason"]["coding"][0]["code"] == "temp-unknown"
    assert "effectiveDateTime" not in sterility
    assert sterility["interpretation"] == [{"text": "PENDING"}]
    assert endotoxin["status"] == "final"
    assert endotoxin["effectiveDateTime"] == "2026-11-26T07:00:00Z"


def test_a_bound_that_is_not_allowed_itself_is_no_fhir_range() -> None:
    definitions = {
        one["title"]: one["qualifiedValue"][0]
        for one in bundle_of(certificate_of_analysis(certified(), HEAD))["ObservationDefinition"]
    }
    assert "range" not in definitions["Bacterial endotoxins"]
    assert definitions["Bacterial endotoxins"]["extension"][0]["valueString"] == "< 17.5 EU/mL"
    assert definitions["pH"]["range"]["low"]["value"] == Decimal("4.5")
    assert definitions["pH"]["range"]["high"]["value"] == Decimal("7.0")
    assert list(definitions["Radiochemical purity"]["range"]) == ["low"]
    assert "range" not in definitions["Appearance"]
    low = a_result(limit=LimitFacts(low=Decimal(1), low_exclusive=True))
    (definition,) = bundle_of(certificate_of_analysis(a_batch(results=(low,)), HEAD))["ObservationDefinition"]
    assert "range" not in definition["qualifiedValue"][0]


def test_batch_and_signatures_are_in_the_bundle() -> None:
    found = bundle_of(certificate_of_analysis(certified(), HEAD))
    (medication,) = found["Medication"]
    assert medication["batch"]["lotNumber"] == "LU26-1126/A"
    assert medication["batch"]["expirationDate"] == "2026-11-29T13:30:00Z"
    parts = {one["url"]: one for one in medication["batch"]["extension"][0]["extension"]}
    assert parts["manufacturingDate"]["valueDateTime"] == "2026-11-26T05:00:00Z"
    assert parts["batchQuantity"]["valueQuantity"]["value"] == Decimal("100.0")
    assert [one["url"].split(":")[-1] for one in medication["extension"]] == [
        "calibrated-at", "activity-at-calibration", "concentration-at-calibration",
    ]  # fmt: skip
    (report,) = found["DiagnosticReport"]
    signature = {one["url"]: one for one in report["extension"][1]["extension"]}
    assert signature["role"]["valueString"] == "Qualified Person"
    assert signature["recordSha256"]["valueString"] == "ab" * 32
    (substance,) = found["SubstanceDefinition"]
    assert substance["extension"][0]["valueString"] == PRODUCT.production_route
    assert found["MedicinalProductDefinition"][0]["route"] == [{"text": "Intravenous"}]
    assert found["PlanDefinition"][0]["title"] == "QS-LU-004 v3"
    groups = found["PlanDefinition"][0]["action"][0]["action"]
    assert [len(group["action"]) for group in groups] == [3, 2, 1]


def test_a_bundle_of_what_is_hardly_known_is_valid_too() -> None:
    product = replace(
        PRODUCT,
        dosage_form=None,
        route_of_administration=None,
        production_route=None,
        specification=None,
        storage=None,
        half_life=None,
    )
    bare = a_batch(
        product=product, calibrated_at=None, activity_at_calibration=None, volume=None, expires_at=None,
        concentration_at_calibration=None, results=(), manufacturer=replace(a_batch().manufacturer, address=None),
        run=replace(a_batch().run, end_of_synthesis=None),
    )  # fmt: skip
    document = certificate_of_analysis(bare, HEAD)
    found = bundle_of(document)
    assert "result" not in found["DiagnosticReport"][0]
    assert "extension" not in found["Medication"][0]
    assert "extension" not in found["SubstanceDefinition"][0]
    assert b"null" not in (document.fhir.content if document.fhir else b"")
    result = a_result(method=None, laboratory=None, measured_at=None)
    assert (
        "performer" not in bundle_of(certificate_of_analysis(replace(bare, results=(result,)), HEAD))["Observation"][0]
    )


def test_two_versions_of_one_report_have_one_identifier_and_its_resources_the_same_ids() -> None:
    first = bundle_of(certificate_of_analysis(a_batch(), HEAD))
    second = bundle_of(certificate_of_analysis(certified(), DocumentHead("DOC-0001", 2, at(26, 12), "cd" * 32)))
    assert first["DiagnosticReport"][0]["identifier"] == second["DiagnosticReport"][0]["identifier"]
    assert first["Medication"][0]["id"] == second["Medication"][0]["id"]
    other = bundle_of(certificate_of_analysis(a_batch(lot="L2"), HEAD))
    assert other["Medication"][0]["id"] != first["Medication"][0]["id"]


def test_a_unit_without_a_printed_form_is_printed_as_its_code() -> None:
    document = certificate_of_analysis(a_batch(volume=measure("3.20", "uL")), HEAD)
    assert "3.20 µL" in text_of(document.pdf.content)
    assert "100 %" not in text_of(document.pdf.content)
