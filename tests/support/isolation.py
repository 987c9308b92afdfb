"""What belongs to one partner, and requests for all calls there are that name it: made from the protos, and by hand
where only certain values reach what a call could tell."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from doselane.capacity.v1 import capacity_pb2 as capacity
from doselane.courier.v1 import courier_pb2 as courier
from doselane.distribution.v1 import distribution_pb2 as distribution
from doselane.distribution.v1 import lane_pb2 as lanes
from doselane.distribution.v1 import shipment_pb2 as shipments
from doselane.exchange.v1 import exchange_pb2 as exchange
from doselane.masterdata.v1 import masterdata_pb2 as masterdata
from doselane.masterdata.v1 import resources_pb2 as resources
from doselane.masterdata.v1 import transit_proposal_pb2 as transits
from doselane.planning.v1 import forecast_pb2 as forecast
from doselane.planning.v1 import planning_pb2 as planning
from doselane.quality.v1 import quality_pb2 as quality
from doselane.quality.v1 import specification_pb2 as specifications
from doselane.slotting.v1 import moves_pb2 as moves
from doselane.slotting.v1 import slotting_pb2 as slotting
from doselane.status.v1 import status_pb2 as status
from doselane.streams.v1 import feed_pb2 as feeds
from doselane.type.v1 import type_pb2 as types
from google.protobuf.message import Message
from google.type.date_pb2 import Date
from google.type.interval_pb2 import Interval

from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from services.local.world import NORTHLAKE
from tests.support import batches
from tests.support.belongings import MARK, NOBODYS, Belongings
from tests.support.calls import METHODS, request_for
from tests.support.endpoints import an_endpoint, of_endpoints
from tests.support.gateway import Desk
from tests.support.tower_calls import of_tower, rejected_in_tower

OWN_FEED = NORTHLAKE.replace("partners/", "feeds/")
PRODUCED_AT = datetime(2026, 11, 1, 6, tzinfo=UTC)

# Kinds of master data, with the collection that each stands in.
KINDS: Mapping[str, str] = {
    "Product": "products",
    "Facility": "facilities",
    "Line": "facilities/any/lines",
    "Site": "sites",
    "Lane": "lanes",
    "Agreement": "agreements",
}
# What belongs to Northlake alone; facilities and lines are the manufacturer's own.
NORTHLAKES_ALONE = """
products:
- name: products/{mark}
  nuclide: NUCLIDE_TB_161
  partners: [partners/northlake-oncology]
  activityNominalMbq: 7400
  shelfLifeMinutes: 4320
  vialReferenceActivityMaxKbq: "20000000"
  specification: specifications/{mark}
sites:
- name: sites/{mark}
  region: us-south
  timeZone: America/Chicago
  partners: [partners/northlake-oncology]
  licences: [{{nuclide: NUCLIDE_TB_161, activityMaxMbq: 20000, validUntilTime: "2040-01-01T00:00:00Z"}}]
lanes:
- name: lanes/{mark}
  site: sites/{mark}
  transitMinutes: 300
  validUntilTime: "2040-01-01T00:00:00Z"
agreements:
- name: agreements/{mark}
  partner: partners/northlake-oncology
  product: products/{mark}
  standbyPriority: 5
  validFromTime: "2026-01-01T00:00:00Z"
  validUntilTime: "2040-01-01T00:00:00Z"
"""


@pytest.fixture
async def northlakes(desk: Desk) -> tuple[Belongings, ...]:
    """What is Northlake's at a gateway of the test's own."""
    return await made_for_northlake(desk)


@pytest.fixture(scope="module")
async def shared_northlakes(shared_desk: Desk) -> tuple[Belongings, ...]:
    """The same at the gateway of a file's tests, for those that leave it as it is."""
    return await made_for_northlake(shared_desk)


async def made_for_northlake(desk: Desk) -> tuple[Belongings, ...]:
    """A run allotted to Northlake alone, and a run with a pool that makes what Northlake alone may claim; on each a
    slot, a dose and an order that waits; of each kind another one that was made, and whose batch was rejected when a
    dose had left; and a forecast, and places of its own."""
    allotted = await desk.open_run(allotted_to=NORTHLAKE)
    await desk.import_master_data(NORTHLAKES_ALONE.format(mark=MARK))
    product, site = f"products/{MARK}", f"sites/{MARK}"
    private = await desk.open_run(product=product, nuclide=types.NUCLIDE_TB_161)
    await desk.until_slotting_knows(product, site)
    await batches.specify(desk, f"specifications/{MARK}", product)
    submit = of_plans(replace(NOBODYS, mark=MARK), str(uuid7()))["ForecastService/SubmitForecast"]
    made = await desk.until(lambda: desk.call("ForecastService/SubmitForecast", submit, desk.sponsor()))
    of_allotted, of_private = await unjudged(desk)
    return (
        await _used(desk, allotted, made.name, await _recalled(desk, *of_allotted)),
        await _used(desk, private, made.name, await _recalled(desk, *of_private), site=site),
    )


async def unjudged(desk: Desk) -> list[tuple[str, str]]:
    """A batch and the slot of its only dose: of a run that is allotted to Northlake, and of Northlake's own product."""
    own = {"product": f"products/{MARK}", "nuclide": types.NUCLIDE_TB_161}
    made = []
    for facts, changes in (({"allotted_to": NORTHLAKE}, {}), (own, {"site": f"sites/{MARK}"})):
        run = await desk.open_run(**facts)
        slot = await desk.claim(run, desk.sponsor(), **changes)
        batch = await batches.produce(desk, run)
        await desk.until(partial(batches.batch_of, desk, run, desk.sponsor()))
        made.append((batch, slot.name))
    return made


async def _recalled(desk: Desk, batch: str, slot: str) -> tuple[str, ...]:
    """The batch and its slot after the dose left and the batch was rejected, the notice of the recall, the shipment,
    the dose's entry on the board and the incident."""
    await batches.fill(desk, batch, slot)
    await batches.issue(desk, batch, "LABEL", slot)
    await batches.issue(desk, batch, "CERTIFICATE_OF_ANALYSIS")
    await batches.dispatch(desk, batch, slot)
    await batches.reject(desk, batch, "particles were seen")
    told = await desk.call("QualityService/ListNotices", quality.ListNoticesRequest(batch=batch), desk.sponsor())
    asked = distribution.ListShipmentsRequest(dose=slot.replace("slots/", "doses/"))
    shipped = await desk.call("DistributionService/ListShipments", asked, desk.sponsor())
    in_tower = await rejected_in_tower(desk, slot)
    return batch, slot, told.notices[0].name, shipped.shipments[0].name, *in_tower


async def _used(desk: Desk, run: str, submitted: str, made: tuple[str, ...], **changes: str) -> Belongings:
    slot = await desk.claim(run, desk.sponsor(), **changes)
    dose = await desk.dose_of(slot, desk.sponsor())
    demand = desk.demand(run, order_reference="WAITS", **changes)
    join = slotting.JoinStandbyRequest(demand=demand, request_id=str(uuid7()))
    standby = await desk.call("SlottingService/JoinStandby", join, desk.sponsor())
    ours = (await an_endpoint(desk), OWN_FEED, MARK)
    return Belongings(run, slot.name, dose.name, NOBODYS.push, standby.name, submitted, *made, *ours)


def requests_of(desk: Desk, names: Belongings) -> Mapping[str, Message]:
    """A request for each call there is, naming what is of a partner where it names anything."""
    filled = {method: request_for(method, names.by_collection) for method in METHODS}
    return {**filled, **naming(desk, names)}


def naming(desk: Desk, names: Belongings) -> Mapping[str, Message]:
    """Those made by hand: each names something of a partner, so that no stranger may be answered."""
    return {
        **_of_slots(desk, names, str(uuid7())),
        **of_plans(names, str(uuid7())),
        **_of_master_data(names),
        **_of_doses(names, str(uuid7())),
        **_of_feeds(names),
        **_of_batches(names),
        **_of_shipments(names, str(uuid7())),
        **of_endpoints(names.endpoint, str(uuid7())),
        **of_tower(names.entry, names.incident, f"products/{names.mark}", str(uuid7())),
    }


def _of_slots(desk: Desk, names: Belongings, request_id: str) -> Mapping[str, Message]:
    demand = desk.demand(names.run)
    soon = Interval(start_time=stamp(desk.now), end_time=stamp(desk.now + timedelta(days=7)))
    return {
        "SlottingService/ClaimSlot": slotting.ClaimSlotRequest(demand=demand, request_id=request_id),
        "SlottingService/HoldSlot": slotting.HoldSlotRequest(demand=demand, request_id=request_id),
        "SlottingService/ConfirmSlot": slotting.ConfirmSlotRequest(name=names.slot, request_id=request_id),
        "SlottingService/ReleaseSlot": slotting.ReleaseSlotRequest(name=names.slot, request_id=request_id),
        "SlottingService/MoveSlot": slotting.MoveSlotRequest(name=names.slot, run=names.run, request_id=request_id),
        "SlottingService/BatchMoveSlots": slotting.BatchMoveSlotsRequest(
            moves=[slotting.SlotMove(slot=names.slot, run=names.run)], request_id=request_id
        ),
        "SlottingService/SearchMoves": moves.SearchMovesRequest(slots=[names.slot]),
        "SlottingService/GetSlot": slotting.GetSlotRequest(name=names.slot),
        "SlottingService/GetAvailability": slotting.GetAvailabilityRequest(name=f"{names.run}/availability"),
        "SlottingService/SearchOffers": slotting.SearchOffersRequest(
            product=f"products/{names.mark}", site=f"sites/{names.mark}", administration_interval=soon
        ),
        "SlottingService/JoinStandby": slotting.JoinStandbyRequest(demand=demand, request_id=request_id),
        "SlottingService/LeaveStandby": slotting.LeaveStandbyRequest(name=names.standby, request_id=request_id),
        "SlottingService/GetStandby": slotting.GetStandbyRequest(name=names.standby),
        "SlottingService/ListAllotmentUsages": slotting.ListAllotmentUsagesRequest(partner=NORTHLAKE),
        "LedgerService/CutRunCapacity": slotting.CutRunCapacityRequest(
            run=names.run, base_version=1, request_id=request_id
        ),
        "LedgerService/PreviewNetworkChange": slotting.PreviewNetworkChangeRequest(deleted=[f"sites/{names.mark}"]),
    }


def of_plans(names: Belongings, request_id: str) -> Mapping[str, Message]:
    """Calls of capacity and planning."""
    week = Date(year=2027, month=3, day=1)
    proposal = f"proposals/{names.mark}"
    delivery = f"isotopeDeliveries/{names.mark}"
    return {
        "CapacityService/GetRun": capacity.GetRunRequest(name=names.run),
        "CapacityService/OpenRun": capacity.OpenRunRequest(name=names.run, request_id=request_id),
        "CapacityService/CutRun": capacity.CutRunRequest(
            name=names.run, pledged=types.Capacity(reference_activity_kbq=1, vials=1), request_id=request_id
        ),
        "CapacityService/CancelRun": capacity.CancelRunRequest(name=names.run, request_id=request_id),
        "CapacityService/StartRun": capacity.StartRunRequest(name=names.run, request_id=request_id),
        "CapacityService/CompleteRun": capacity.CompleteRunRequest(
            name=names.run,
            end_of_synthesis_time=stamp(PRODUCED_AT),
            measured=capacity.MeasuredYield(activity_kbq=1, measure_time=stamp(PRODUCED_AT)),
            request_id=request_id,
        ),
        "CapacityService/FailRun": capacity.FailRunRequest(name=names.run, cause="a pump", request_id=request_id),
        "CapacityService/CreateRun": capacity.CreateRunRequest(
            run_id=names.run.removeprefix("runs/"), request_id=request_id
        ),
        "ForecastService/SubmitForecast": forecast.SubmitForecastRequest(
            forecast=forecast.Forecast(
                product=f"products/{names.mark}",
                region="us-south",
                weeks=[forecast.ForecastWeek(week_start_date=week, doses=1)],
            ),
            request_id=request_id,
        ),
        "ForecastService/GetForecast": forecast.GetForecastRequest(name=names.forecast),
        "ForecastService/CompareForecasts": forecast.CompareForecastsRequest(name=names.forecast),
        "ForecastService/GetForecastAccuracy": forecast.GetForecastAccuracyRequest(
            partner=NORTHLAKE, from_date=week, until_date=Date(year=2027, month=3, day=8)
        ),
        "ForecastService/GetForecastConsumption": forecast.GetForecastConsumptionRequest(partner=NORTHLAKE),
        "PlanningService/CreateIsotopeDelivery": planning.CreateIsotopeDeliveryRequest(request_id=request_id),
        "PlanningService/GetIsotopeDelivery": planning.GetIsotopeDeliveryRequest(name=delivery),
        "PlanningService/UpdateIsotopeDelivery": planning.UpdateIsotopeDeliveryRequest(
            isotope_delivery=planning.IsotopeDelivery(name=delivery), request_id=request_id
        ),
        "PlanningService/CancelIsotopeDelivery": planning.CancelIsotopeDeliveryRequest(
            name=delivery, request_id=request_id
        ),
        "PlanningService/ProposePlan": planning.ProposePlanRequest(request_id=request_id),
        "PlanningService/WatchProposal": planning.WatchProposalRequest(name=proposal),
        "PlanningService/GetProposal": planning.GetProposalRequest(name=proposal),
        "PlanningService/EditProposal": planning.EditProposalRequest(name=proposal, request_id=request_id),
        "PlanningService/AcceptProposal": planning.AcceptProposalRequest(name=proposal, request_id=request_id),
        "PlanningService/RejectProposal": planning.RejectProposalRequest(name=proposal, request_id=request_id),
    }


def _of_master_data(names: Belongings) -> Mapping[str, Message]:
    """Every call on every kind."""
    found: dict[str, Message] = {
        "MasterDataService/ListRevisions": masterdata.ListRevisionsRequest(name=f"sites/{names.mark}"),
        "MasterDataService/ImportMasterData": masterdata.ImportMasterDataRequest(
            yaml=f"sites: [{{name: sites/{names.mark}}}]", request_id=str(uuid7())
        ),
        "TransitProposalService/ListTransitProposals": transits.ListTransitProposalsRequest(lane=f"lanes/{names.mark}"),
    }
    for kind, collection in KINDS.items():
        name, field = f"{collection}/{names.mark}", kind.lower()
        resource = getattr(resources, kind)(name=name)
        parent = {"parent": "facilities/any"} if kind == "Line" else {}

        def request(verb: str, kind: str = kind, **facts: object) -> Message:
            made: Message = getattr(masterdata, f"{verb}{kind}Request")(**facts)
            return made

        found |= {
            f"MasterDataService/Get{kind}": request("Get", name=name),
            f"MasterDataService/Create{kind}": request(
                "Create", **{field: resource, f"{field}_id": names.mark}, request_id=str(uuid7()), **parent
            ),
            f"MasterDataService/Update{kind}": request("Update", **{field: resource}, request_id=str(uuid7())),
            f"MasterDataService/Delete{kind}": request("Delete", name=name, request_id=str(uuid7())),
        }
    return found


def _of_doses(names: Belongings, request_id: str) -> Mapping[str, Message]:
    return {
        "StatusService/GetDose": status.GetDoseRequest(name=names.dose),
        "StatusService/ListTimelineEntries": status.ListTimelineEntriesRequest(parent=names.dose),
        "StatusService/WatchTimeline": status.WatchTimelineRequest(parent=names.dose),
        "CourierService/GetPush": courier.GetPushRequest(name=names.push),
        "CourierService/RejudgePush": courier.RejudgePushRequest(name=names.push),
        "ExchangeService/GetMessage": exchange.GetMessageRequest(name=names.push.replace("pushes/", "messages/")),
        "ExchangeService/ReplayMessage": exchange.ReplayMessageRequest(name=names.push.replace("pushes/", "messages/")),
    }


def _of_feeds(names: Belongings) -> Mapping[str, Message]:
    return {
        "FeedService/GetFeed": feeds.GetFeedRequest(name=names.feed),
        "FeedService/ListFeedEvents": feeds.ListFeedEventsRequest(parent=names.feed),
        "FeedService/Subscribe": feeds.SubscribeRequest(parent=names.feed),
    }


def _of_shipments(names: Belongings, request_id: str) -> Mapping[str, Message]:
    """Every call that names a shipment."""
    at = {"name": names.shipment, "request_id": request_id}
    return {
        "LaneService/RecordDenial": lanes.RecordDenialRequest(
            kind=lanes.Denial.DENIED,
            refuser=lanes.Denial.CARRIER,
            carrier="partners/any",
            lane=f"lanes/{names.mark}",
            shipment=names.shipment,
            cause="any",
            request_id=request_id,
        ),
        "LaneService/ListDenials": lanes.ListDenialsRequest(lane=f"lanes/{names.mark}"),
        "DistributionService/GetShipment": distribution.GetShipmentRequest(name=names.shipment),
        "DistributionService/ListMilestones": distribution.ListMilestonesRequest(parent=names.shipment),
        "DistributionService/GetAcceptanceChecklist": distribution.GetAcceptanceChecklistRequest(
            name=f"{names.shipment}/acceptanceChecklist"
        ),
        "DistributionService/BookShipment": distribution.BookShipmentRequest(doses=[names.dose], request_id=request_id),
        "DistributionService/AttachReferences": distribution.AttachReferencesRequest(
            courier="partners/any", references=["1Z0000000000000000"], **at
        ),
        "DistributionService/PackShipment": distribution.PackShipmentRequest(
            packages=[shipments.Package(package_id="any", doses=[names.dose])], **at
        ),
        "DistributionService/RecordHandOver": distribution.RecordHandOverRequest(to_party="partners/any", **at),
        "DistributionService/RedirectShipment": distribution.RedirectShipmentRequest(
            site=f"sites/{names.mark}", cause="any", **at
        ),
        "DistributionService/CancelShipment": distribution.CancelShipmentRequest(cause="any", **at),
        "DistributionService/ReportLoss": distribution.ReportLossRequest(cause="MISSING", **at),
        "DistributionService/SettleMilestone": distribution.SettleMilestoneRequest(
            milestone_event_id="any", verdict="ACCEPTED", **at
        ),
    }


def _of_batches(names: Belongings) -> Mapping[str, Message]:
    """Every call that names a batch, or what belongs to one; what asks by a filter is made from the protos."""
    dose, at = names.vial_slot.removeprefix("slots/"), {"name": names.batch}
    document = f"{names.batch}/documents/label-{dose}-1"
    return {
        "QualityService/GetBatch": quality.GetBatchRequest(**at),
        "QualityService/GetCriticalPath": quality.GetCriticalPathRequest(**at),
        "QualityService/ListVials": quality.ListVialsRequest(batch=names.batch),
        "QualityService/ListSamples": quality.ListSamplesRequest(batch=names.batch),
        "QualityService/ListResults": quality.ListResultsRequest(batch=names.batch),
        "QualityService/ListDecisions": quality.ListDecisionsRequest(batch=names.batch),
        "QualityService/ListDocuments": quality.ListDocumentsRequest(batch=names.batch, slot=names.vial_slot),
        "QualityService/GetDocument": quality.GetDocumentRequest(name=document),
        "QualityService/ReplayDecision": quality.ReplayDecisionRequest(name=f"{names.batch}/decisions/1"),
        "QualityService/FillVial": quality.FillVialRequest(
            batch=names.batch, slot=names.vial_slot, container_id="any", request_id=str(uuid7())
        ),
        "QualityService/IssueDocument": quality.IssueDocumentRequest(
            batch=names.batch, kind=types.DOCUMENT_KIND_LABEL, slot=names.vial_slot, request_id=str(uuid7())
        ),
        "QualityService/AcknowledgeNotice": quality.AcknowledgeNoticeRequest(
            name=names.notice, request_id=str(uuid7())
        ),
        "SpecificationService/GetSpecification": specifications.GetSpecificationRequest(
            name=f"specifications/{names.mark}"
        ),
    }
