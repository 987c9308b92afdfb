"""Who is told when a batch may no longer be used."""

from datetime import timedelta
from typing import Any

import pytest

from services.quality.domain.batch import State
from services.quality.domain.notices import NoticeKind, NoticeRole, Telling, of_withdrawal
from services.quality.domain.vials import Vial
from tests.support.quality import EOS, a_batch, a_vial, an_order

NOON = EOS + timedelta(hours=6)
LEFT: dict[str, Any] = {"dispatched_at": NOON, "courier": "partners/swift-courier"}
USED_AT = a_vial().administration_at


def told(*vials: Vial, now: object = NOON) -> list[Telling]:
    batch = a_batch(state=State.REJECTED)
    return list(of_withdrawal(batch, vials, [an_order()], now))  # type: ignore[arg-type]


def test_a_dose_on_the_road_is_recalled_from_its_courier_its_sponsor_and_its_centre() -> None:
    assert [(each.kind, each.role, each.partner) for each in told(a_vial(**LEFT))] == [
        (NoticeKind.RECALL, NoticeRole.COURIER, "partners/swift-courier"),
        (NoticeKind.RECALL, NoticeRole.SPONSOR, "partners/northlake"),
        (NoticeKind.RECALL, NoticeRole.SITE, "partners/northlake"),
    ]


def test_a_dose_that_was_used_starts_the_call_tree_and_is_no_couriers_business() -> None:
    assert [(each.kind, each.role) for each in told(a_vial(**LEFT), now=USED_AT)] == [
        (NoticeKind.FAILED_AFTER_USE, NoticeRole.SPONSOR),
        (NoticeKind.FAILED_AFTER_USE, NoticeRole.SITE),
    ]


def test_a_dose_counts_as_used_from_its_administration_on() -> None:
    just_before = told(a_vial(**LEFT), now=USED_AT - timedelta(microseconds=1))
    assert {each.kind for each in just_before} == {NoticeKind.RECALL}


def test_a_courier_never_gets_the_pseudonym_of_a_patient() -> None:
    assert {each.role: each.patient_reference for each in told(a_vial(**LEFT))} == {
        NoticeRole.COURIER: "",
        NoticeRole.SPONSOR: "P-1",
        NoticeRole.SITE: "P-1",
    }


def test_a_dose_whose_slot_is_not_known_is_recalled_without_a_pseudonym() -> None:
    telling = told(a_vial(slot="slots/2", **LEFT))
    assert [each.patient_reference for each in telling] == ["", "", ""]


def test_a_dose_that_has_not_left_is_nobodys_to_send_back() -> None:
    assert told(a_vial(courier="partners/swift-courier")) == []


def test_a_dose_whose_courier_is_not_known_is_still_recalled() -> None:
    assert [each.role for each in told(a_vial(dispatched_at=NOON))] == [NoticeRole.SPONSOR, NoticeRole.SITE]


def test_a_surplus_vial_that_left_is_recalled_too() -> None:
    assert len(told(a_vial(surplus_since=NOON, **LEFT))) == 3


@pytest.mark.parametrize("count", [0, 1, 2])
def test_each_dose_has_notices_of_its_own(count: int) -> None:
    vials = [a_vial(f"V{n}", f"slots/{n}", **LEFT) for n in range(count)]
    assert [each.vial for each in told(*vials)] == [vial for vial in vials for _ in range(3)]
