"""Tables of A2 values at the door, and packages that are accepted by the one in force."""

from typing import Any

import pytest
from doselane.distribution.v1 import a2_table_pb2, distribution_pb2, events_pb2, shipment_pb2
from doselane.quality.v1 import document_pb2
from doselane.quality.v1 import events_pb2 as quality_events
from doselane.type.v1 import type_pb2

from services.kernel.errors import GatewayError
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from tests.integration.distribution.conftest import A2_TABLES, Desk
from tests.support.distribution import a_lane, a_product, at, batch_event, run_event, slot_event, vial_event

NAME, OTHER = "a2Tables/ssr-6", "a2Tables/ssr-6-draft"
ONE = "01a215bf-0000-7000-8000-000000000001"
Row, Table = a2_table_pb2.A2TableRow, a2_table_pb2.A2Table
DEFAULTS = [a2_table_pb2.A2DefaultRow(emission=each, a1_tbq=0.1, a2_tbq=0.02) for each in (1, 2, 3)]


async def propose(desk: Desk, name: str = NAME, a2_tbq: float = 0.7, **fields: Any) -> a2_table_pb2.A2Table:
    given: dict[str, Any] = {
        "name": name,
        "edition": "SSR-6",
        "rows": [Row(nuclide="Lu-177", a1_tbq=30, a2_tbq=a2_tbq)],
        "default_rows": DEFAULTS,
        "request_id": str(uuid7()),
    }
    request = a2_table_pb2.ProposeA2TableRequest(**{**given, **fields})
    return await desk.staff(A2_TABLES).call("ProposeA2Table", request)  # type: ignore[no-any-return]


async def sign(desk: Desk, table: a2_table_pb2.A2Table, call: str = "SignA2Table", **fields: Any) -> Any:
    role = fields.pop("role", "quality.assurance")
    given = {"name": table.name, "record_sha256": table.record_sha256, "request_id": str(uuid7()), **fields}
    return await desk.signer(role).call(call, getattr(a2_table_pb2, f"{call}Request")(**given))


async def signed(desk: Desk, name: str = NAME, a2_tbq: float = 0.7, **fields: Any) -> a2_table_pb2.A2Table:
    return await sign(desk, await propose(desk, name, a2_tbq, **fields))  # type: ignore[no-any-return]


async def get(desk: Desk, name: str = NAME, version: int | None = None) -> a2_table_pb2.A2Table:
    request = a2_table_pb2.GetA2TableRequest(name=name, version=version)
    return await desk.staff(A2_TABLES).call("GetA2Table", request)  # type: ignore[no-any-return]


async def refusal(coming: Any) -> GatewayError:
    with pytest.raises(GatewayError) as refused:
        await coming
    return refused.value


async def test_a_table_is_proposed_and_in_force_once_it_is_signed(desk: Desk) -> None:
    proposed = await propose(desk)
    assert (proposed.state, proposed.version, proposed.in_force) == (Table.PROPOSED, 1, False)
    assert (proposed.rows[0].a2_tbq, proposed.rows[0].a1_tbq) == (0.7, 30)
    done = await sign(desk, proposed, etag=proposed.etag)
    assert done == await get(desk)
    assert (done.state, done.in_force, done.signature.role) == (Table.SIGNED, True, "quality.assurance")
    assert done.signature.record_sha256 == proposed.record_sha256
    (event,) = await desk.published(NAME)
    assert (event.type, event.sequence) == ("doselane.distribution.a2_table.signed.v1", 1)
    assert events_pb2.A2TableSigned.FromString(event.data).a2_table == done
    assert (await refusal(sign(desk, proposed))).reason == "A2_TABLE_NOT_PROPOSED"


async def test_what_was_shown_is_signed_by_quality_assurance_or_nothing(desk: Desk) -> None:
    first, second = await propose(desk), await propose(desk, a2_tbq=0.6)
    assert (first.version, second.version) == (1, 1)
    assert (await refusal(sign(desk, first))).reason == "RECORD_CHANGED"
    assert (await refusal(sign(desk, second, etag="of another"))).reason == "STALE"
    assert (await refusal(sign(desk, second, role="quality.qualified_person"))).reason == "SIGNER_ROLE_MISSING"
    assert (await get(desk)).state == Table.PROPOSED
    assert (await refusal(get(desk, OTHER))).reason == "A2_TABLE_UNKNOWN"
    assert (await refusal(get(desk, version=7))).reason == "A2_TABLE_UNKNOWN"


async def test_all_that_is_wrong_with_a_table_is_said_and_what_it_would_be_is_foreseen(desk: Desk) -> None:
    wrong = await refusal(propose(desk, rows=[Row(nuclide="Lu-177"), Row(nuclide="Lu-177")], default_rows=DEFAULTS[:1]))
    for part in ("hold Lu-177 2 times", "rows[1] says nothing", "hold none for ALPHA"):
        assert part in str(wrong)
    foreseen = await propose(desk, validate_only=True)
    assert (await refusal(get(desk))).reason == "A2_TABLE_UNKNOWN"
    assert (await propose(desk)).record_sha256 == foreseen.record_sha256


async def test_a_table_is_corrected_by_its_next_version_and_retired_by_another_signature(desk: Desk) -> None:
    await signed(desk)
    second = await signed(desk, a2_tbq=0.6)
    assert (second.version, second.in_force) == (2, True)
    assert [(await get(desk, version=each)).in_force for each in (1, 2)] == [False, True]
    other = await signed(desk, OTHER, not_for_use=True)
    assert other.in_force is False
    retired = await sign(desk, second, "RetireA2Table")
    assert (retired.state, retired.in_force, retired.retirement.meaning) == (Table.RETIRED, False, 2)
    assert (await get(desk, OTHER)).in_force is True
    assert (await refusal(sign(desk, second, "RetireA2Table"))).reason == "A2_TABLE_RETIRED"
    assert (
        await refusal(sign(desk, await propose(desk, "a2Tables/x"), "RetireA2Table"))
    ).reason == "A2_TABLE_NOT_SIGNED"
    told = [(event.sequence, event.type.split(".")[3]) for event in await desk.published(NAME)]
    assert told == [(1, "signed"), (2, "signed"), (3, "retired")]
    listed = await desk.staff(A2_TABLES).call("ListA2Tables", a2_table_pb2.ListA2TablesRequest(page_size=2))
    assert [(each.name, each.version) for each in listed.a2_tables] == [(NAME, 2), (OTHER, 1)]
    rest = a2_table_pb2.ListA2TablesRequest(page_size=2, page_token=listed.next_page_token)
    sponsor = desk.caller(service=A2_TABLES)
    assert (await refusal(sponsor.call("ListA2Tables", rest))).reason == "INVALID_ARGUMENT"
    (last,) = (await desk.staff(A2_TABLES).call("ListA2Tables", rest)).a2_tables
    assert last.name == "a2Tables/x"
    seen = (await sponsor.call("ListA2Tables", a2_table_pb2.ListA2TablesRequest())).a2_tables
    assert len(seen) == 3 and not any(each.HasField("last_change") for each in seen)


def a_packed(**fields: Any) -> shipment_pb2.Package:
    party = shipment_pb2.PackageParty(display_name="Tidewater Isotopes", address="1 Harbour Road")
    given: dict[str, Any] = {
        "package_id": "P-1",
        "doses": [f"doses/{ONE}"],
        "design": shipment_pb2.Package.TYPE_A,
        "contents": [shipment_pb2.PackageContent(nuclide="Lu-177", activity_bq=2e10, time=stamp(at(0)))],
        "physical_form": "liquid",
        "chemical_form": "aqueous solution",
        "un_number": "UN2915",
        "proper_shipping_name": "Radioactive material, Type A package",
        "surface_dose_rate_usv_per_h": 120,
        "dose_rate_at_one_metre_usv_per_h": 4.2,
        "measure_time": stamp(at(0)),
        "measured_by": "RP-7",
        "instrument": "RM-3",
        "label_category": shipment_pb2.Package.YELLOW_II,
        "labels": 2,
        "seal_number": "S-1",
        "gross_weight_g": 12_400,
        "shipper": party,
        "consignee": party,
        "emergency_contact": "+49 30 0000000",
    }
    return shipment_pb2.Package(**{**given, **fields})


async def pack(desk: Desk, name: str, *packages: shipment_pb2.Package) -> shipment_pb2.Shipment:
    request = distribution_pb2.PackShipmentRequest(name=name, packages=packages, request_id=str(uuid7()))
    return await desk.call("PackShipment", request)  # type: ignore[no-any-return]


def a_declaration(sequence: int = 1) -> Event:
    name = f"{vial_event(ONE).subject.partition('/vials/')[0]}/documents/declaration-1"
    document = document_pb2.Document(
        name=name, kind=type_pb2.DOCUMENT_KIND_DANGEROUS_GOODS_DECLARATION, slot=f"slots/{ONE}"
    )
    data = quality_events.DocumentIssued(document=document).SerializeToString()
    return Event(
        id=uuid7(), type="doselane.quality.document.issued.v1", source="doselane/quality", subject=name,
        sequence=sequence, time=at(0), data=data,
    )  # fmt: skip


async def a_ready_shipment(desk: Desk) -> shipment_pb2.Shipment:
    await desk.apply(a_lane(), a_product(), run_event(), slot_event(ONE), vial_event(ONE), batch_event())
    return await desk.of(ONE)


async def test_a_shipment_is_handed_over_once_everything_on_its_checklist_is_there(desk: Desk) -> None:
    name = (await a_ready_shipment(desk)).name
    hand_over = distribution_pb2.RecordHandOverRequest(
        name=name, to_party="partners/swiftline-parcel", request_id=str(uuid7())
    )
    await pack(desk, name, shipment_pb2.Package(package_id="P-1", doses=[f"doses/{ONE}"]))
    early = await refusal(desk.call("RecordHandOver", hand_over))
    assert early.reason == "HAND_OVER_NOT_ACCEPTED"
    for part in ("P-1: un_number is missing", "emergency_contact is missing", "no declaration of dangerous goods"):
        assert part in early.facts["missing"]
    await desk.apply(a_declaration())
    packed = await pack(desk, name, a_packed())
    request = distribution_pb2.GetAcceptanceChecklistRequest(name=f"{name}/acceptanceChecklist")
    checked = await desk.call("GetAcceptanceChecklist", request)
    assert [item.detail for item in checked.items if item.state != shipment_pb2.AcceptanceItem.SATISFIED] == []
    assert checked.satisfied
    found = packed.packages[0].class7
    assert (found.transport_index, found.category, found.un_number) == (0.5, shipment_pb2.Package.YELLOW_II, "UN2915")
    assert (found.edition, found.not_for_use, list(found.default_row_nuclides)) == (
        "no table entered",
        True,
        ["Lu-177"],
    )
    assert found.label_lines[0] == "RADIOACTIVE II-YELLOW"
    given = shipment_pb2.Package()
    given.CopyFrom(packed.packages[0])
    given.ClearField("class7")
    assert given == a_packed(proper_shipping_name="Radioactive material, Type A package")
    assert (await desk.call("RecordHandOver", hand_over)).custody[0].to_party == "partners/swiftline-parcel"


async def test_a_dose_that_moved_to_another_run_is_not_packed_any_more(desk: Desk) -> None:
    name = (await a_ready_shipment(desk)).name
    await desk.apply(a_declaration())
    await pack(desk, name, a_packed())
    await desk.apply(run_event(run="runs/lu-2"), slot_event(ONE, "moved", 2, run="runs/lu-2"))
    assert not (await desk.of(ONE)).packages
    request = distribution_pb2.GetAcceptanceChecklistRequest(name=f"{name}/acceptanceChecklist")
    checked = await desk.call("GetAcceptanceChecklist", request)
    lacking = {item.item: item.detail for item in checked.items if item.state == shipment_pb2.AcceptanceItem.MISSING}
    assert lacking["packages"] == f"No package holds doses/{ONE}."


async def test_a_package_is_reckoned_by_the_table_in_force_which_it_names(desk: Desk) -> None:
    name = (await a_ready_shipment(desk)).name
    await signed(desk)
    found = (await pack(desk, name, a_packed())).packages[0].class7
    assert (found.edition, found.not_for_use, list(found.default_row_nuclides)) == (
        "SSR-6 (a2Tables/ssr-6 version 1)",
        False,
        [],
    )
    assert 0 < found.a2_fraction < 0.03


async def test_two_tables_are_compared_by_products_lanes_and_packages_on_their_way(desk: Desk) -> None:
    name = (await a_ready_shipment(desk)).name
    await pack(desk, name, a_packed())
    await signed(desk)
    await propose(desk, OTHER, a2_tbq=0.001)
    request = a2_table_pb2.CompareA2TablesRequest(name=NAME, other=OTHER)
    found = await desk.staff(A2_TABLES).call("CompareA2Tables", request)
    assert (found.version, found.other_version) == (1, 1)
    assert (found.products_compared, found.packages_compared) == (1, 1)
    assert [each.nuclide for each in found.rows] == ["Lu-177"]
    assert (found.rows[0].row.a2_tbq, found.rows[0].other_row.a2_tbq) == (0.7, 0.001)
    assert all(each.stops and each.a2_fraction < 1 < each.other_a2_fraction for each in found.differences)
    assert [each.package_id for each in found.differences if each.shipment == name] == ["P-1"]
    back = a2_table_pb2.CompareA2TablesRequest(name=OTHER, other=NAME)
    turned = await desk.staff(A2_TABLES).call("CompareA2Tables", back)
    assert [each.stops for each in turned.differences] == [False] * len(found.differences)
    sponsor = desk.caller(service=A2_TABLES)
    assert (await refusal(sponsor.call("CompareA2Tables", request))).kind == "DENIED"
