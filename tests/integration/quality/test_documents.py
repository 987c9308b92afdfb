"""Documents: issued from what is known, read back, shown to whom they concern, and missed where they are not there."""

import hashlib
import json

import pytest
from doselane.type.v1 import type_pb2

from tests.integration.quality.conftest import Door
from tests.support.quality_news import HARBOR, a_place, a_report, a_slot, an_a2_table, an_attached_shipment
from tests.unit.quality.documents.builders import text_of

KINDS = ("BATCH_RECORD", "CERTIFICATE_OF_ANALYSIS", "LABEL", "CONSIGNMENT_NOTE", "DANGEROUS_GOODS_DECLARATION")
OF_A_DOSE = KINDS[2:]
ALL = {"required_documents": [f"DOCUMENT_KIND_{kind}" for kind in KINDS]}
FHIR = "application/fhir+json"


async def issue(door: Door, kind: str, slot: str = "slots/01a215bf-0000-7000-8000-000000000001") -> str:
    """Issues a document and says its name."""
    number = type_pb2.DocumentKind.Value(f"DOCUMENT_KIND_{kind}")
    about = {"slot": slot} if kind in OF_A_DOSE else {}
    issued = await door.ask("IssueDocument", batch=(await door.batch()).name, kind=number, **about)
    return issued.name  # type: ignore[no-any-return]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_document_is_a_pdf_and_its_twin_with_the_hashes_that_were_told(door: Door, kind: str) -> None:
    await door.made()
    await door.fill()
    name = await issue(door, kind)
    read = await door.read("GetDocument", name=name)
    assert read.pdf.startswith(b"%PDF")
    assert hashlib.sha256(read.pdf).hexdigest() == read.pdf_sha256
    assert hashlib.sha256(read.twin).hexdigest() == read.twin_sha256
    assert json.loads(read.twin)
    assert read.twin_media_type == (FHIR if kind == "CERTIFICATE_OF_ANALYSIS" else "application/json")
    assert (read.version, read.slot) == (1, "slots/01a215bf-0000-7000-8000-000000000001" if kind in OF_A_DOSE else "")


async def test_a_pack_is_complete_when_every_document_is_there_and_until_then_nothing_leaves(door: Door) -> None:
    batch = await door.made(**ALL)
    await door.fill()
    await door.hear(a_report("appearance", "complies", "", f"{batch.name}/samples/1"))
    for kind in KINDS:
        missing = (await door.read("ListDocuments", batch=batch.name)).missing
        assert type_pb2.DocumentKind.Value(f"DOCUMENT_KIND_{kind}") in [each.kind for each in missing]
        now = await door.batch()
        refused = await door.refusal(
            "AssessBatch", door.signer("designated_person"), name=now.name, record_sha256=now.record_sha256
        )
        assert refused.reason == "PACK_INCOMPLETE"
        assert (
            f"{kind} of slots/01a215bf-0000-7000-8000-000000000001" if kind in OF_A_DOSE else kind
        ) in refused.facts["missing"].split(", ")
        await issue(door, kind)
    assert not (await door.read("ListDocuments", batch=batch.name)).missing
    assert (await door.sign("AssessBatch", "designated_person")).state == 2


async def test_a_declaration_finds_nothing_that_does_not_go_together(door: Door) -> None:
    await door.made()
    await door.fill()
    read = await door.read("GetDocument", name=await issue(door, "DANGEROUS_GOODS_DECLARATION"))
    text = text_of(read.pdf)
    assert "UN number UN2915" in text and "What does not go together Nothing was found." in text


async def test_a_consignment_note_says_when_the_dose_leaves_and_when_it_is_expected(door: Door) -> None:
    await door.made()
    await door.fill()
    read = await door.read("GetDocument", name=await issue(door, "CONSIGNMENT_NOTE"))
    consignment = json.loads(read.twin)["consignment"]
    assert (consignment["departs_at"], consignment["arrives_at"]) == ("2026-12-01T12:00:00Z", "2026-12-01T17:00:00Z")


async def test_papers_of_transport_name_addresses_and_who_is_reached_or_say_that_nobody_knows(door: Door) -> None:
    await door.made()
    await door.fill()
    kinds = ("CONSIGNMENT_NOTE", "DANGEROUS_GOODS_DECLARATION")
    for kind in kinds:
        unknown = text_of((await door.read("GetDocument", name=await issue(door, kind))).pdf)
        assert "address not known" in unknown
    reached = "+46 00 000 00 01, day and night"
    told = {"address": "1 Dock Street, North", "emergency_contact": reached}
    await door.hear(
        a_place("facility", "facilities/north", version=2, **told),
        a_place("site", "sites/lakeside", version=2, address="2 Lake Drive, Lakeside"),
    )
    for kind in kinds:
        text = text_of((await door.read("GetDocument", name=await issue(door, kind))).pdf)
        assert "1 Dock Street, North" in text and "2 Lake Drive, Lakeside" in text
        assert f"Emergency contact {reached}" in text


async def test_papers_call_a_carrier_by_its_id_and_no_resource_name(door: Door) -> None:
    await door.made()
    await door.fill()
    await door.hear(an_attached_shipment())
    for kind in ("CONSIGNMENT_NOTE", "DANGEROUS_GOODS_DECLARATION"):
        read = await door.read("GetDocument", name=await issue(door, kind))
        assert "swift-courier" in text_of(read.pdf) and "partners/" not in text_of(read.pdf)
    assert "partners/swift-courier" in json.dumps(json.loads(read.twin))


async def declared(door: Door) -> dict[str, object]:
    """What the twin of a new declaration says."""
    read = await door.read("GetDocument", name=await issue(door, "DANGEROUS_GOODS_DECLARATION"))
    return json.loads(read.twin)  # type: ignore[no-any-return]


async def test_a_declaration_goes_by_the_table_that_is_in_force_and_says_which(door: Door) -> None:
    await door.made()
    await door.fill()
    bare = await declared(door)
    assert (bare["not_for_use"], bare["edition"]["name"]) == (True, "no table entered")  # type: ignore[index]
    assert bare["packages"][0]["by_default_row"] == ["Lu-177"]  # type: ignore[index]
    await door.hear(an_a2_table(), an_a2_table("a2Tables/sandbox", 2, a2_tbq=1e-6, not_for_use=True))
    told = await declared(door)
    # The sandbox's table was signed later, and gives way to one that is for use.
    assert told["not_for_use"] is False
    assert told["edition"] == {
        "name": "edition of a2Tables/ssr-6 (a2Tables/ssr-6 version 1)",
        "not_for_use": False,
        "a1_tbq": {},
        "a2_tbq": {"Lu-177": "0.7"},
        "default_a1_tbq": {},
        "default_a2_tbq": {},
    }
    await door.hear(an_a2_table("a2Tables/adr", 3, a2_tbq=0.5))
    assert (await declared(door))["edition"]["a2_tbq"] == {"Lu-177": "0.5"}  # type: ignore[index]
    await door.hear(an_a2_table("a2Tables/adr", 4, retired=True))
    assert (await declared(door))["edition"]["a2_tbq"] == {"Lu-177": "0.7"}  # type: ignore[index]
    await door.hear(an_a2_table(sequence=2, retired=True))
    assert (await declared(door))["not_for_use"] is True


async def test_a_document_that_is_issued_again_has_a_new_version_and_changes_the_record(door: Door) -> None:
    batch = await door.made()
    first, before = await issue(door, "BATCH_RECORD"), (await door.batch()).record_sha256
    second = await issue(door, "BATCH_RECORD")
    assert (first[-2:], second[-2:]) == ("-1", "-2")
    assert (await door.batch()).record_sha256 != before
    listed = (await door.read("ListDocuments", batch=batch.name)).documents
    assert [each.name for each in listed] == [first, second]
    assert len(await door.published("document.issued")) == 2
    assert (await door.read("GetDocument", name=first)).version == 1


async def test_a_sponsor_sees_the_papers_of_its_doses_and_the_certificate(door: Door) -> None:
    batch = await door.made()
    await door.hear(a_slot("slots/01a215bf-0000-7000-8000-000000000002", partner=HARBOR))
    await door.fill()
    await door.fill("slots/01a215bf-0000-7000-8000-000000000002", "V2")
    record, certificate = await issue(door, "BATCH_RECORD"), await issue(door, "CERTIFICATE_OF_ANALYSIS")
    own, others = await issue(door, "LABEL"), await issue(door, "LABEL", "slots/01a215bf-0000-7000-8000-000000000002")
    sponsor = door.caller()
    listed = await door.read("ListDocuments", sponsor, batch=batch.name)
    assert [each.name for each in listed.documents] == [certificate, own]
    for name in (certificate, own):
        assert (await door.read("GetDocument", sponsor, name=name)).pdf
    for name in (record, others, f"{batch.name}/documents/label-01a215bf-0000-7000-8000-000000000009-1"):
        with pytest.raises(Exception, match="no such document") as refused:
            await door.read("GetDocument", sponsor, name=name)
        assert refused.value.reason == "DOCUMENT_UNKNOWN"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("kind", "slot"),
    [
        ("LABEL", ""),
        ("LABEL", "slots/01a215bf-0000-7000-8000-000000000009"),
        ("BATCH_RECORD", "slots/01a215bf-0000-7000-8000-000000000001"),
        ("CONSIGNMENT_NOTE", ""),
    ],
)
async def test_a_document_about_nothing_is_refused(door: Door, kind: str, slot: str) -> None:
    batch = await door.made()
    await door.fill()
    number = type_pb2.DocumentKind.Value(f"DOCUMENT_KIND_{kind}")
    refused = await door.refusal("IssueDocument", batch=batch.name, kind=number, slot=slot)
    assert (refused.reason, refused.facts["field"]) == ("DOCUMENT_SUBJECT", "slot")
