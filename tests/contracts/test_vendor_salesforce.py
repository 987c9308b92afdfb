"""The adapter of Salesforce works on what its contract with Salesforce says."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from pact import Pact

from adapters.crm_salesforce.rest.client import SalesforceRest
from adapters.crm_salesforce.rest.describing import describe, limits
from adapters.crm_salesforce.rest.limits import ApiUsage
from adapters.crm_salesforce.rest.records import query, upsert_many
from adapters.host.client import client
from adapters.outbound import Away, Declined
from services.kernel.clock import VirtualClock
from tests.contracts.files import file_of, interactions
from tests.contracts.vendors import VENDORS, salesforce
from tests.support.salesforce import CLIENT, NOW, VERSION


@asynccontextmanager
async def reached(*steps: Callable[[Pact], None], secret: str = salesforce.SECRET) -> AsyncIterator[SalesforceRest]:
    """The adapter, and a Salesforce that says what these interactions of the contract say, and no more."""
    pact = Pact(salesforce.NAME, salesforce.PROVIDER).with_specification("V4")
    for step in steps:
        step(pact)
    with pact.serve(addr="127.0.0.1") as server:
        url = str(server.url).rstrip("/")
        credentials = {"type": "oauth_client_post", "token_url": f"{url}/services/oauth2/token"}
        credentials |= {"client": CLIENT, "secret": secret}
        async with client({"url": url, "credentials": credentials}, VirtualClock(NOW)) as http:
            yield SalesforceRest(http, VERSION)


async def test_the_adapter_writes_doses_and_hears_of_each_what_became_of_it() -> None:
    async with reached(salesforce.gives_a_token, salesforce.writes_doses) as rest:
        written, failed = await upsert_many(rest, "Dose__c", "Slot__c", salesforce.DOSES)
    assert written == salesforce.DOSE_ID
    assert isinstance(failed, Declined) and "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST" in str(failed)


async def test_the_adapter_writes_as_many_as_may_be_in_one_call() -> None:
    async with reached(salesforce.gives_a_token, salesforce.writes_as_many_as_may_be) as rest:
        outcomes = await upsert_many(rest, "Dose__c", "Slot__c", salesforce.MANY)
    assert outcomes == [salesforce.DOSE_ID] * 200


async def test_the_adapter_writes_into_an_order_and_tells_that_one_is_gone() -> None:
    path = f"sobjects/Dose_Order__c/{salesforce.ORDER_ID}"
    async with reached(salesforce.gives_a_token, salesforce.writes_into_an_order) as rest:
        answer = await rest.change("PATCH", path, {"Status__c": "Confirmed", "Comment__c": None})
    assert (answer.status, answer.body) == (204, None)
    async with reached(salesforce.gives_a_token, salesforce.misses_an_order) as rest:
        with pytest.raises(Declined, match="NOT_FOUND"):
            await rest.change("PATCH", path, {"Status__c": "Confirmed"})


async def test_the_adapter_follows_a_query_to_its_end_and_finds_what_was_deleted() -> None:
    async with reached(salesforce.gives_a_token, salesforce.finds_orders, salesforce.finds_more_orders) as rest:
        pages = [[each["Id"] for each in page] async for page in query(rest, salesforce.SOQL)]
    assert pages == [[salesforce.ORDER_ID], [salesforce.OTHER_ID]]
    async with reached(salesforce.gives_a_token, salesforce.finds_a_deleted_order) as rest:
        (page,) = [page async for page in query(rest, salesforce.SOQL_OF_IDS, deleted=True)]
    assert page[0]["IsDeleted"] is True


async def test_the_adapter_asks_what_there_is_and_how_much_is_left() -> None:
    async with reached(salesforce.gives_a_token, salesforce.describes_doses, salesforce.tells_its_limits) as rest:
        dose = await describe(rest, "Dose__c")
        found = await limits(rest)
    assert (dose.fields["Slot__c"].length, dose.fields["Slot__c"].is_external_id) == (80, True)
    assert found == {"DailyApiRequests": ApiUsage(1, 100_000)}
    assert rest.budget.usage == ApiUsage(1, 100_000)


@pytest.mark.parametrize(
    ("step", "code"),
    [(salesforce.ends_a_session, "INVALID_SESSION_ID"), (salesforce.has_no_calls_left, "REQUEST_LIMIT_EXCEEDED")],
    ids=["session", "limit"],
)
async def test_the_adapter_waits_for_what_passes_by_itself(step: Callable[[Pact], None], code: str) -> None:
    async with reached(salesforce.gives_a_token, step) as rest:
        with pytest.raises(Away, match=code):
            await limits(rest)


async def test_the_adapter_tells_that_its_secret_is_wrong() -> None:
    async with reached(salesforce.gives_no_token, secret="another-secret-000001") as rest:
        with pytest.raises(Declined, match="invalid_client"):
            await limits(rest)


def test_every_operation_of_the_adapter_stands_in_its_contract() -> None:
    asked = {
        (each["request"]["method"], each["request"]["path"].removeprefix(f"{salesforce.API}/"))
        for each in interactions(file_of(salesforce.NAME, VENDORS))
    }  # fmt: skip
    assert asked == {
        ("POST", "/services/oauth2/token"),
        ("PATCH", "composite/sobjects/Dose__c/Slot__c"),
        ("PATCH", f"sobjects/Dose_Order__c/{salesforce.ORDER_ID}"),
        ("GET", "query"),
        ("GET", salesforce.MORE.removeprefix(f"{salesforce.API}/")),
        ("GET", "queryAll"),
        ("GET", "sobjects/Dose__c/describe"),
        ("GET", "limits"),
    }
