"""Figures, and what never may happen: counted from promises, slots and feeds."""

from datetime import UTC, datetime, timedelta

from doselane.slotting.v1 import slotting_pb2
from doselane.streams.v1 import feed_pb2

from services.kernel.timestamps import stamp
from services.local.simulation.charts import chart, page
from services.local.simulation.checking import Faultless, gaps
from services.local.simulation.fate import DrawnOrder
from services.local.simulation.promises import DoseOutcome, MadePromise, PromiseBook
from services.local.simulation.report import SimulationReport
from services.local.simulation.rescuing import Policy

AT = datetime(2026, 12, 2, 8, tzinfo=UTC)
RIGHT = Faultless(0, 0, 0, 0)


def promised(number: int, outcome: DoseOutcome, moves: int = 0, day: int = 0) -> MadePromise:
    order = DrawnOrder(f"o{number}", "partners/a", "lu", "sites/a", 7000.0, f"d00{day}-lu", day, timedelta(days=1))
    slot = slotting_pb2.Slot(name=f"slots/{number}", run="runs/1", reference_activity_kbq=8_000_000)
    return MadePromise(order, slot, AT, moves, outcome)


def reported(
    *promises: MadePromise, refused: dict[str, str] | None = None, faultless: Faultless = RIGHT
) -> SimulationReport:
    return SimulationReport.of(7, 2, Policy.NONE, promises, refused or {}, 20_000.0, faultless, "ab", 9)


def test_what_became_of_doses_is_counted() -> None:
    report = reported(
        promised(1, DoseOutcome.TREATED),
        promised(2, DoseOutcome.TREATED, moves=1, day=1),
        promised(3, DoseOutcome.LATE, moves=1),
        promised(4, DoseOutcome.NOT_DELIVERED),
        refused={"o5": "NO_OFFER"},
    )
    assert (report.ordered, report.promised, report.treated, report.rescued, report.lost) == (5, 4, 2, 1, 2)
    assert (report.service_level, report.wasted_mbq) == (0.5, 4000.0)
    assert report.outcomes == {"LATE": 1, "NOT_DELIVERED": 1, "TREATED": 2}
    assert report.daily == [{"LATE": 1, "NOT_DELIVERED": 1, "TREATED": 1}, {"RESCUED": 1}]
    assert report.good
    assert "2 treated (50.0% in time); 1 were rescued, 4,000 MBq" in report.words()


def test_where_nothing_was_promised_there_is_no_service_level() -> None:
    report = reported()
    assert report.service_level is None
    assert "none (nothing was promised)" in report.words()
    assert "not known" in page([report], chart([report]))


def test_one_thing_that_never_may_be_spoils_a_play() -> None:
    for place in range(4):
        counts = [0, 0, 0, 0]
        counts[place] = 1
        assert not reported(faultless=Faultless(*counts)).good


def test_figures_are_shown_as_a_picture_and_a_page() -> None:
    report = reported(promised(1, DoseOutcome.TREATED), promised(2, DoseOutcome.REJECTED))
    picture = chart([report, report])
    assert picture.startswith(b"\x89PNG")
    shown = page([report, report], picture)
    assert "<td>50.0%</td>" not in shown
    assert "<td>0.5</td><td>0.5</td>" in shown
    assert 'alt="none: 1 of 2 treated; none: 1 of 2 treated"' in shown


def event(position: int, subject: str, sequence: int) -> feed_pb2.FeedEvent:
    return feed_pb2.FeedEvent(position=position, subject=subject, sequence=sequence)


def test_what_is_missing_in_a_feed_is_counted() -> None:
    assert gaps([]) == 0
    assert gaps([event(1, "a", 1), event(2, "b", 1), event(3, "a", 2)]) == 0
    assert gaps([event(1, "a", 1), event(3, "a", 2)]) == 1
    assert gaps([event(1, "a", 1), event(2, "a", 3)]) == 1
    assert gaps([event(1, "a", 2)]) == 1


def test_a_promise_is_moved_by_another_run_or_departure_and_by_nothing_else() -> None:
    book = PromiseBook()
    slot = slotting_pb2.Slot(name="slots/1", run="runs/1", departure_time=stamp(AT))
    slot.administration.time.CopyFrom(stamp(AT))
    promise = book.add(DrawnOrder("o", "partners/a", "lu", "sites/a", 1.0, "d000-lu", 0, timedelta(days=1)), slot)
    assert (book.of("slots/1"), book.of("slots/2"), len(book), promise.dose) == (promise, None, 1, "doses/1")
    promise.stands_at(slotting_pb2.Slot(name="slots/1", run="runs/1", departure_time=stamp(AT), etag="2"))
    assert promise.moves == 0
    promise.stands_at(slotting_pb2.Slot(name="slots/1", run="runs/2", departure_time=stamp(AT)))
    assert promise.moves == 1
    promise.stands_at(slotting_pb2.Slot(name="slots/1", run="runs/2"))
    assert promise.moves == 2
    promise.outcome = DoseOutcome.TREATED
    assert promise.rescued
    promise.stands_at(slotting_pb2.Slot(name="slots/2", run="runs/3", replaces="slots/1"))
    assert book.of("slots/1") is book.of("slots/2") is promise and len(book) == 1
