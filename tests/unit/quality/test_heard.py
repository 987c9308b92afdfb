"""What quality makes of the events of others, also where they lack what they should have."""

from datetime import timedelta
from typing import Any

import pytest
from doselane.capacity.v1 import capacity_pb2
from doselane.courier.v1 import courier_pb2
from doselane.distribution.v1 import shipment_pb2
from doselane.lims.v1 import lims_pb2
from doselane.slotting.v1 import events_pb2 as slotting_events
from doselane.slotting.v1 import slotting_pb2
from doselane.type.v1 import type_pb2
from google.protobuf.timestamp_pb2 import Timestamp

from services.kernel.activity import Nuclide
from services.kernel.errors import Invalid
from services.kernel.timestamps import stamp
from services.quality.domain.batch import ReleaseTerms
from services.quality.domain.samples import AnalysisStage
from services.quality.domain.vials import FillRange
from services.quality.events import heard
from tests.support.quality import EOS, RUN
from tests.support.quality_news import (
    LAB,
    PRODUCT,
    SWIFT,
    a_collected_dose,
    a_place,
    a_produced_run,
    a_product,
    a_report,
    a_shipment,
    a_slot,
    an_attached_shipment,
    event,
)

NO_INSTANT = Timestamp(seconds=10**15)


# Runs


def test_a_produced_run_is_taken_as_production_measured_it() -> None:
    made = heard.production_in(a_produced_run())
    assert (made.run, made.product, made.line, made.nuclide) == (RUN, PRODUCT, "facilities/north/lines/a", "Lu-177")
    assert (made.measured_mbq, made.measured_at, made.volume_ul) == (100_000, EOS, 100_000)
    assert (made.end_of_synthesis_at, made.expires_at) == (EOS, EOS + timedelta(hours=72))
    assert made.nuclide is Nuclide.LU_177


def test_a_volume_that_nobody_measured_is_not_nought() -> None:
    assert heard.production_in(a_produced_run(volume_ul=None)).volume_ul is None


def test_the_planned_end_of_synthesis_stands_in_where_production_told_none_or_one_that_cannot_be() -> None:
    planned = EOS + timedelta(minutes=5)
    measured = capacity_pb2.MeasuredYield(activity_kbq=1, measure_time=stamp(EOS))
    for told in (None, NO_INSTANT):
        production = capacity_pb2.Production(end_of_synthesis_time=told, measured=measured)
        run = a_produced_run(production=production, end_of_synthesis_time=stamp(planned))
        assert heard.production_in(run).end_of_synthesis_at == planned


@pytest.mark.parametrize(
    "fields",
    [
        {"use_by_time": None},
        {"use_by_time": NO_INSTANT},
        {"production": capacity_pb2.Production(end_of_synthesis_time=stamp(EOS))},
    ],
    ids=["no end", "an end that cannot be", "nothing measured"],
)
def test_a_batch_is_never_made_of_a_guess(fields: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        heard.production_in(a_produced_run(**fields))


def test_a_nuclide_that_is_not_told_is_no_nuclide() -> None:
    with pytest.raises(KeyError):
        heard.production_in(a_produced_run(nuclide=type_pb2.NUCLIDE_UNSPECIFIED))


# Slots


def test_a_slot_is_an_order() -> None:
    order = heard.order_in(a_slot())
    assert (order.slot, order.partner, order.run, order.site) == (
        "slots/01a215bf-0000-7000-8000-000000000001",
        "partners/northlake",
        RUN,
        "sites/lakeside",
    )
    assert (order.administration_mbq, order.administration_at) == (1000, EOS + timedelta(days=2))
    assert order.delivery_at == EOS + timedelta(hours=11)
    assert (order.departure_at, order.patient_reference, order.order_reference) == (
        EOS + timedelta(hours=6),
        "P-1",
        "order-1",
    )


@pytest.mark.parametrize("state", slotting_pb2.Slot.State.values())
def test_only_a_confirmed_slot_is_a_confirmed_order(state: int) -> None:
    assert heard.order_in(a_slot(state=state)).confirmed is (state == slotting_pb2.Slot.CONFIRMED)


@pytest.mark.parametrize("departure", [None, NO_INSTANT])
def test_a_slot_without_a_departure_has_none(departure: Timestamp | None) -> None:
    order = heard.order_in(a_slot(departure_time=departure, delivery_time=departure))
    assert (order.departure_at, order.delivery_at) == (None, None)


def test_a_slot_without_an_administration_is_refused() -> None:
    with pytest.raises(Invalid):
        heard.order_in(a_slot(administration=None))


def test_each_event_of_a_slot_is_read_by_its_own_message() -> None:
    slot = slotting_pb2.Slot(
        name="slots/01a215bf-0000-7000-8000-000000000001",
        administration=type_pb2.Activity(activity_mbq=1, time=stamp(EOS)),
    )
    for name, message in heard.SLOT_EVENTS.items():
        said = event(
            name.removeprefix("doselane.").removesuffix(".v1"),
            "slots/01a215bf-0000-7000-8000-000000000001",
            message(slot=slot),
        )
        assert heard.order_in(said).slot == "slots/01a215bf-0000-7000-8000-000000000001"
    assert slotting_events.SlotMoved in heard.SLOT_EVENTS.values()


# Products and places


def test_a_product_asks_for_both_people_unless_it_says_otherwise() -> None:
    told = heard.product_in(a_product(version=3))
    assert told is not None
    product, version = told
    assert (product.name, version, product.terms) == (PRODUCT, 3, ReleaseTerms(True, True, ()))
    assert product.fill == FillRange(500, 20_000, None, None)
    assert (product.specification, product.shelf_life) == ("specifications/lu-ligand", timedelta(hours=72))
    assert (product.partners, product.gtin) == (("partners/northlake",), "01234567890128")


def test_a_bound_that_a_product_does_not_name_is_no_bound() -> None:
    told = heard.product_in(a_product(fill_volume_min_ul=None, fill_volume_max_ul=None))
    assert told is not None
    assert told[0].fill == FillRange()


def test_a_place_is_no_product_and_a_product_no_place() -> None:
    facility = heard.place_in(a_place("facility", "facilities/north"))
    assert facility == heard.PlaceTold("facilities/north", 1, "north", "Europe/Berlin", "", "")
    assert heard.product_in(a_place("site", "sites/lakeside")) is None
    assert heard.place_in(a_product()) is None


# Shipments


SLOT = "slots/01a215bf-0000-7000-8000-000000000001"


def test_a_courier_is_named_before_the_dose_has_left() -> None:
    assert heard.carried_in(an_attached_shipment()) == [heard.Carried(SLOT, SWIFT, None)]


def test_a_dose_that_was_collected_left_at_the_instant_that_its_courier_told() -> None:
    at = EOS + timedelta(hours=6)
    assert heard.carried_in(a_collected_dose(at=at)) == [heard.Carried(SLOT, SWIFT, at)]


@pytest.mark.parametrize("time", [None, NO_INSTANT])
def test_without_an_instant_that_can_be_a_dose_left_when_that_was_published(time: Timestamp | None) -> None:
    milestone = courier_pb2.Milestone(time=time)
    told = a_shipment(SLOT, state=shipment_pb2.Shipment.COLLECTED, last_milestone=milestone)
    assert heard.carried_in(told) == [heard.Carried(SLOT, SWIFT, told.time)]


LEFT = {"COLLECTED", "IN_TRANSIT", "OUT_FOR_DELIVERY", "DELIVERED", "RETURNED", "LOST"}


@pytest.mark.parametrize("state", shipment_pb2.Shipment.State.keys())
def test_a_dose_has_left_when_its_courier_has_it_or_had_it(state: str) -> None:
    (carried,) = heard.carried_in(a_shipment(SLOT, state=shipment_pb2.Shipment.State.Value(state)))
    assert (carried.since is not None) is (state in LEFT)


def test_a_shipment_in_trouble_that_somebody_had_in_hand_has_left() -> None:
    custody = [shipment_pb2.CustodyEntry(to_party=SWIFT, time=stamp(EOS))]
    (carried,) = heard.carried_in(a_shipment(SLOT, state=shipment_pb2.Shipment.EXCEPTION, custody=custody))
    assert carried.since == EOS


def test_a_shipment_without_a_courier_says_nothing_of_who_carries_it() -> None:
    assert heard.carried_in(a_shipment(SLOT, courier="")) == []


# Results


def test_a_result_is_kept_as_its_laboratory_wrote_it() -> None:
    reported = heard.reported_in(a_report("purity", "99,1", "%", "batches/1/samples/1", decimal_mark=","), EOS)
    assert (reported.laboratory, reported.references) == (LAB, ("batches/1/samples/1",))
    assert (reported.test, reported.value, reported.decimal_mark, reported.unit) == ("purity", "99,1", ",", "%")
    assert (reported.sample, reported.received_at, reported.message) == ("", EOS, "messages/1")
    assert reported.captured_at == EOS + timedelta(hours=1)


def test_what_a_laboratory_did_not_tell_stays_unknown() -> None:
    reported = heard.reported_in(a_report("purity", "99", "", "s", capture_time=None, verify_time=NO_INSTANT), EOS)
    assert (reported.replicate, reported.captured_at, reported.verified_at) == (None, None, None)


@pytest.mark.parametrize("name", lims_pb2.Result.State.keys())
def test_each_state_of_a_laboratory_is_a_stage_and_an_unset_one_is_not_known(name: str) -> None:
    reported = heard.reported_in(a_report("purity", "99", "%", "s", state=name), EOS)
    expected = AnalysisStage.UNKNOWN if name == "STATE_UNSPECIFIED" else AnalysisStage(name)
    assert reported.stage is expected


def test_a_state_that_is_newer_than_this_program_is_not_guessed() -> None:
    assert heard.reported_in(a_report("purity", "99", "%", "s", state=77), EOS).stage is AnalysisStage.UNKNOWN
