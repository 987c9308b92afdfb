"""Vials: what is filled for a slot, and what becomes of it when the slot changes."""

from dataclasses import replace
from datetime import timedelta
from math import log2

import pytest

from services.kernel.activity import Nuclide
from services.quality.domain import refusals
from services.quality.domain.batch import State
from services.quality.domain.vials import FillRange, Order, Vial, VialFilling, after_order, fill
from tests.support.quality import BATCH, EOS, a_batch, a_production, a_vial, an_order

MINUTE = timedelta(minutes=1)
AN_HOUR_ON = EOS + timedelta(hours=1)
ANYTHING = FillRange()
# The literature case: 1 GBq/mL at calibration, 7.4 GBq at use, 7.5 to 12.5 mL a vial, half-life 6.647 d.
LITERATURE = FillRange(volume_min_ul=7500, volume_max_ul=12_500)
HALF_LIFE = timedelta(days=6.647)


def filled(
    order: Order | None = None,
    filling: VialFilling | None = None,
    allowed: FillRange = ANYTHING,
    vials: tuple[Vial, ...] = (),
    **made: object,
) -> Vial:
    batch = a_batch(made=a_production(**made))
    filling = filling or VialFilling("V1", AN_HOUR_ON)
    return fill(batch, order or an_order(), filling, allowed, vials, max(AN_HOUR_ON, filling.at))


def a_literature_dose(after_calibration: timedelta) -> Vial:
    order = an_order(administration_mbq=7400.0, administration_at=EOS + after_calibration)
    made = {"measured_mbq": 1_000_000.0, "volume_ul": 1_000_000, "expires_at": EOS + timedelta(days=10)}
    return filled(order, VialFilling("V1", EOS), LITERATURE, **made)


# What is filled


def test_a_vial_holds_what_decay_will_take_until_its_administration() -> None:
    vial = filled(an_order(administration_mbq=1000.0, administration_at=AN_HOUR_ON + HALF_LIFE))
    assert vial.filled_mbq == pytest.approx(2000.0, rel=1e-3)
    assert vial.administration_mbq == pytest.approx(1000.0, rel=1e-3)
    assert (vial.name, vial.filled_at, vial.created_at) == (f"{BATCH}/vials/V1", AN_HOUR_ON, AN_HOUR_ON)
    assert (vial.slot, vial.partner, vial.site) == ("slots/1", "partners/northlake", "sites/lakeside")
    assert vial.administration_at == AN_HOUR_ON + HALF_LIFE


def test_a_volume_is_rounded_up_so_that_no_dose_is_short() -> None:
    vial = filled(an_order(administration_mbq=1000.0004, administration_at=AN_HOUR_ON), measured_at=AN_HOUR_ON)
    assert vial.volume_ul == 1001
    assert vial.administration_mbq >= 1000.0004


def test_a_volume_that_comes_out_whole_is_not_rounded_up() -> None:
    vial = filled(an_order(administration_mbq=700.0, administration_at=AN_HOUR_ON), measured_at=AN_HOUR_ON)
    assert vial.volume_ul == 700


def test_a_volume_that_is_named_is_filled_as_it_is() -> None:
    vial = filled(filling=VialFilling("V1", AN_HOUR_ON, 3000))
    assert vial.volume_ul == 3000
    assert vial.filled_mbq == pytest.approx(3000 * 2 ** -(1 / 24 / 6.647))


@pytest.mark.parametrize("hours", [3.10, 60, 120.6])
def test_the_literature_case_can_be_filled_from_3_09_to_120_7_hours_after_calibration(hours: float) -> None:
    vial = a_literature_dose(timedelta(hours=hours))
    assert 7500 <= vial.volume_ul <= 12_500
    assert vial.administration_mbq == pytest.approx(7400.0, rel=2e-4)


@pytest.mark.parametrize("hours", [3.05, 120.7])
def test_outside_of_that_the_literature_case_has_a_volume_that_no_vial_may_have(hours: float) -> None:
    with pytest.raises(refusals.VolumeOutOfRange) as refused:
        a_literature_dose(timedelta(hours=hours))
    assert refused.value.facts["volume_min_ul"] == "7500"
    assert refused.value.facts["volume_max_ul"] == "12500"


def test_the_hours_of_the_literature_case_follow_from_its_volumes() -> None:
    assert 6.647 * 24 * log2(7.5 / 7.4) == pytest.approx(3.09, abs=0.005)
    assert 6.647 * 24 * log2(12.5 / 7.4) == pytest.approx(120.65, abs=0.06)


# What a product allows


@pytest.mark.parametrize("volume_ul", [500, 20_000])
def test_both_ends_of_the_range_of_volumes_are_allowed(volume_ul: int) -> None:
    assert filled(filling=VialFilling("V1", AN_HOUR_ON, volume_ul), allowed=FillRange(500, 20_000))


@pytest.mark.parametrize("volume_ul", [499, 20_001])
def test_a_microlitre_beyond_the_range_is_refused(volume_ul: int) -> None:
    with pytest.raises(refusals.VolumeOutOfRange) as refused:
        filled(filling=VialFilling("V1", AN_HOUR_ON, volume_ul), allowed=FillRange(500, 20_000))
    assert refused.value.facts["volume_ul"] == str(volume_ul)


def test_a_range_may_have_one_end() -> None:
    filling = VialFilling("V1", AN_HOUR_ON, 501)
    assert filled(filling=filling, allowed=FillRange(volume_min_ul=500))
    with pytest.raises(refusals.VolumeOutOfRange) as refused:
        filled(filling=filling, allowed=FillRange(volume_max_ul=500))
    assert refused.value.facts["volume_min_ul"] == ""


def test_both_ends_of_the_range_of_activities_are_allowed() -> None:
    order = an_order(administration_mbq=1000.0, administration_at=AN_HOUR_ON)
    assert filled(order, allowed=FillRange(None, None, 1000.0, 1000.0), measured_at=AN_HOUR_ON)


@pytest.mark.parametrize(("least", "most"), [(1000.1, None), (None, 999.9)])
def test_an_activity_at_administration_outside_the_range_is_refused(least: float | None, most: float | None) -> None:
    order = an_order(administration_mbq=1000.0, administration_at=AN_HOUR_ON)
    with pytest.raises(refusals.ActivityOutOfTolerance) as refused:
        filled(order, allowed=FillRange(None, None, least, most), measured_at=AN_HOUR_ON)
    assert refused.value.facts["activity_mbq"] == "1000"
    assert refused.value.facts["activity_min_mbq"] == ("" if least is None else str(least))


# What a batch has


def test_the_last_microlitre_of_a_batch_can_be_filled() -> None:
    before = (a_vial(volume_ul=99_000, slot="slots/2", container="V2"),)
    assert filled(filling=VialFilling("V1", AN_HOUR_ON, 1000), vials=before).volume_ul == 1000


def test_more_than_a_batch_has_left_is_refused() -> None:
    before = (a_vial(volume_ul=99_000, slot="slots/2", container="V2"),)
    with pytest.raises(refusals.VolumeExhausted) as refused:
        filled(filling=VialFilling("V1", AN_HOUR_ON, 1001), vials=before)
    assert (refused.value.facts["volume_ul"], refused.value.facts["left_ul"]) == ("1001", "1000")


def test_without_a_measured_volume_nothing_can_be_filled() -> None:
    with pytest.raises(refusals.ConcentrationUnknown):
        filled(volume_ul=None)


@pytest.mark.parametrize("state", [State.REJECTED, State.FAILED_AFTER_USE, State.CERTIFIED_FINAL])
def test_a_batch_that_has_ended_fills_no_vials(state: State) -> None:
    with pytest.raises(refusals.BatchState):
        fill(a_batch(state=state), an_order(), VialFilling("V1", EOS), ANYTHING, (), EOS)


# When and for whom


@pytest.mark.parametrize("at", [EOS, EOS + timedelta(hours=72)])
def test_a_vial_is_filled_from_the_end_of_synthesis_until_the_end_of_shelf_life(at: object) -> None:
    assert filled(an_order(administration_at=EOS + timedelta(hours=73)), VialFilling("V1", at))  # type: ignore[arg-type]


@pytest.mark.parametrize("at", [EOS - MINUTE, EOS + timedelta(hours=72) + MINUTE])
def test_no_vial_is_filled_before_or_after(at: object) -> None:
    with pytest.raises(refusals.FillTimeNotValid) as refused:
        filled(filling=VialFilling("V1", at))  # type: ignore[arg-type]
    assert refused.value.facts["end_of_synthesis_time"] == EOS.isoformat().replace("+00:00", "Z")


def test_no_vial_is_filled_in_the_future() -> None:
    with pytest.raises(refusals.FillTimeNotValid):
        fill(a_batch(), an_order(), VialFilling("V1", EOS + MINUTE), ANYTHING, (), EOS)
    assert fill(a_batch(), an_order(), VialFilling("V1", EOS), ANYTHING, (), EOS)


@pytest.mark.parametrize("order", [an_order(run="runs/other"), an_order(confirmed=False)])
def test_only_a_confirmed_slot_of_the_batchs_run_gets_a_vial(order: Order) -> None:
    with pytest.raises(refusals.SlotNotFillable):
        filled(order)


def test_a_slot_gets_one_vial() -> None:
    with pytest.raises(refusals.SlotNotFillable):
        filled(filling=VialFilling("V2", AN_HOUR_ON), vials=(a_vial("V1"),))


def test_an_id_of_a_container_is_used_once_in_a_batch() -> None:
    with pytest.raises(refusals.ContainerUsed) as refused:
        filled(vials=(a_vial("V1", slot="slots/2"),))
    assert refused.value.facts["container_id"] == "V1"


# A slot that changes after its vial was filled


def changed(vial: Vial, **order: object) -> Vial:
    return after_order(vial, an_order(**order), a_production(), AN_HOUR_ON)


def test_a_later_administration_leaves_the_vial_what_decay_leaves() -> None:
    vial = a_vial(filled_mbq=2000.0)
    later = changed(vial, administration_at=vial.filled_at + HALF_LIFE, site="sites/hillside")
    assert later.administration_mbq == pytest.approx(1000.0)
    assert (later.administration_at, later.site) == (vial.filled_at + HALF_LIFE, "sites/hillside")
    assert (later.volume_ul, later.filled_mbq, later.surplus) == (vial.volume_ul, 2000.0, False)


@pytest.mark.parametrize("order", [{"confirmed": False}, {"run": "runs/other"}])
def test_a_vial_is_surplus_once_its_slot_is_released_or_stands_on_another_run(order: dict[str, object]) -> None:
    vial = changed(a_vial(), **order)
    assert (vial.surplus, vial.surplus_since) == (True, AN_HOUR_ON)
    assert replace(vial, surplus_since=None) == a_vial()


def test_a_surplus_vial_stays_one_when_its_slot_comes_back() -> None:
    surplus = a_vial(surplus_since=EOS)
    assert changed(surplus) == surplus
    assert changed(surplus, confirmed=False) == surplus


def test_a_slot_whose_vial_is_surplus_gets_another_of_what_is_left() -> None:
    surplus = a_vial("V1", volume_ul=99_000, surplus_since=EOS)
    assert filled(filling=VialFilling("V2", AN_HOUR_ON, 1000), vials=(surplus,))
    with pytest.raises(refusals.VolumeExhausted):
        filled(filling=VialFilling("V2", AN_HOUR_ON, 1001), vials=(surplus,))
    with pytest.raises(refusals.ContainerUsed):
        filled(filling=VialFilling("V1", AN_HOUR_ON, 1000), vials=(surplus,))


def test_the_half_life_is_the_nuclides() -> None:
    order = an_order(administration_mbq=1000.0, administration_at=AN_HOUR_ON + timedelta(hours=10.64))
    vial = filled(order, nuclide=Nuclide.PB_212)
    assert vial.filled_mbq == pytest.approx(2000.0, rel=1e-3)
