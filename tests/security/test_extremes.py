"""No instant, date, time or figure, however far, small or odd, stops the gateway: each of every call is tried."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from doselane.capacity.v1.capacity_pb2 import OpenRunRequest, StartRunRequest
from doselane.distribution.v1.a2_table_pb2 import A2DefaultRow
from doselane.distribution.v1.lane_pb2 import Denial
from doselane.slotting.v1.slotting_pb2 import GetAvailabilityRequest
from doselane.type.v1.type_pb2 import DOCUMENT_KIND_CONSIGNMENT_NOTE
from google.protobuf import json_format
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message

from services.edge.api import Binding, load
from services.kernel.calendar import LATEST
from services.kernel.errors import GatewayError, Kind
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from services.local.world import CENTRES, NORTHLAKE
from services.tower.events.rescues import fingerprint_of
from tests.support import batches
from tests.support.extremes import EXAMPLE, filled, renewed, varied
from tests.support.gateway import SERVICES, Desk
from tests.support.gateway_process import Running, gateway_process
from tests.support.isolation import KINDS
from tests.support.liveness import Probe, probed, require_alive

AT_ONCE = 6
# An answer of these is the caller's to mend, or a rule's; any other is a fault of the gateway's.
ANSWERED = frozenset({Kind.INVALID, Kind.NOT_FOUND, Kind.REFUSED, Kind.STALE, Kind.DENIED, Kind.BUSY})
NO_PROPOSAL = "proposals/0198f2c4-0000-7000-8000-000000000001"
NO_SHIPMENT = "shipments/0198f2c4-0000-7000-8000-000000000001"
NO_ENDPOINT = "endpoints/0198f2c4-0000-7000-8000-000000000001"
PAST = {
    "StartRun": "start_time",
    "FailRun": "fail_time",
    "FillVial": "fill_time",
    "ListDeliveryAttempts": "event_id",
}
CREATE_RUN = "CapacityService/CreateRun"
SPONSORS_OWN = frozenset({"SlottingService", "ForecastService"})
# Resources first, so that the others find some with extremes; plans last, as working them out takes a processor.
FIRST = ("MasterDataService", "CapacityService", "SlottingService", "ForecastService")
LAST = ("PlanningService", "ClockService")
_VARIABLE = re.compile(r"\{([\w.]+)(?:=[^}]*)?\}")


class Case(NamedTuple):
    """One call with one request, and what is odd about it."""

    method: str
    what: str
    request: Message

    @property
    def is_sponsors(self) -> bool:
        """Whether a sponsor makes it."""
        return self.method.partition("/")[0] in SPONSORS_OWN


class Stage(NamedTuple):
    """A running gateway with a run, a slot and master data; good requests for its calls; how it usually answers."""

    running: Running
    desk: Desk
    good: Mapping[str, Message]
    usual: Probe


@pytest.fixture
async def stage(database_dsn: str, tmp_path: Path) -> AsyncIterator[Stage]:
    with gateway_process(database_dsn, tmp_path) as running:
        desk = Desk(running)
        names = await _names(desk)
        requests = {_name(method): _good(method, desk, names) for method in _methods()}
        good = {method: request for method, request in requests.items() if next(varied(request), None)}
        async with probed(running) as usual:
            answers = await _all(desk, [Case(method, "good", request) for method, request in good.items()])
        misfits = {case.method: str(said) for case, said in answers if _kind(said) is Kind.INVALID}
        assert misfits == {}, f"an odd figure says nothing where the request around it is wrong: {misfits}"
        yield Stage(running, desk, good, usual)
        await desk.close()


async def test_no_extreme_of_any_call_stops_or_fattens_the_gateway(stage: Stage):
    cases = [Case(method, what, odd) for method, good in _in_order(stage.good) for what, odd in varied(good)]
    async with probed(stage.running) as probe:
        answers = await _all(stage.desk, cases)
        runs = [said for case, said in answers if case.method == CREATE_RUN and _kind(said) is None]
        answers += [answer for run in runs for answer in await _used(stage, run)]
        answers += await _all(stage.desk, [Case(m, "afterwards", renewed(r)) for m, r in stage.good.items()])
        answers += await _rest(stage, [case for case in cases if case.what.endswith(("#0", "time#1", "2200", "9999"))])
    faults = [f"{case.method} {case.what}: {said}" for case, said in answers if _kind(said) not in (*ANSWERED, None)]
    assert faults == []
    told = Counter(_kind(said) for _, said in answers)
    assert len(cases) > 1000 and told[Kind.INVALID] > 300 and told[None] > 300, told
    require_alive(stage.usual, probe)


async def _used(stage: Stage, run: Any) -> list[tuple[Case, object]]:
    """Opens a run that was accepted, and asks for doses of it as late as it says that they are of use, and later."""
    opened = Case("CapacityService/OpenRun", "used", OpenRunRequest(name=run.name, request_id=str(uuid7())))
    answers = await _all(stage.desk, [opened])
    availability = GetAvailabilityRequest(name=f"{run.name}/availability")
    if _kind(answers[0][1]) is None:
        await stage.desk.until(
            lambda: stage.desk.call("SlottingService/GetAvailability", availability, stage.desk.staff)
        )
    claim: Any = stage.good["SlottingService/ClaimSlot"]
    search: Any = stage.good["SlottingService/SearchOffers"]
    cases = []
    for latest in (run.use_by_time, stamp(LATEST)):
        claim.demand.run, search.runs[:] = run.name, [run.name]
        claim.demand.administration.time.CopyFrom(latest)
        search.administration_interval.end_time.CopyFrom(latest)
        search.administration_interval.start_time.seconds = latest.seconds - 3600
        cases += [Case("SlottingService/ClaimSlot", "used", renewed(claim))]
        cases += [Case("SlottingService/SearchOffers", "used", renewed(search))]
    return answers + await _all(stage.desk, cases)


async def _names(desk: Desk) -> Mapping[str, str]:
    run = await desk.open_run()
    slot = await desk.claim(run, desk.sponsor())
    begun = await desk.open_run()
    await desk.call("CapacityService/StartRun", StartRunRequest(name=begun, request_id=str(uuid7())), desk.staff)
    made = await desk.open_run()
    dose = await desk.claim(made, desk.sponsor())
    batch = await batches.produce(desk, made)
    return {
        "batch": batch,
        "dose_of_batch": dose.name,
        "laboratory": "partners/lab",
        "run": run,
        "begun": begun,
        "slot": slot.name,
        "dose": slot.name.replace("slots/", "doses/"),
        "product": "products/lu-ligand",
        "products": "products/lu-ligand",
        "site": CENTRES[0],
        "region": "us-midwest",
        "facility": "facilities/tidewater",
        "line": "facilities/tidewater/lines/hot-cell-1",
        "partner": NORTHLAKE,
        "partners": NORTHLAKE,
        "carrier": "partners/coldway-couriers",
        "time_zone": "America/Chicago",
        "order_reference": "ORDER-1",
        "shipment_references": "VEGA-0001",
        "doses": slot.name.replace("slots/", "doses/"),
        "to_party": "partners/coldway-couriers",
        "account": "any",
        "a2_table": "a2Tables/any",
        "other": "a2Tables/any",
        "edition": "any",
        "nuclide": "Lu-177",
        "cause": "the synthesis module leaks",
        "isotope_delivery": "isotopeDeliveries/0198f2c4-0000-7000-8000-000000000001",
    }


def _methods() -> Iterator[MethodDescriptor]:
    for service in SERVICES.values():
        # Advancing the clock would end every token of the sweep; its bounds have tests of their own.
        yield from (method for method in service.methods if method.name != "AdvanceClock")


def _name(method: MethodDescriptor) -> str:
    return f"{method.containing_service.name}/{method.name}"


def _good(method: MethodDescriptor, desk: Desk, names: Mapping[str, str]) -> Message:
    """A request that is right in itself. What it calls its `name` depends on the call."""
    verb, kind = re.fullmatch("([A-Z][a-z]+)(.*)", method.name).groups()  # type: ignore[union-attr]
    own = names["slot"] if "Slot" in kind else names["run"]
    own = {
        "IsotopeDelivery": names["isotope_delivery"],
        "Proposal": NO_PROPOSAL,
        "TransitProposal": NO_PROPOSAL.replace("proposals/", "transitProposals/"),
        "Revisions": names["site"],
    }.get(kind, own)
    if kind in KINDS and verb == "Update":
        own = f"{KINDS[kind].replace('any', 'tidewater')}/{EXAMPLE}"
    if method.name in ("CompleteRun", "FailRun"):
        own = names["begun"]
    if kind == "Specification":
        own = "specifications/lu-ligand"
    if kind.startswith("A2Table"):
        own = names["a2_table"]
    if method.containing_service.name == "QualityService":
        names = {**names, "slot": names["dose_of_batch"]}
    more = {"name": own, "parent": "facilities/tidewater" if "Line" in kind else names["dose"]}
    if method.containing_service.name == "DistributionService":
        more = {"name": NO_SHIPMENT, "parent": NO_SHIPMENT}
    if method.containing_service.name == "FeedService":
        more = {"name": "feeds/-", "parent": "feeds/-"}
    if method.containing_service.name == "EndpointService":
        more = {"name": NO_ENDPOINT, "parent": NO_ENDPOINT, "url": "http://127.0.0.1:9/hook"}
    if verb in ("List", "Watch") and kind != "ListLines":
        more |= {"partner": "", "region": "", "site": ""}
    if verb == "Create" or method.name in ("SubmitForecast", "PreviewNetworkChange"):
        more |= {"name": ""}
    request: Any = filled(method, desk.now, {**names, **more})
    # What these tell is a fact, and has been. Attempts are listed of every event.
    if past := PAST.get(method.name):
        request.ClearField(past)
    if method.name == "CompleteRun":
        for time in (request.end_of_synthesis_time, request.measured.measure_time):
            time.CopyFrom(stamp(datetime.now(UTC)))
        request.measured.activity_kbq = batches.YIELD_KBQ
    if method.name == "RecordDenial":  # a denial has been too; a delay alone has minutes, a shipment says its own lane
        request.kind = Denial.DELAYED
        for field in ("denial_time", "shipment"):
            request.ClearField(field)
        request.lane = "lanes/none"
    if method.name in ("CreateEndpoint", "UpdateEndpoint"):  # the address is no brokers'
        request.endpoint.ClearField("kafka")
    if method.name == "ListLaneReports":
        request.departure_until_time.seconds = request.departure_from_time.seconds + 86400
    if method.name == "ProposeA2Table":  # nuclides of each emission have values, or none may be packed
        request.default_rows.extend(A2DefaultRow(emission=each, a1_tbq=1, a2_tbq=1) for each in (2, 3))
    if method.name == "SearchMoves":
        request.slots.append(names["slot"])
    if method.name in ("ApplyRescue", "AskConsents"):
        move = request.moves[0]
        move.dose, move.lane = names["slot"].replace("slots/", "doses/"), "lanes/none"
        move.departure_time.CopyFrom(move.administration.time)
    if method.name == "ApplyRescue":
        request.fingerprint = fingerprint_of(request.moves)
    if method.name == "CreateDraft":
        request.call = "doselane.slotting.v1.SlottingService.ConfirmSlot"
        request.request_json = json.dumps({"name": names["slot"]})
        request.expire_time.CopyFrom(stamp(datetime.now(UTC) + timedelta(hours=12)))
    if method.name == "SetEscalationLadder":
        del request.steps[1:]
        request.steps[0].left_percent = 50
        request.steps[0].contacts[0].address = "desk@northlake.example"
    if method.name == "IssueDocument":
        request.kind = DOCUMENT_KIND_CONSIGNMENT_NOTE
    return request  # type: ignore[no-any-return]


def _in_order(good: Mapping[str, Message]) -> list[tuple[str, Message]]:
    return sorted(good.items(), key=lambda item: _turn(item[0].partition("/")[0]))


def _turn(service: str) -> int:
    """When a service has its turn: between the first and the last if it is neither."""
    if service in FIRST:
        return FIRST.index(service)
    return len(FIRST) + (1 + LAST.index(service) if service in LAST else 0)


async def _all(desk: Desk, cases: Sequence[Case]) -> list[tuple[Case, object]]:
    """What each case is answered; some at once, begun in their order."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(case: Case) -> tuple[Case, object]:
        async with turn:
            return case, await _answer(desk, case)

    return list(await asyncio.gather(*map(one, cases)))


async def _answer(desk: Desk, case: Case) -> object:
    service, _, name = case.method.partition("/")
    token = desk.sponsor() if case.is_sponsors else desk.staff
    try:
        if SERVICES[service].methods_by_name[name].server_streaming:
            return await anext(desk.stream(case.method, case.request, token))
        return await desk.call(case.method, case.request, token)
    except GatewayError as said:
        return said


async def _rest(stage: Stage, cases: Sequence[Case]) -> list[tuple[Case, object]]:
    """The same by REST, where JSON can say it."""
    bindings = {_name(binding.method): binding for binding in reversed(load().bindings) if binding.body}
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(case: Case, verb: str, path: str, body: Any) -> tuple[Case, object]:
        token = stage.desk.sponsor() if case.is_sponsors else stage.desk.staff
        async with turn:
            said = await client.request(verb, path, json=body, headers={"authorization": f"Bearer {token}"})
        assert said.status_code < 500, f"{verb} {path} {case.what}: {said.text}"
        return case, said

    async with httpx.AsyncClient(base_url=stage.running.rest_url, timeout=60) as client:
        known = [(case, _as_json(bindings[case.method], case.request)) for case in cases if case.method in bindings]
        return list(await asyncio.gather(*(one(case, *made) for case, made in known if made)))


def _as_json(binding: Binding, request: Message) -> tuple[str, str, Any] | None:
    try:
        whole = json_format.MessageToDict(request, preserving_proto_field_name=True)
    except (ValueError, json_format.Error):
        return None  # an instant that no text can say
    path = _VARIABLE.sub(lambda found: _at(whole, found[1]), binding.template.text)
    return binding.http_method, path, whole if binding.body == "*" else whole.get(binding.body, {})


def _at(whole: Any, path: str) -> str:
    for part in path.split("."):
        whole = whole.get(part, "-") if isinstance(whole, dict) else "-"
    return str(whole)


def _kind(said: object) -> Kind | None:
    return said.kind if isinstance(said, GatewayError) else None
