"""The Partner API with the twin on a real socket: what is written, what is emptied, and what a fault means."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from lxml import etree

from adapters.crm_salesforce.soap.client import BINDING, SalesforceSoap, fault_meaning
from adapters.crm_salesforce.soap.sobjects import written_record
from adapters.host.client.soap import SoapService, wsdl_of
from adapters.outbound import Away, Declined, Uncertain
from tests.support.interfaces import interface
from tests.support.salesforce import OrgDoor, an_org

ORDER, DOSE = "Dose_Order__c", "Dose__c"
REFERENCE, SLOT = "External_Reference__c", "Slot__c"


@pytest.fixture
async def door() -> AsyncIterator[OrgDoor]:
    async with an_org() as running:
        yield running


@pytest.fixture
def soap(door: OrgDoor) -> SalesforceSoap:
    return SalesforceSoap(door.http, "38.0")


def an_order(reference: str, **changes: Any) -> dict[str, Any]:
    return {REFERENCE: reference, "Product__c": "products/<lu> & more", "Site__c": "sites/lakeside", **changes}


async def test_records_are_written_by_their_external_id_and_read_back(door: OrgDoor, soap: SalesforceSoap) -> None:
    at = datetime(2026, 12, 2, 9, tzinfo=UTC)
    orders = [an_order("NL/1", Administration__c=at, Activity_MBq__c=7400.5), an_order("NL-2", Status__c="Mislaid")]
    first, second = await soap.upsert_many(ORDER, REFERENCE, orders)
    assert isinstance(first, str) and isinstance(second, Declined)
    assert "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST" in str(second) and "(Status__c)" in str(second)
    record = door.org.by(ORDER, REFERENCE, "NL/1")
    assert (record["Id"], record["Product__c"], record["Activity_MBq__c"]) == (first, "products/<lu> & more", 7400.5)
    found = await soap.retrieve(ORDER, ["Id", "Product__c", "Status__c"], [first, "a0B000000000999EAA"])
    assert found == [{"Id": first, "Product__c": "products/<lu> & more", "Status__c": None}, None]
    with pytest.raises(Declined, match="INVALID_FIELD"):
        await soap.retrieve(ORDER, ["Colour__c"], [first])


async def test_an_empty_value_empties_its_field_and_the_others_stay(door: OrgDoor, soap: SalesforceSoap) -> None:
    await soap.upsert_many(ORDER, REFERENCE, [an_order("NL-1", Comment__c="by lift", Status__c="Requested")])
    await soap.upsert_many(ORDER, REFERENCE, [{REFERENCE: "NL-1", "Comment__c": None}])
    record = door.org.by(ORDER, REFERENCE, "NL-1")
    assert (record["Comment__c"], record["Status__c"]) == (None, "Requested")


async def test_many_go_in_calls_of_200_and_one_that_cannot_be_read_keeps_nobody(
    door: OrgDoor, soap: SalesforceSoap
) -> None:
    doses: list[dict[str, Any]] = [{SLOT: f"slots/{number}", "Activity_MBq__c": number} for number in range(300)]
    doses[150]["Activity_MBq__c"] = "much"
    doses[250]["Colour__c"] = "red"
    outcomes = await soap.upsert_many(DOSE, SLOT, doses)
    assert [at for at, each in enumerate(outcomes) if not isinstance(each, str)] == [150, 250]
    assert all(isinstance(outcomes[at], Declined) for at in (150, 250))
    assert len(door.org.records[DOSE]) == 298


async def test_all_or_none_makes_none_if_one_is_refused(door: OrgDoor, soap: SalesforceSoap) -> None:
    outcomes = await soap.create(ORDER, [an_order("NL-1"), {REFERENCE: "NL-2"}], all_or_none=True)
    assert [type(each) for each in outcomes] == [Away, Declined]
    assert not door.org.records.get(ORDER)
    assert [type(each) for each in await soap.create(ORDER, [an_order("NL-1"), {REFERENCE: "NL-2"}])] == [str, Declined]


async def test_a_session_that_is_over_is_renewed_once(door: OrgDoor, soap: SalesforceSoap) -> None:
    assert isinstance((await soap.create(ORDER, [an_order("NL-1")]))[0], str)
    door.twin.log_in.expire()
    assert isinstance((await soap.create(ORDER, [an_order("NL-2")]))[0], str)
    assert door.twin.log_in.log_ins == 2
    door.twin.soap.faults += ["INVALID_SESSION_ID", "INVALID_SESSION_ID"]
    with pytest.raises(Away, match="INVALID_SESSION_ID"):
        await soap.create(ORDER, [an_order("NL-3")])
    assert len(door.org.records[ORDER]) == 2


@pytest.mark.parametrize(
    ("code", "raised"),
    [
        ("SERVER_UNAVAILABLE", Away), ("REQUEST_RUNNING_TOO_LONG", Away), ("QUERY_TIMEOUT", Away),
        ("REQUEST_LIMIT_EXCEEDED", Away), ("INVALID_LOGIN", Declined), ("API_DISABLED_FOR_ORG", Declined),
        ("API_CURRENTLY_DISABLED", Declined), ("UNSUPPORTED_API_VERSION", Declined),
        ("STORAGE_LIMIT_EXCEEDED", Declined), ("INSUFFICIENT_ACCESS", Declined), ("UNKNOWN_EXCEPTION", Uncertain),
        ("Server", Uncertain), ("Client", Declined),
    ],
)  # fmt: skip
async def test_a_fault_says_what_follows_and_shows_no_session(
    door: OrgDoor, soap: SalesforceSoap, code: str, raised: type[Exception]
) -> None:
    door.twin.soap.faults.append(code)
    with pytest.raises(raised, match=code) as told:
        await soap.create(ORDER, [an_order("NL-1")])
    assert isinstance(told.value, raised)
    assert not any(token in str(told.value) for token in door.twin.log_in.sessions)
    door.twin.soap.faults.append(code)
    (outcome,) = await soap.upsert_many(ORDER, REFERENCE, [an_order("NL-1")])
    assert isinstance(outcome, raised)


def test_a_fault_of_soap_itself_is_left_to_soap() -> None:
    assert fault_meaning("Server", "down") is None
    assert isinstance(fault_meaning("SERVER_UNAVAILABLE", "SERVER_UNAVAILABLE: down"), Away)


async def test_what_is_sent_is_what_the_vendor_s_own_wsdl_writes(door: OrgDoor) -> None:
    theirs = wsdl_of(interface("salesforce/partner.wsdl"))
    ours = SalesforceSoap(door.http, "38.0")._soap
    vendor = SoapService(theirs, door.http, "/services/Soap/u/38.0", binding=BINDING)
    headers = {"SessionHeader": {"sessionId": "s"}, "AllOrNoneHeader": {"allOrNone": True}}
    emptied = written_record(ORDER, an_order("a", Comment__c=None))
    for operation, values in (
        ("upsert", {"externalIDFieldName": REFERENCE, "sObjects": [emptied]}),
        ("create", {"sObjects": [written_record(ORDER, an_order("a", Released__c=True))]}),
        ("retrieve", {"fieldList": "Id, Name", "sObjectType": ORDER, "ids": ["a0B000000000001EAA"]}),
    ):  # fmt: skip
        sent = headers if operation != "retrieve" else {"SessionHeader": {"sessionId": "s"}}
        written = [each.written(operation, _soapheaders=sent, **values) for each in (ours, vendor)]
        one, two = (etree.tostring(etree.fromstring(each), method="c14n2", strip_text=True) for each in written)
        assert _without_prefixes(one) == _without_prefixes(two)


def _without_prefixes(envelope: bytes) -> list[tuple[str, str | None, dict[str, str]]]:
    return [(str(each.tag), each.text, dict(each.attrib)) for each in etree.fromstring(envelope).iter()]
