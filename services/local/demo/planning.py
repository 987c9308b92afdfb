"""The first part of the day: master data, forecasts, a delivery of isotope, and a plan that is accepted."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from doselane.masterdata.v1 import masterdata_pb2
from doselane.planning.v1 import forecast_pb2, planning_pb2
from doselane.type.v1 import type_pb2
from google.protobuf.json_format import MessageToDict
from google.type.date_pb2 import Date
from tenacity import AsyncRetrying, retry_if_exception_type, retry_if_not_result, stop_after_delay, wait_exponential

from services.kernel.errors import GatewayError
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from services.local.demo.doors import Program
from services.local.world import MASTER_DATA

Say = Callable[[str], None]

KNOWN_WITHIN_S = 180.0
WEEKS = 8
WEEKS_PLANNED = 3
# More than it needs: so the work ends the search and not the time, and the plan is the same on every machine.
SOLVE_S = 10
A_WEEK = timedelta(weeks=1)


async def plan(
    planner: Program,
    northlake: Program,
    harbor: Program,
    today: date,
    meanwhile: Callable[[], Awaitable[None]],
    say: Say,
) -> Sequence[str]:
    """From forecasts and deliveries to open runs for the weeks to come; their names. `meanwhile` happens while the plan
    is worked out."""
    monday = next_monday(today)
    await _forecast(northlake, harbor, monday, say)
    for week in range(WEEKS_PLANNED):
        delivery = await _delivery(planner, monday + A_WEEK * week)
    say(f"{delivery.calibration.activity_mbq / 1000:.0f} GBq of lutetium-177 arrive each Monday, decaying until used.")
    return await _propose_and_accept(planner, monday, meanwhile, say)


async def until(ask: Callable[[], Awaitable[Any]], so: Callable[[Any], bool] = lambda _: True) -> Any:
    """What `ask` answers once it is so: services hear of each other by events, a moment after the answer."""
    asking = AsyncRetrying(
        retry=retry_if_exception_type(GatewayError) | retry_if_not_result(so),
        stop=stop_after_delay(KNOWN_WITHIN_S),
        wait=wait_exponential(multiplier=0.02, exp_base=1.25, max=0.1),  # the longer it takes, the less it is asked for
        reraise=True,
    )

    async def once() -> Any:
        return await ask()

    return await asking(once)


def next_monday(today: date) -> date:
    """The Monday on which the next week starts."""
    return today + timedelta(days=7 - today.weekday())


def _date(day: date) -> Date:
    return Date(year=day.year, month=day.month, day=day.day)


async def enter_master_data(planner: Program, say: Say) -> None:
    """The sandbox's resources; those that are there stay as they are."""
    request = masterdata_pb2.ImportMasterDataRequest(
        yaml=MASTER_DATA, request_id=str(uuid7()), reason="sandbox", accept_conflicts=True
    )
    answer = await planner.call("MasterDataService", "ImportMasterData", request)
    say(f"{len(answer.resources)} resources of master data are in place: products, lines, centres, lanes, agreements.")


async def _forecast(northlake: Program, harbor: Program, monday: date, say: Say) -> None:
    """Northlake submits over gRPC, Harbor uploads a table by REST."""
    weeks = [
        forecast_pb2.ForecastWeek(week_start_date=_date(monday + A_WEEK * week), doses=12) for week in range(WEEKS)
    ]
    forecast = forecast_pb2.Forecast(product="products/lu-ligand", region="us-midwest", weeks=weeks)
    submit = forecast_pb2.SubmitForecastRequest(forecast=forecast, request_id=str(uuid7()), reason="monthly review")
    submitted = await until(lambda: northlake.call("ForecastService", "SubmitForecast", submit))
    rows = [f"products/lu-ligand,us-northeast,{monday + A_WEEK * week},6" for week in range(WEEKS)]
    table = "\n".join(("product,region,week_start_date,doses", *rows, ""))
    upload = forecast_pb2.ImportForecastsRequest(csv=table, request_id=str(uuid7()))
    imported = (await harbor.http.post("/v1/forecasts:import", json=MessageToDict(upload))).raise_for_status().json()
    if imported.get("errors"):
        say(f"Harbor's table was refused: {imported['errors'][0]['message']}")
    say(f"Northlake forecasts 12 doses a week (version {submitted.version}), Harbor uploads 6 a week as CSV.")


async def _delivery(planner: Program, monday: date) -> planning_pb2.IsotopeDelivery:
    arrives_at = datetime.combine(monday, time(6), UTC)
    delivery = planning_pb2.IsotopeDelivery(
        facility="facilities/tidewater",
        nuclide=type_pb2.NUCLIDE_LU_177,
        calibration=type_pb2.Activity(activity_mbq=900_000.0, time=stamp(arrives_at)),
        arrival_time=stamp(arrives_at),
        use_by_time=stamp(arrives_at + timedelta(days=6)),
        yield_fraction=0.8,
    )
    request = planning_pb2.CreateIsotopeDeliveryRequest(isotope_delivery=delivery, request_id=str(uuid7()))
    made: planning_pb2.IsotopeDelivery = await planner.call("PlanningService", "CreateIsotopeDelivery", request)
    return made


async def _propose_and_accept(
    planner: Program, monday: date, meanwhile: Callable[[], Awaitable[None]], say: Say
) -> Sequence[str]:
    propose = planning_pb2.ProposePlanRequest(
        horizon_start_date=_date(monday), weeks=WEEKS_PLANNED, solve_seconds_max=SOLVE_S, request_id=str(uuid7())
    )
    asked = await planner.call("PlanningService", "ProposePlan", propose)
    proposal, _ = await asyncio.gather(_worked_out(planner, asked.name), meanwhile())
    if proposal is None or proposal.state != planning_pb2.Proposal.READY:
        raise RuntimeError(f"The plan could not be worked out: {proposal and proposal.failure}")
    covered, wanted = proposal.score.forecast_doses_covered, proposal.score.forecast_doses
    say(
        f"The planner's proposal: {len(proposal.runs)} runs cover {covered} of {wanted} doses of {WEEKS_PLANNED} weeks."
    )
    accept = planning_pb2.AcceptProposalRequest(name=proposal.name, etag=proposal.etag, request_id=str(uuid7()))
    accepted = await planner.call("PlanningService", "AcceptProposal", accept)
    return [run.run for run in accepted.runs]


async def _worked_out(planner: Program, name: str) -> planning_pb2.Proposal | None:
    """The proposal as it was last told of."""
    proposal = None
    watch = planning_pb2.WatchProposalRequest(name=name)
    async for news in planner.stream("PlanningService", "WatchProposal", watch):
        if news.HasField("proposal"):
            proposal = news.proposal
    return proposal
