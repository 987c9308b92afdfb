"""REST with the twin on a real socket: records, lists, queries, descriptions, and all that goes wrong."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response

from adapters.crm_salesforce.rest.client import SalesforceRest
from adapters.crm_salesforce.rest.describing import describe, limits
from adapters.crm_salesforce.rest.errors import Ambiguous
from adapters.crm_salesforce.rest.limits import ApiUsage
from adapters.crm_salesforce.rest.records import query, soql_text, upsert, upsert_many
from adapters.host.client import client
from adapters.outbound import Away, Declined, Uncertain
from adapters.sandbox.salesforce.rest import page
from services.kernel.clock import VirtualClock
from tests.support.salesforce import CLIENT, NOW, OrgDoor, an_org, connection

ORDER, DOSE = "Dose_Order__c", "Dose__c"
REFERENCE, SLOT = "External_Reference__c", "Slot__c"


@pytest.fixture
async def door() -> AsyncIterator[OrgDoor]:
    async with an_org(page_size=200) as running:
        yield running


def an_order(**changes: Any) -> dict[str, Any]:
    return {"Product__c": "products/lu", "Site__c": "sites/lakeside", **changes}


def doses(*numbers: int, **changes: Any) -> list[dict[str, Any]]:
    return [{SLOT: f"slots/{number}", "Status__c": "Confirmed", **changes} for number in numbers]


async def test_a_record_is_made_and_changed_by_its_external_id_whatever_stands_in_it(door: OrgDoor) -> None:
    for value in ("NL/42 @+ü", "a%2Fb", "per cent % and ? and #", "…/../x"):
        made = await upsert(door.rest, ORDER, REFERENCE, value, an_order(Status__c="Requested"))
        again = await upsert(door.rest, ORDER, REFERENCE, value, {"Status__c": "Confirmed", "Comment__c": None})
        assert made == again
        record = door.org.by(ORDER, REFERENCE, value)
        assert (record["Id"], record["Status__c"], record["Site__c"]) == (made, "Confirmed", "sites/lakeside")
    assert len(door.org.records[ORDER]) == 4
    assert door.twin.log_in.log_ins == 1


async def test_what_is_not_ours_to_make_is_only_changed(door: OrgDoor) -> None:
    with pytest.raises(Declined, match="NOT_FOUND"):
        await upsert(door.rest, ORDER, REFERENCE, "typo", an_order(), update_only=True)
    assert not door.org.records
    await upsert(door.rest, ORDER, REFERENCE, "NL-1", an_order())
    await upsert(door.rest, ORDER, REFERENCE, "NL-1", {"Status__c": "Confirmed"}, update_only=True)
    assert door.org.by(ORDER, REFERENCE, "NL-1")["Status__c"] == "Confirmed"


async def test_an_external_id_that_several_records_have_writes_nothing(door: OrgDoor) -> None:
    for slot in ("slots/1", "slots/2"):
        door.org.create(DOSE, {SLOT: slot, "Order_Reference__c": "NL-1"})
    with pytest.raises(Ambiguous, match=f"sobjects/{DOSE}"):
        await upsert(door.rest, DOSE, "Order_Reference__c", "NL-1", {"Status__c": "Held"})
    assert all(each.get("Status__c") is None for each in door.org.records[DOSE].values())


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (an_order(Status__c="Mislaid"), "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        (an_order(Product__c="x" * 101), r"STRING_TOO_LONG.*\(Product__c\)"),
        (an_order(Colour__c="red"), "INVALID_FIELD.*Colour__c"),
        (an_order(Patient_Reference__c="hidden"), "INVALID_FIELD.*Patient_Reference__c"),
        (an_order(Name="ours"), "INVALID_FIELD_FOR_INSERT_UPDATE"),
        (an_order(Activity_MBq__c="7400"), "JSON_PARSER_ERROR"),
        (an_order(Activity_MBq__c=1e10), "NUMBER_OUTSIDE_VALID_RANGE"),
        (an_order(Administration__c="2026-12-02T09:00:00"), "JSON_PARSER_ERROR"),
        ({"Product__c": "p"}, r"REQUIRED_FIELD_MISSING.*\[Site__c\]"),
    ],
)
async def test_what_salesforce_refuses_is_declined_in_its_words(
    door: OrgDoor, record: dict[str, Any], words: str
) -> None:
    with pytest.raises(Declined, match=words):
        await upsert(door.rest, ORDER, REFERENCE, "NL-1", record)
    assert not door.org.records


async def test_a_list_is_written_in_calls_of_200_and_answered_by_position(door: OrgDoor) -> None:
    records = doses(*range(450))
    records[7]["Status__c"] = "Mislaid"
    records[8]["Slot__c"] = ""
    records.append({SLOT: "slots/3", "Status__c": "Shipped"})
    outcomes = await upsert_many(door.rest, DOSE, SLOT, records)
    assert door.twin.sizes == [200, 200, 49]
    assert [at for at, each in enumerate(outcomes) if not isinstance(each, str)] == [7, 8]
    assert isinstance(outcomes[7], Declined) and isinstance(outcomes[8], Declined)
    assert outcomes[3] == outcomes[450]
    assert door.org.by(DOSE, SLOT, "slots/3")["Status__c"] == "Shipped"
    assert len(door.org.records[DOSE]) == 448
    locked = door.org.by(DOSE, SLOT, "slots/1")["Id"]
    door.org.locked.add(locked)
    again = await upsert_many(door.rest, DOSE, SLOT, doses(0, 1, 2))
    assert [type(each) for each in again] == [str, Away, str]


async def test_all_or_none_writes_none_if_one_is_refused(door: OrgDoor) -> None:
    records = [*doses(*range(1, 150)), {SLOT: "slots/150", "Status__c": "Mislaid"}, *doses(*range(151, 201))]
    outcomes = await upsert_many(door.rest, DOSE, SLOT, records, all_or_none=True)
    assert [type(each) for each in outcomes] == [Away] * 149 + [Declined] + [Away] * 50
    assert not door.org.records.get(DOSE)
    with pytest.raises(ValueError, match="cannot be all or none"):
        await upsert_many(door.rest, DOSE, SLOT, doses(*range(201)), all_or_none=True)


async def test_one_record_that_cannot_be_read_does_not_keep_the_others(door: OrgDoor) -> None:
    records = doses(*range(200))
    records[137]["Activity_MBq__c"] = "much"
    outcomes = await upsert_many(door.rest, DOSE, SLOT, records)
    assert [at for at, each in enumerate(outcomes) if not isinstance(each, str)] == [137]
    assert isinstance(outcomes[137], Declined) and "JSON_PARSER_ERROR" in str(outcomes[137])
    assert len(door.org.records[DOSE]) == 199
    for each in records:
        each["Activity_MBq__c"] = "much"
    calls = len(door.twin.calls)
    outcomes = await upsert_many(door.rest, DOSE, SLOT, records)
    assert {isinstance(each, Declined) or type(each) for each in outcomes} == {True, Away}  # the search has an end
    assert len(door.twin.calls) - calls <= 20


async def test_a_list_to_a_field_that_finds_nothing_is_refused_as_a_whole_in_one_call(door: OrgDoor) -> None:
    outcomes = await upsert_many(door.rest, DOSE, "Run__c", [{"Run__c": str(each)} for each in range(50)])
    assert all(isinstance(each, Declined) for each in outcomes)
    assert len([each for each in door.twin.calls if "composite" in each]) == 1


async def test_a_query_is_followed_to_its_last_page_on_the_same_instance(door: OrgDoor) -> None:
    for number in range(450):
        door.org.create(DOSE, {SLOT: f"slots/{number}", "Run__c": "O'Neill" if number % 2 else "other"})
    run = soql_text("O'Neill")
    soql = f"SELECT Id, Slot__c FROM Dose__c WHERE Run__c = {run} ORDER BY Slot__c"
    pages = [each async for each in query(door.rest, soql)]
    assert [len(each) for each in pages] == [200, 25]
    assert pages[0][0]["Slot__c"] == "slots/1"
    with pytest.raises(Declined, match="INVALID_FIELD"):
        _ = [each async for each in query(door.rest, "SELECT Colour__c FROM Dose__c")]
    elsewhere = {"totalSize": 9, "done": False, "records": [], "nextRecordsUrl": "https://evil.example/next"}
    door.twin.faults.append(lambda: JSONResponse(elsewhere))
    with pytest.raises(Declined, match="no path of the API"):
        _ = [each async for each in query(door.rest, soql)]


async def test_an_object_is_described_as_the_user_sees_it(door: OrgDoor) -> None:
    order = await describe(door.rest, ORDER)
    assert (order.may_create, order.may_update, order.may_query) == (True, True, True)
    assert "Patient_Reference__c" not in order.fields
    reference, status = order.fields[REFERENCE], order.fields["Status__c"]
    assert (reference.type, reference.length) == ("string", 64)
    assert reference.is_external_id and reference.is_unique
    assert status.words == {"Requested", "Confirmed", "Cancelled", "Completed"}
    assert {name for name, each in order.fields.items() if each.is_required and each.may_create} == {
        "Product__c",
        "Site__c",
    }
    with pytest.raises(Declined, match="NOT_FOUND"):
        await describe(door.rest, "Nothing__c")


async def test_limits_are_told_and_read_on_each_answer(door: OrgDoor) -> None:
    assert (await limits(door.rest))["DailyApiRequests"] == ApiUsage(1, 100_000)
    assert door.rest.budget.usage == ApiUsage(1, 100_000)


async def test_near_our_share_of_the_calls_none_is_made_until_a_pause_is_over(door: OrgDoor) -> None:
    door.twin.calls_per_day, door.twin.calls_made = 1000, 798
    await limits(door.rest)
    await limits(door.rest)
    with pytest.raises(Away) as away:
        await limits(door.rest)
    assert away.value.retry_after == timedelta(minutes=15)
    assert len(door.twin.calls) == 2
    door.twin.calls_made = 500
    door.seconds[0] = 900
    await limits(door.rest)
    await limits(door.rest)


async def test_when_the_calls_are_used_up_nobody_calls_for_long(door: OrgDoor) -> None:
    door.twin.calls_made = door.twin.calls_per_day
    with pytest.raises(Away, match="REQUEST_LIMIT_EXCEEDED") as away:
        await upsert(door.rest, DOSE, SLOT, "slots/1", {})
    assert away.value.retry_after == timedelta(minutes=15)
    with pytest.raises(Away):
        await upsert(door.rest, DOSE, SLOT, "slots/1", {})
    assert len(door.twin.calls) == 1


async def test_a_session_that_is_over_is_renewed_once_for_all(door: OrgDoor) -> None:
    await limits(door.rest)
    door.twin.log_in.expire()
    await asyncio.gather(*(limits(door.rest) for _ in range(5)))
    assert door.twin.log_in.log_ins == 2


@pytest.mark.parametrize(
    ("spoilt", "changing"),
    [
        (lambda: page(), Uncertain),
        (lambda: page(503), Away),
        (lambda: page(404), Away),
        (lambda: page(500), Uncertain),
        (lambda: Response(b"{", media_type="application/json"), Uncertain),
        (lambda: Response("", 302, {"location": "https://evil.example"}), Away),
        (lambda: JSONResponse([{"errorCode": "SERVER_UNAVAILABLE", "message": "m"}], 503), Away),
        (lambda: JSONResponse([{"errorCode": "UNKNOWN_EXCEPTION", "message": "m"}], 500), Uncertain),
    ],
)
async def test_answers_that_are_spoilt_are_told_apart(
    door: OrgDoor, spoilt: Callable[[], Response], changing: type[Exception]
) -> None:
    door.twin.faults.append(spoilt)
    with pytest.raises(changing) as changed:
        await upsert(door.rest, ORDER, REFERENCE, "NL-1", an_order())
    assert type(changed.value) is changing
    door.twin.faults.append(spoilt)
    with pytest.raises(Away):  # what only reads is asked for again
        await limits(door.rest)


async def test_a_lost_answer_leaves_open_whether_it_was_done_and_again_does_no_harm(door: OrgDoor) -> None:
    door.twin.lose_answers = 1
    with pytest.raises(Uncertain):
        await upsert(door.rest, ORDER, REFERENCE, "NL-1", an_order())
    await upsert(door.rest, ORDER, REFERENCE, "NL-1", an_order())
    assert len(door.org.records[ORDER]) == 1
    door.twin.lose_answers = 1
    assert [type(each) for each in await upsert_many(door.rest, DOSE, SLOT, doses(1, 2))] == [Uncertain] * 2


async def test_a_byte_order_mark_does_not_matter(door: OrgDoor) -> None:
    door.twin.byte_order_mark = True
    assert await upsert(door.rest, ORDER, REFERENCE, "NL-1", an_order())


async def test_a_retired_version_names_the_step(door: OrgDoor) -> None:
    with pytest.raises(Declined, match="name a newer one"):
        await limits(SalesforceRest(door.http, "30.0"))


async def test_nobody_is_there() -> None:
    async with client({"url": "http://127.0.0.1:9"}, VirtualClock(NOW)) as http:
        with pytest.raises(Away, match="cannot be reached"):
            await limits(SalesforceRest(http, "66.0"))


LOG_IN: list[tuple[str, Any, type[Exception], str]] = [
    ("installed", False, Declined, "install the app"),
    ("user_approved", False, Declined, "Admin approved users"),
    ("profile_assigned", False, Declined, "assign the user's profile"),
    ("jwt_allowed", False, Declined, "allow this way to log in"),
    ("known", False, Away, "ten minutes"),
    ("audience", "https://login.salesforce.com", Declined, "one is for tests"),
    ("user", "another@lakeside.example", Declined, "unknown or inactive"),
    ("user_active", False, Declined, "make the user active"),
    ("log_ins_left", 0, Away, "too many log-ins"),
]


@pytest.mark.parametrize(("setting", "value", "raised", "words"), LOG_IN)
async def test_a_log_in_that_is_refused_names_the_step(
    door: OrgDoor, setting: str, value: Any, raised: type[Exception], words: str
) -> None:
    setattr(door.twin.log_in.app, setting, value)
    with pytest.raises(raised, match=words):
        await limits(door.rest)
    assert door.twin.calls == []


async def test_client_credentials_log_in_too(door: OrgDoor) -> None:
    given = {"type": "oauth_client_post", "token_url": f"{door.url}/services/oauth2/token", "client": CLIENT,
             "secret": "s" * 20}  # fmt: skip
    async with client(connection(door.url, credentials=given), door.clock) as http:
        assert await limits(SalesforceRest(http, "66.0"))
        door.twin.log_in.app.run_as = False
        door.twin.log_in.expire()
        with pytest.raises(Declined, match="whom it runs as"):
            await limits(SalesforceRest(http, "66.0"))
