"""The FHIR façade before services that refuse, are slow or are away: what a scheduler hears of a booking."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from doselane.masterdata.v1 import masterdata_pb2, resources_pb2
from doselane.slotting.v1 import slotting_pb2
from doselane.type.v1 import type_pb2
from google.type.interval_pb2 import Interval

from services.edge.fhir.ids import OfferKey
from services.kernel.errors import Invalid, NotFound, RuleViolation, Unavailable
from services.kernel.quotas import Quotas
from services.kernel.rates import Rate
from services.kernel.timestamps import stamp
from tests.integration.edge.conftest import open_door
from tests.support.scheduler import judged, wish

ORDER = "08p000000000001AAA"
NINE = datetime(2026, 12, 3, 9, tzinfo=UTC)
OFFER = slotting_pb2.Offer(
    run="runs/1",
    lane="lanes/a",
    site="sites/lakeside-clinic",
    departure_time=stamp(NINE),
    delivery_interval=Interval(start_time=stamp(NINE), end_time=stamp(NINE)),
    administration_time=stamp(NINE),
    administration_activity_mbq=7400,
)
KEY = OfferKey.of_offer("partners/acme", "products/lu-ligand", OFFER)
SLOT = slotting_pb2.Slot(
    name="slots/01a216d1-b5f8-7ef8-9a66-37f87397d773",
    partner="partners/acme",
    product="products/lu-ligand",
    site=OFFER.site,
    run=OFFER.run,
    lane=OFFER.lane,
    departure_time=OFFER.departure_time,
    administration=type_pb2.Activity(activity_mbq=7400, time=stamp(NINE)),
    state=slotting_pb2.Slot.CONFIRMED,
    order_reference=ORDER,
    patient_reference="pt-1",
    etag="v1",
    create_time=stamp(NINE),
    update_time=stamp(NINE),
)


class RunFull(RuleViolation):
    """No room."""

    reason = "RUN_FULL"


@pytest.fixture
def offered(behind: Any) -> Any:
    """Services in which one offer can be had."""
    product, site = (
        resources_pb2.Product(name="products/lu-ligand"),
        resources_pb2.Site(name=OFFER.site, time_zone="UTC"),
    )
    behind.answers["ListProducts"] = masterdata_pb2.ListProductsResponse(products=[product])
    behind.answers["ListSites"] = masterdata_pb2.ListSitesResponse(sites=[site])
    behind.answers["SearchOffers"] = slotting_pb2.SearchOffersResponse(offers=[OFFER])
    behind.answers["ClaimSlot"] = SLOT
    return behind


async def book(client: Any, status: int = 200, **more: Any) -> dict[str, Any]:
    return judged(await client.post("/fhir/r4/Appointment", json=wish(KEY.write(), ORDER), **more), status)


def claims(behind: Any) -> list[Any]:
    return [request for name, request, _ in behind.seen if name == "ClaimSlot"]


async def test_a_booking_claims_what_the_offer_says_with_the_callers_token(client, offered):
    assert (await book(client))["status"] == "booked"
    [claim] = claims(offered)
    assert (claim.demand.run, claim.demand.lane, claim.demand.site) == (OFFER.run, OFFER.lane, OFFER.site)
    assert claim.demand.departure_time == OFFER.departure_time
    assert claim.demand.administration == SLOT.administration
    assert (claim.demand.order_reference, claim.demand.patient_reference) == (ORDER, "pt-1")
    assert {call.caller.partner for _, _, call in offered.seen} == {"partners/acme"}


async def test_a_request_beyond_the_quota_is_not_begun_and_told_so_in_the_words_of_fhir(services, offered, issuer):
    token = issuer.token("partners/acme", ("slotting.read", "slotting.claim", "masterdata.read"))
    async with open_door(services, token, Quotas(Rate(0.001, 1))) as client:
        assert (await client.get("/fhir/r4/Schedule?actor=Location/lakeside-clinic")).status_code == 200
        seen = len(offered.seen)
        refused = await client.post("/fhir/r4/Appointment", json=wish(KEY.write(), ORDER))
    assert judged(refused, 429)["issue"][0]["code"] == "throttled"
    assert (refused.headers["retry-after"], refused.headers["ratelimit"]) == ("1000", '"calls";r=0;t=1000')
    assert len(offered.seen) == seen


async def test_the_same_booking_has_the_same_request_id_and_another_has_another(client, offered):
    for order in (ORDER, ORDER, "08p000000000002AAA"):
        judged(await client.post("/fhir/r4/Appointment", json=wish(KEY.write(), order)), 200)
    first, again, other = (claim.request_id for claim in claims(offered))
    assert first == again != other


async def test_a_refusal_is_a_proposal_in_the_words_of_the_service(client, offered):
    offered.answers["ClaimSlot"] = RunFull("Not enough is left of the run.")
    answered = await book(client)
    assert (answered["status"], answered["comment"]) == ("proposed", "Not enough is left of the run.")


async def test_a_claim_that_does_not_end_in_time_is_a_proposal_that_tells_so(client, offered):
    async def never(_: Any) -> Any:
        await asyncio.Event().wait()

    offered.answers["ClaimSlot"] = never
    answered = await book(client, headers={"x-request-timeout-ms": "300"})
    assert answered["status"] == "proposed"
    assert "whether it took effect is not known" in answered["comment"]


async def test_a_claim_that_took_effect_although_nobody_heard_is_found(client, offered):
    """A twin of the request, or this one before its answer was lost, has claimed: then it is booked."""
    answers = iter([slotting_pb2.ListSlotsResponse(), slotting_pb2.ListSlotsResponse(slots=[SLOT])])

    async def listed(_: Any) -> Any:
        return next(answers)

    offered.answers["ListSlots"] = listed
    offered.answers["ClaimSlot"] = RunFull("Not enough is left of the run.")
    assert (await book(client))["status"] == "booked"


async def test_what_is_away_for_now_is_no_proposal(client, offered):
    offered.answers["ClaimSlot"] = Unavailable("The ledger is away.", retry_after_ms=2500)
    answer = await client.post("/fhir/r4/Appointment", json=wish(KEY.write(), ORDER))
    assert judged(answer, 503)["issue"][0]["code"] == "transient"
    assert answer.headers["retry-after"] == "3"


async def test_an_offer_that_is_gone_says_why(client, offered):
    nothing = slotting_pb2.NothingFound(reason=slotting_pb2.NothingFound.FULL, explanation="All runs are full.")
    offered.answers["SearchOffers"] = slotting_pb2.SearchOffersResponse(nothing_found=nothing)
    slot = judged(await client.get(f"/fhir/r4/Slot/{KEY.write()}"), 200)
    assert (slot["status"], slot["comment"]) == ("busy", "All runs are full.")
    assert (await book(client))["comment"] == "All runs are full."
    assert claims(offered) == []
    nothing.reason = slotting_pb2.NothingFound.CUTOFFS_PASSED
    offered.answers["SearchOffers"] = slotting_pb2.SearchOffersResponse(nothing_found=nothing)
    assert judged(await client.get(f"/fhir/r4/Slot/{KEY.write()}"), 200)["status"] == "busy-unavailable"
    offered.answers["SearchOffers"] = Invalid("The interval has ended.", field="administration_interval")
    assert judged(await client.get(f"/fhir/r4/Slot/{KEY.write()}"), 200)["status"] == "busy-unavailable"


async def test_a_pair_that_slotting_has_not_heard_of_is_left_out_of_a_search(client, offered):
    offered.answers["GetSite"] = resources_pb2.Site(name=OFFER.site, time_zone="America/Chicago")
    offered.answers["SearchOffers"] = NotFound("There is no such product.")
    bundle = judged(await client.get("/fhir/r4/Slot?schedule.actor=Location/lakeside-clinic"), 200)
    assert (bundle["total"], bundle["entry"]) == (0, [])


async def test_a_cancellation_that_is_refused_is_a_conflict(client, offered):
    offered.answers["GetSlot"] = SLOT
    offered.answers["ReleaseSlot"] = RunFull("The cut-off has passed.")
    name = SLOT.name.removeprefix("slots/")
    body = {"resourceType": "Appointment", "status": "cancelled"}
    refused = judged(await client.post(f"/fhir/r4/Appointment/{name}", json=body), 409)
    assert refused["issue"][0]["diagnostics"] == "The cut-off has passed."


async def found(client: Any, query: str, **headers: str) -> dict[str, Any]:
    return judged(await client.get(f"/fhir/r4/Slot?{query}", headers=headers), 200)


def ids(bundle: dict[str, Any]) -> list[str]:
    return [each["resource"]["id"] for each in bundle["entry"] if each["search"]["mode"] == "match"]


async def test_a_slot_is_found_by_its_id_where_it_is_what_else_is_asked_for(client, offered):
    name = KEY.write()
    assert ids(await found(client, f"_id={name}")) == ids(await found(client, f"_id=Slot/{name},nobody")) == [name]
    assert ids(await found(client, f"_id={name}&start=2026-12-03")) == [name]
    assert ids(await found(client, f"_id={name}&appointment-type=7400MBq,1MBq")) == [name]
    for other in ("start=2026-12-04", "appointment-type=1MBq", "status=busy"):
        assert ids(await found(client, f"_id={name}&{other}")) == []
    another = OfferKey.of_offer("partners/other", "products/lu-ligand", OFFER).write()
    assert ids(await found(client, f"_id={another}")) == ids(await found(client, f"_id={KEY.schedule.write()}")) == []


async def test_days_of_a_list_are_each_searched(client, offered):
    assert ids(await found(client, "start=2026-12-01,2026-12-03")) == [KEY.write()]
    asked = [request.administration_interval for name, request, _ in offered.seen if name == "SearchOffers"]
    assert [each.start_time.ToDatetime().day for each in asked] == [1, 3]
    assert [each.end_time.ToDatetime().day for each in asked] == [2, 4]


async def test_the_link_tells_what_a_search_heeded_and_an_outcome_what_is_not_told(client, offered):
    bundle = await found(client, "specialty=394914008&status=busy&start=ge2026-12-01")
    [link] = bundle["link"]
    assert link["url"].endswith("/Slot?status=busy&start=ge2026-12-01")
    [said] = [each["resource"] for each in bundle["entry"] if each["search"]["mode"] == "outcome"]
    assert (said["issue"][0]["severity"], said["issue"][0]["code"]) == ("warning", "not-supported")
    strict = {"prefer": "respond-async, handling=strict"}
    refused = await client.get("/fhir/r4/Slot?specialty=394914008", headers=strict)
    assert "specialty" in judged(refused, 400)["issue"][0]["diagnostics"]
    assert ids(await found(client, "start=ge2026-12-01", **strict)) == [KEY.write()]
    assert judged(await client.get("/fhir/r4/Slot?status:not=free"), 400)


@pytest.mark.parametrize(
    "kind",
    [
        "json",
        "application/json",
        "application/fhir%2Bjson",
        "application/fhir+json",
        "application/fhir+json;fhirVersion=4.0",
    ],
)
async def test_a_format_may_be_asked_for_in_the_address(client, offered, kind: str):
    assert ids(await found(client, f"_format={kind}&start=ge2026-12-01")) == [KEY.write()]
    refused = await client.get("/fhir/r4/Slot?_format=application/fhir+xml")
    assert judged(refused, 406)
