"""One partner can neither read nor infer what is another's: tried with each call there is, at both doors, on each
stream and in each event. Another's are a run allotted to it alone, and a run with a pool that makes its own product."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

import httpx
import pytest
from doselane.capacity.v1 import capacity_pb2 as capacity
from doselane.masterdata.v1 import masterdata_pb2 as masterdata
from doselane.masterdata.v1 import resources_pb2 as resources
from doselane.planning.v1 import forecast_pb2 as forecast
from doselane.quality.v1 import quality_pb2 as quality
from doselane.slotting.v1 import slotting_pb2 as slotting
from doselane.streams.v1 import feed_pb2 as feeds
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.json_format import MessageToJson
from google.protobuf.message import Message
from google.type.date_pb2 import Date

from services.kernel import outbox
from services.kernel.errors import GatewayError
from services.kernel.ids import uuid7
from services.local.world import CENTRES, HARBOR, NORTHLAKE
from tests.support import batches, rest
from tests.support.belongings import MARK, NOBODYS, Belongings
from tests.support.calls import METHODS, SCOPES, STREAMS
from tests.support.gateway import Desk
from tests.support.hearing import Heard, require
from tests.support.isolation import naming, requests_of
from tests.support.slotting_orders import an_order, stated

READS = [
    method for method in METHODS if method.partition("/")[2].startswith(("Get", "List", "Watch", "Export", "Replay"))
]

TOWERS = {f"TowerService/{what}" for what in ("GetBoardEntry", "ListBoardEntries", "GetIncident", "ListIncidents")}
# Of quality's calls, those that show a sponsor what is its own.
QUALITYS = {
    *(f"QualityService/Get{what}" for what in ("Batch", "CriticalPath", "Document")),
    *(f"QualityService/List{what}" for what in ("Batches", "Vials", "Samples", "Documents", "Notices")),
    *(f"SpecificationService/{what}" for what in ("GetSpecification", "ListSpecifications")),
}


@pytest.fixture
def desk(shared_desk: Desk) -> Desk:
    """One gateway for all of them."""
    return shared_desk


@pytest.fixture
def northlakes(shared_northlakes: tuple[Belongings, ...]) -> tuple[Belongings, ...]:
    """One Northlake for all of them: only the last test changes what it has."""
    return shared_northlakes


async def test_what_is_anothers_answers_exactly_as_if_it_did_not_exist(desk: Desk, northlakes: tuple[Belongings, ...]):
    token, tried = desk.gateway.token(HARBOR, *SCOPES), 0
    for names in northlakes:
        named, nobodys_requests = naming(desk, names), requests_of(desk, NOBODYS)
        for method, request in requests_of(desk, names).items():
            foreign = await _answer(desk, method, request, token)
            absent = await _answer(desk, method, nobodys_requests[method], token)
            if isinstance(foreign, GatewayError) and isinstance(absent, GatewayError):
                for mine, nobodys in zip(names.marks, NOBODYS.marks, strict=True):
                    foreign = _renamed(foreign, mine, nobodys)
                assert _shown(foreign) == _shown(absent), method
            else:
                assert method not in named, f"{method} answered {foreign}"
                told = str(foreign)  # of what was asked it may hold the name, as it does of what is not there
                for mine, nobodys in zip(names.marks, NOBODYS.marks, strict=True):
                    told = told.replace(mine, nobodys)
                assert not names.marks_in(foreign) or told == str(absent), f"{method} answered {foreign}"
            tried += 1
    assert tried == 2 * len(METHODS)


async def test_the_rest_door_shows_nothing_of_another_and_its_owner_sees_it(
    desk: Desk, northlakes: tuple[Belongings, ...]
):
    harbor, own = desk.gateway.token(HARBOR, *SCOPES), desk.gateway.token(NORTHLAKE, *SCOPES)
    seen: set[str] = set()
    async with httpx.AsyncClient(base_url=desk.gateway.rest_url, timeout=30) as client:
        for names in northlakes:
            requests = requests_of(desk, names)
            for method in [each for each in READS if each not in STREAMS]:
                request = requests[method]
                foreign = await rest.call(client, method, request, harbor)
                assert foreign.is_error or not names.marks_in(foreign.text), (method, foreign.text)
                mine = await rest.call(client, method, request, own)
                if mine.is_success and names.marks_in(mine.text):
                    seen.add(method)
    # So often there was something to see for who may.
    assert {"CapacityService/GetRun", "CapacityService/ListRuns", "StatusService/GetDose"} <= seen
    assert seen >= QUALITYS | TOWERS, (QUALITYS | TOWERS) - seen
    assert len(seen) > 20, seen


async def test_on_a_batch_that_sponsors_share_each_sees_its_own_doses_alone(desk: Desk):
    run = await desk.open_run()
    others = await desk.claim(run, desk.sponsor(NORTHLAKE), patient_reference=MARK)
    own = await desk.claim(run, desk.sponsor(HARBOR), patient_reference="harbors-own")
    await batches.until_quality_knows(desk, others.name, own.name)
    batch = await batches.produce(desk, run)
    for slot in (others.name, own.name):
        await batches.fill(desk, batch, slot)
        await batches.issue(desk, batch, "LABEL", slot)
        await batches.dispatch(desk, batch, slot)
    await batches.reject(desk, batch, "particles were seen")
    for kind in ("BATCH_RECORD", "CERTIFICATE_OF_ANALYSIS"):
        await batches.issue(desk, batch, kind)
    told = {method: str(await _answer(desk, method, asked, desk.sponsor(HARBOR))) for method, asked in _of(batch)}
    listed = await desk.call("QualityService/ListDocuments", quality.ListDocumentsRequest(batch=batch), desk.staff)
    for document in listed.documents:
        wanted = quality.GetDocumentRequest(name=document.name)
        answer = await _answer(desk, "QualityService/GetDocument", wanted, desk.sponsor(HARBOR))
        told[document.name] = str(answer) if isinstance(answer, GatewayError) else f"{answer.twin!r} {answer.pdf!r}"
    assert [name for name, text in told.items() if others.name in text or MARK in text] == []
    assert {name.rpartition("/")[2].partition("-")[0] for name, text in told.items() if "no such document" in text} == {
        "batch_record",
        "label",
    }
    shows = [name for name, text in told.items() if own.name in text]
    assert {"QualityService/ListVials", "QualityService/ListDocuments", "QualityService/ListNotices"} <= set(shows)
    fed = await _fed(desk, HARBOR, batch)
    told |= dict(fed)
    # What the run yielded in all is nobody's but the manufacturer's.
    assert [name for name, text in told.items() if re.search(r"(?<!\d)200000(?!\d)", text)] == []  # not of a time
    assert {kind for kind, _ in fed} >= {"batch.created", "batch.rejected", "document.issued", "vial.changed"}
    assert not [text for _, text in fed if others.name in text or MARK in text]
    documents = " ".join(text for kind, text in fed if kind == "document.issued")
    kinds = Counter(re.findall(r'"kind": "DOCUMENT_KIND_(\w+)"', documents))
    assert kinds == {"LABEL": 1, "CERTIFICATE_OF_ANALYSIS": 1}


async def test_no_event_that_belongs_to_a_partner_tells_of_another(desk: Desk, northlakes: tuple[Belongings, ...]):
    shared = await desk.open_run()
    slot = await desk.claim(shared, desk.sponsor(HARBOR))
    await desk.dose_of(slot, desk.sponsor(HARBOR))
    await _orders_by_event(desk)
    counted: Counter[str] = Counter()
    of_orders: set[str] = set()
    for database in desk.gateway.databases.values():
        for row in await database.pool.fetch("SELECT partner, subject, data FROM event_log WHERE partner <> ''"):
            text = row["subject"] + row["data"].decode(errors="replace")
            counted[row["partner"]] += 1
            if row["subject"].startswith("orders/"):
                of_orders.add(row["partner"])
            for names in northlakes:
                assert row["partner"] != HARBOR or not names.marks_in(text), row
    assert counted[HARBOR] and counted[NORTHLAKE], counted
    fed = await desk.gateway.databases["streams"].pool.fetch("SELECT partner, type, subject, data FROM feed_entry")
    for row in fed:
        text = row["subject"] + row["data"].decode(errors="replace")
        for names in northlakes:
            assert row["partner"] != HARBOR or not names.marks_in(text), row
    for partner in (HARBOR, NORTHLAKE):
        assert any(row["partner"] == partner and row["type"].startswith("doselane.masterdata.") for row in fed)
    assert of_orders == {HARBOR, NORTHLAKE}


async def _orders_by_event(desk: Desk) -> None:
    """Both partners' systems order under one reference, Northlake what is its own: each is told of its own order."""
    soon = (desk.now + timedelta(hours=30), desk.now + timedelta(hours=80))
    shared = {"product": "products/lu-ligand", "site": CENTRES[0]}
    own = {"product": f"products/{MARK}", "site": f"sites/{MARK}", "patient_reference": MARK}
    for partner, facts in ((NORTHLAKE, own), (HARBOR, shared)):
        order = an_order(desk.now, interval=soon, **facts)
        await outbox.append(desk.gateway.databases["exchange"].pool, [stated(order, partner)])
    slotting_log = desk.gateway.databases["slotting"].pool
    decided = "SELECT count(*) FROM event_log WHERE type = 'doselane.slotting.order.decided.v1'"

    async def both() -> None:
        await require(await slotting_log.fetchval(decided) == 2)

    await desk.until(both)


async def test_a_product_that_is_withdrawn_or_deleted_takes_its_runs_with_it(desk: Desk):
    await desk.import_master_data(WITHDRAWN.format(partners=f"{NORTHLAKE}, {HARBOR}"))
    run = await desk.open_run(product="products/withdrawn")
    assert await _sees(desk, run, HARBOR) == await _sees(desk, run, NORTHLAKE) == (True, True, True)
    await desk.import_master_data(WITHDRAWN.format(partners=NORTHLAKE))
    await desk.until(lambda: _unseen(desk, run, HARBOR))
    assert await _sees(desk, run, NORTHLAKE) == (True, True, True)
    delete = masterdata.DeleteProductRequest(name="products/withdrawn", accept_conflicts=True, request_id=str(uuid7()))
    await desk.call("MasterDataService/DeleteProduct", delete, desk.staff)
    await desk.until(lambda: _unseen(desk, run, NORTHLAKE))
    await desk.call("CapacityService/GetRun", capacity.GetRunRequest(name=run), desk.staff)


async def test_anothers_request_id_is_not_known(desk: Desk):
    run = await desk.open_run()
    request = slotting.ClaimSlotRequest(demand=desk.demand(run), request_id=str(uuid7()))
    first = await desk.call("SlottingService/ClaimSlot", request, desk.sponsor(NORTHLAKE))
    second = await desk.call("SlottingService/ClaimSlot", request, desk.sponsor(HARBOR))
    assert first.name != second.name and second.partner == HARBOR


async def test_a_sponsor_reads_neither_who_of_the_staff_changed_what_is_its_own_nor_in_which_words(
    desk: Desk, northlakes: tuple[Belongings, ...], heard: list[Heard]
):
    allotted, private = northlakes
    for method, request in _by_staff(allotted, private).items():
        await desk.call(method, request, desk.staff)
    last, read = await desk.claim(await desk.open_run(), desk.sponsor()), 0
    own = [each for each in heard if each.partner == NORTHLAKE and each.method == "StatusService/WatchTimeline"]
    await desk.until(lambda: require(all(last.name in each.text for each in own)))
    told = [each.text for each in heard]
    async with httpx.AsyncClient(base_url=desk.gateway.rest_url, timeout=30) as client:
        for names in northlakes:
            requests = requests_of(desk, names)
            for method in [each for each in READS if each not in STREAMS]:
                answer = await rest.call(client, method, requests[method], desk.gateway.token(NORTHLAKE, *SCOPES))
                read += answer.is_success
                told.append(answer.text)
    for database in desk.gateway.databases.values():
        rows = await database.pool.fetch("SELECT data FROM event_log WHERE partner = $1", NORTHLAKE)
        told += [row["data"].decode(errors="replace") for row in rows]
    rows = await desk.gateway.databases["streams"].pool.fetch(
        "SELECT data FROM feed_entry WHERE partner = $1", NORTHLAKE
    )
    told += [row["data"].decode(errors="replace") for row in rows]
    assert read > 25 and len(told) > 100
    assert not [text for text in told if STAFFS_WORDS in text or "tidewater-isotopes-client" in text]
    slot = await desk.call("SlottingService/GetSlot", slotting.GetSlotRequest(name=private.slot), desk.sponsor())
    assert slot.state == slotting.Slot.RELEASED and slot.last_change.HasField("time")


WITHDRAWN = """
products:
- name: products/withdrawn
  nuclide: NUCLIDE_LU_177
  partners: [{partners}]
  activityNominalMbq: 7400
  shelfLifeMinutes: 4320
  vialReferenceActivityMaxKbq: "20000000"
"""


DISPLAY_NAME = FieldMask(paths=["display_name"])
STAFFS_WORDS = "Between you and me"


def _by_staff(allotted: Belongings, private: Belongings) -> Mapping[str, Message]:
    """What the manufacturer's staff can do to what is a sponsor's, each with their reason."""
    signed = {"reason": STAFFS_WORDS}
    week = forecast.ForecastWeek(week_start_date=Date(year=2027, month=3, day=8), doses=2)
    theirs = forecast.Forecast(partner=NORTHLAKE, product=f"products/{MARK}", region="us-south", weeks=[week])
    asked: Mapping[str, Message] = {
        "SlottingService/ReleaseSlot": slotting.ReleaseSlotRequest(name=private.slot, **signed),
        "SlottingService/LeaveStandby": slotting.LeaveStandbyRequest(name=private.standby, **signed),
        "CapacityService/CancelRun": capacity.CancelRunRequest(name=allotted.run, accept_conflicts=True, **signed),
        "ForecastService/SubmitForecast": forecast.SubmitForecastRequest(forecast=theirs, **signed),
        "MasterDataService/UpdateSite": masterdata.UpdateSiteRequest(
            site=resources.Site(name=f"sites/{MARK}", display_name="Renamed"), update_mask=DISPLAY_NAME, **signed
        ),
    }
    for request in asked.values():
        request.request_id = str(uuid7())  # type: ignore[attr-defined]
    return asked


def _of(batch: str) -> Iterator[tuple[str, Message]]:
    """What a sponsor can ask of a batch."""
    yield "QualityService/GetBatch", quality.GetBatchRequest(name=batch)
    yield "QualityService/GetCriticalPath", quality.GetCriticalPathRequest(name=batch)
    for what in ("Batches", "Notices"):
        yield f"QualityService/List{what}", getattr(quality, f"List{what}Request")()
    for what in ("Vials", "Samples", "Results", "Decisions", "Documents"):
        yield f"QualityService/List{what}", getattr(quality, f"List{what}Request")(batch=batch)


async def _fed(desk: Desk, partner: str, batch: str) -> Sequence[tuple[str, str]]:
    """What stands in a partner's feed of a batch, once all is in it: kind and text, the newest documents included."""
    asked = feeds.ListFeedEventsRequest(
        parent=partner.replace("partners/", "feeds/"), types=["doselane.quality.*"], page_size=1000
    )

    async def found() -> Sequence[tuple[str, str]]:
        listed = await desk.call("FeedService/ListFeedEvents", asked, desk.sponsor(partner))
        told = [
            (each.type.split(".", 2)[2].removesuffix(".v1"), MessageToJson(each, preserving_proto_field_name=True))
            for each in listed.events
            if batch in str(each)
        ]
        await require(sum("CERTIFICATE_OF_ANALYSIS" in text for _, text in told) == 1)
        return told

    return await desk.until(found)


async def _sees(desk: Desk, run: str, partner: str) -> tuple[bool, ...]:
    """Whether a sponsor can get the run, finds it in the list, and is told what is free of it."""
    token = desk.sponsor(partner)
    got = await _answer(desk, "CapacityService/GetRun", capacity.GetRunRequest(name=run), token)
    listed = await desk.call("CapacityService/ListRuns", capacity.ListRunsRequest(), token)
    available = slotting.GetAvailabilityRequest(name=f"{run}/availability")
    free = await _answer(desk, "SlottingService/GetAvailability", available, token)
    return (
        not isinstance(got, GatewayError),
        run in {each.name for each in listed.runs},
        not isinstance(free, GatewayError),
    )


async def _unseen(desk: Desk, run: str, partner: str) -> None:
    assert await _sees(desk, run, partner) == (False, False, False)


async def _answer(desk: Desk, method: str, request: Message, token: str) -> object:
    try:
        if METHODS[method].server_streaming:
            return await anext(desk.stream(method, request, token))
        return await desk.call(method, request, token)
    except GatewayError as error:
        return error


def _renamed(error: GatewayError, old: str, new: str) -> GatewayError:
    renamed = GatewayError(error.message.replace(old, new))
    renamed.reason, renamed.kind = error.reason, error.kind  # type: ignore[misc]
    renamed.facts = {name: value.replace(old, new) for name, value in error.facts.items()}
    return renamed


def _shown(error: object) -> tuple[object, ...]:
    assert isinstance(error, GatewayError), error
    return (error.kind, error.reason, error.message, dict(error.facts))
