"""The certificate as HL7 FHIR R5, after the guide Pharmaceutical Quality (Industry) 1.0.0: a batch analysis.

The guide is made for submissions: it has no field for a certification, a calibration instant or a half-life, so
these are extensions of our own.
Numbers keep their digits, which is why the bundle is not canonical JSON after RFC 8785.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import simplejson

from services.quality.documents.facts import BatchFacts, BatchStanding, DocumentHead, LimitFacts, Measure, ResultFacts
from services.quality.documents.results import DUE_TITLE, ROLE_TEXT, limit_text
from services.quality.documents.twin import utc_text
from services.quality.documents.units import PRINTED

PROFILE = "http://hl7.org/fhir/uv/pharm-quality/StructureDefinition/Bundle-batch-analysis-pq"
LIMIT_TEXT = "http://hl7.org/fhir/uv/pharm-quality/StructureDefinition/Extension-qualified-value-text-pq"
MANUFACTURING = "http://hl7.org/fhir/StructureDefinition/medication-manufacturingBatch"
REPORT_TYPE = "http://terminology.hl7.org/CodeSystem/pharmaceutical-report-type"
ORGANIZATION_TYPE = "http://terminology.hl7.org/CodeSystem/pharmaceutical-organization-type"
ABSENT_REASON = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
LOCAL_CODES = "http://hl7.org/fhir/uv/pharm-quality/CodeSystem/cs-local-codes-drug-pq"
UCUM = "http://unitsofmeasure.org"
OURS = "urn:doselane:fhir:"

Resource = dict[str, Any]
_OPEN = (BatchStanding.IN_QC, BatchStanding.READY_TO_SHIP)


def certificate_bundle(batch: BatchFacts, head: DocumentHead, stage: str, conclusion: str) -> bytes:
    """The bundle's bytes: the same for the same facts."""
    ids = _Ids(batch, head)
    resources = [
        _plan(batch, ids),
        *(_definition(one, ids) for one in batch.results),
        _product(batch, ids),
        _substance(batch, ids),
        _organization(batch, ids),
        _medication(batch, ids),
        _report(batch, head, ids, stage, conclusion),
        *(_observation(one, ids) for one in batch.results),
    ]
    bundle = {
        "resourceType": "Bundle",
        "meta": {"profile": [PROFILE]},
        "identifier": {"system": f"{OURS}document", "value": f"{head.document_id}/{head.version}"},
        "type": "collection",
        "timestamp": utc_text(head.issued_at),
        "entry": [{"fullUrl": f"urn:uuid:{one['id']}", "resource": one} for one in resources],
    }
    return simplejson.dumps(bundle, use_decimal=True, ensure_ascii=False, separators=(",", ":")).encode()


class _Ids:
    """Ids that follow from what they name, so that the same facts give the same bundle."""

    def __init__(self, batch: BatchFacts, head: DocumentHead) -> None:
        self._base = f"{OURS}{head.document_id}:{batch.lot}"

    def of(self, kind: str, name: str = "") -> str:
        """The id of a resource."""
        return str(uuid5(NAMESPACE_URL, f"{self._base}:{kind}:{name}"))

    def to(self, kind: str, name: str = "") -> Resource:
        """A reference to a resource of the bundle."""
        return {"reference": f"{kind}/{self.of(kind, name)}"}

    def start(self, kind: str, name: str = "", /, **more: object) -> Resource:
        """A resource with its id."""
        return {"resourceType": kind, "id": self.of(kind, name), **more}


def _plan(batch: BatchFacts, ids: _Ids) -> Resource:
    groups = [
        {
            "title": title,
            "code": {"text": "Timing Group"},
            "action": [
                {
                    "title": one.name,
                    "code": {"text": "Test"},
                    "definitionCanonical": f"ObservationDefinition/{ids.of('ObservationDefinition', one.test_id)}",
                }
                for one in batch.results
                if one.due is due
            ],
        }
        for due, title in DUE_TITLE.items()
        if any(one.due is due for one in batch.results)
    ]
    top: Resource = {"title": "Specification", "code": {"text": "Overall set of actions"}}
    if groups:
        top["action"] = groups
    plan = ids.start("PlanDefinition", status="active", subjectReference=ids.to("MedicinalProductDefinition"))
    if batch.product.specification is not None:
        plan["title"] = batch.product.specification
    return {**plan, "action": [top]}


def _definition(result: ResultFacts, ids: _Ids) -> Resource:
    definition = ids.start("ObservationDefinition", result.test_id, title=result.name, status="active")
    definition["code"] = _code(result)
    if result.method is not None:
        definition["method"] = {"text": result.method}
    definition["qualifiedValue"] = [_criterion(result.limit, result.unit)]
    return definition


def _criterion(limit: LimitFacts, unit: str) -> Resource:
    """A limit as words and, where both bounds are allowed values, as FHIR's range, which always includes its own."""
    criterion: Resource = {"extension": [{"url": LIMIT_TEXT, "valueString": limit_text(limit, unit)}]}
    bounds, unit = {"low": limit.low, "high": limit.high}, unit if limit.unit is None else limit.unit
    known = {name: _quantity(Measure(value, unit)) for name, value in bounds.items() if value is not None}
    if known and not (limit.low_exclusive or limit.high_exclusive):
        criterion["range"] = known
    return criterion


def _code(result: ResultFacts) -> Resource:
    coding = {"system": f"{OURS}test", "code": result.test_id, "display": result.name}
    return {"coding": [coding], "text": result.name}


def _observation(result: ResultFacts, ids: _Ids) -> Resource:
    observation = ids.start(
        "Observation",
        result.test_id,
        instantiatesReference=ids.to("ObservationDefinition", result.test_id),
        status="final" if result.is_known else "registered",
        code=_code(result),
        subject=ids.to("Medication"),
    )
    if result.measured_at is not None:
        observation["effectiveDateTime"] = utc_text(result.measured_at)
    if result.laboratory is not None:
        observation["performer"] = [{"display": result.laboratory}]
    observation["interpretation"] = [{"text": result.verdict.value}]
    if result.analyte is not None:
        observation["component"] = [_impurity(result.analyte)]
    return {**observation, **_value(result)}


def _value(result: ResultFacts) -> Resource:
    if result.value is not None:
        quantity = _quantity(Measure(result.value, result.unit))
        sign: Mapping[str, object] = {"comparator": result.comparator.value} if result.comparator else {}
        note = {"note": [{"text": result.text}]} if result.text is not None else {}
        return {"valueQuantity": {**quantity, **sign}, **note}
    if result.text is not None:
        return {"valueCodeableConcept": {"text": result.text}}
    return {"dataAbsentReason": {"coding": [{"system": ABSENT_REASON, "code": "temp-unknown"}]}}


def _impurity(analyte: str) -> Resource:
    coding = {"system": LOCAL_CODES, "code": "IMP", "display": "Impurity"}
    return {"code": {"coding": [coding]}, "valueCodeableConcept": {"text": analyte}}


def _quantity(measure: Measure) -> Resource:
    unit = PRINTED.get(measure.unit, measure.unit)
    return {"value": _digits(measure.value), "unit": unit or measure.unit, "system": UCUM, "code": measure.unit}


def _digits(value: Decimal) -> Decimal:
    """The same digits without an exponent, which some readers do not take."""
    return Decimal(format(value, "f"))


def _product(batch: BatchFacts, ids: _Ids) -> Resource:
    product = batch.product
    resource = ids.start(
        "MedicinalProductDefinition",
        identifier=[{"system": "https://www.gs1.org/gtin", "value": product.gtin}],
        name=[{"productName": product.name}],
    )
    if product.dosage_form is not None:
        resource["combinedPharmaceuticalDoseForm"] = {"text": product.dosage_form}
    if product.route_of_administration is not None:
        resource["route"] = [{"text": product.route_of_administration}]
    return resource


def _substance(batch: BatchFacts, ids: _Ids) -> Resource:
    product = batch.product
    extensions = [
        *([_ours("production-route", valueString=product.production_route)] if product.production_route else []),
        *([_ours("half-life", valueQuantity=_quantity(product.half_life))] if product.half_life else []),
    ]
    substance = ids.start("SubstanceDefinition", name=[{"name": product.nuclide}])
    return {**substance, "extension": extensions} if extensions else substance


def _organization(batch: BatchFacts, ids: _Ids) -> Resource:
    maker = batch.manufacturer
    kind = {"system": ORGANIZATION_TYPE, "code": "drug-product-manufacture"}
    resource = ids.start("Organization", name=maker.name, type=[{"coding": [kind]}])
    resource["identifier"] = [{"system": f"{OURS}party", "value": maker.party_id}]
    if maker.address is not None:
        resource["contact"] = [{"address": {"text": maker.address}}]
    return resource


def _medication(batch: BatchFacts, ids: _Ids) -> Resource:
    parts: list[Resource] = [{"url": "assignedManufacturer", "valueReference": ids.to("Organization")}]
    if batch.run.end_of_synthesis is not None:
        parts.append({"url": "manufacturingDate", "valueDateTime": utc_text(batch.run.end_of_synthesis)})
    if batch.volume is not None:
        parts.append({"url": "batchQuantity", "valueQuantity": _quantity(batch.volume)})
    lot: Resource = {"extension": [{"url": MANUFACTURING, "extension": parts}], "lotNumber": batch.lot}
    if batch.expires_at is not None:
        lot["expirationDate"] = utc_text(batch.expires_at)
    medication = ids.start("Medication", code={"text": batch.product.name}, batch=lot)
    extensions = _radioactivity(batch)
    return {**medication, "extension": extensions} if extensions else medication


def _radioactivity(batch: BatchFacts) -> list[Resource]:
    activity, concentration = batch.activity_at_calibration, batch.concentration_at_calibration
    return [
        *([_ours("calibrated-at", valueDateTime=utc_text(batch.calibrated_at))] if batch.calibrated_at else []),
        *([_ours("activity-at-calibration", valueQuantity=_quantity(activity))] if activity else []),
        *([_ours("concentration-at-calibration", valueQuantity=_quantity(concentration))] if concentration else []),
    ]


def _report(batch: BatchFacts, head: DocumentHead, ids: _Ids, stage: str, conclusion: str) -> Resource:
    certifications = [_certification(batch, number) for number in range(len(batch.signatures))]
    report = ids.start(
        "DiagnosticReport",
        extension=[_ours("certificate-stage", valueCode=stage), *certifications],
        identifier=[{"system": f"{OURS}document", "value": head.document_id}],
        status="preliminary" if batch.standing in _OPEN else "final",
        code={"coding": [{"system": REPORT_TYPE, "code": "Batch Analysis Report"}], "text": "Batch Analysis Report"},
        subject=ids.to("Medication"),
        effectiveDateTime=utc_text(head.issued_at),
        performer=[ids.to("Organization")],
        conclusion=conclusion,
    )
    if batch.results:
        report["result"] = [ids.to("Observation", one.test_id) for one in batch.results]
    return report


def _certification(batch: BatchFacts, number: int) -> Resource:
    one = batch.signatures[number]
    parts = [
        {"url": "signer", "valueString": one.signer},
        {"url": "role", "valueString": ROLE_TEXT[one.role]},
        {"url": "meaning", "valueString": one.meaning},
        {"url": "signedAt", "valueInstant": utc_text(one.signed_at)},
        {"url": "recordSha256", "valueString": one.record_sha256},
    ]
    return {"url": f"{OURS}signature", "extension": parts}


def _ours(name: str, **value: object) -> Resource:
    return {"url": f"{OURS}{name}", **value}
