"""Ids of Slots and Schedules: short enough for FHIR, and read as they were written or not at all."""

import re
from datetime import UTC, datetime, timedelta

from doselane.slotting.v1 import slotting_pb2
from doselane.type.v1 import type_pb2
from hypothesis import given
from hypothesis import strategies as st

from services.edge.fhir.ids import OfferKey, ScheduleKey
from services.kernel.timestamps import stamp

FHIR_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
NAMES = st.text("aZ09._-", min_size=1, max_size=63)
INSTANTS = st.integers(0, 5_000_000_000_000_000).map(
    lambda us: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=us)
)
ACTIVITIES = st.floats(1e-9, 1e9)


@st.composite
def slots(draw):
    return slotting_pb2.Slot(
        partner=f"partners/{draw(NAMES)}",
        product=f"products/{draw(NAMES)}",
        site=f"sites/{draw(NAMES)}",
        run=f"runs/{draw(NAMES)}",
        lane=f"lanes/{draw(NAMES)}",
        departure_time=stamp(draw(INSTANTS)),
        administration=type_pb2.Activity(activity_mbq=draw(ACTIVITIES), time=stamp(draw(INSTANTS))),
    )


@given(slots())
def test_an_id_fits_and_is_read_as_it_was_written(slot):
    key = OfferKey.of_slot(slot)
    for written, kind in ((key.write(), OfferKey), (key.schedule.write(), ScheduleKey)):
        assert FHIR_ID.fullmatch(written)
        assert kind.read(written) == (key if kind is OfferKey else key.schedule)
    assert OfferKey.read(key.schedule.write()) is None
    assert ScheduleKey.read(key.write()) is None


@given(slots())
def test_an_offer_and_the_slot_that_was_claimed_of_it_have_one_id(slot):
    offer = slotting_pb2.Offer(
        run=slot.run,
        lane=slot.lane,
        site=slot.site,
        departure_time=slot.departure_time,
        administration_time=slot.administration.time,
        administration_activity_mbq=slot.administration.activity_mbq,
    )
    key = OfferKey.of_offer(slot.partner, slot.product, offer)
    assert key == OfferKey.of_slot(slot)
    assert key.is_of(slot.partner) and not key.is_of(f"{slot.partner}x")


@given(slots(), st.sampled_from(["partner", "product", "site", "run", "lane"]))
def test_another_offer_has_another_id(slot, field):
    other = slotting_pb2.Slot()
    other.CopyFrom(slot)
    setattr(other, field, getattr(slot, field) + "x")
    assert OfferKey.of_slot(other).write() != OfferKey.of_slot(slot).write()


@given(slots(), st.data())
def test_a_changed_id_stands_for_something_else_or_nothing(slot, data):
    written = OfferKey.of_slot(slot).write()
    place = data.draw(st.integers(0, len(written) - 1))
    changed = written[:place] + data.draw(st.sampled_from("0Zz_-é")) + written[place + 1 :]
    found = OfferKey.read(changed)
    assert found is None or found.write() == changed


@given(st.text(max_size=80))
def test_any_text_is_read_or_is_none(text):
    for kind in (OfferKey, ScheduleKey):
        found = kind.read(text)
        assert found is None or found.write() == text
