"""From what FedEx tells to milestones: pure, and the unknown stays unknown."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from doselane.courier.v1.courier_pb2 import Location, Milestone

from adapters import content
from adapters.courier_fedex.codes import kind_of
from adapters.courier_fedex.model import ScanEvent, Tracked, TrackResult, alerts, tracked
from adapters.courier_fedex.times import MISSING, Told, told
from adapters.facts import OLD_AFTER, check_size, check_time, stamp_if_possible, time_warnings
from adapters.json_body import read_json
from adapters.manifest import Fact, Incoming, Refused, Translation
from adapters.ports.courier import fact

Kind = Milestone.Kind

PUSH = "fedex.push"
ESTIMATE = "ESTIMATED_DELIVERY"
STATUS = "status"
NUMBERS_TOLD_MAX = 30
# Every number that FedEx does not know ends its code so: TRACKING.TRACKINGNUMBER.NOTFOUND, TRACKING.DATA.NOTFOUND.
_NOT_FOUND = "NOTFOUND"


@dataclass(frozen=True, slots=True)
class _Sighting:
    """A milestone before it has its position in the body."""

    key: dict[str, str]
    milestone: Milestone
    warnings: tuple[str, ...]
    place: str


class FedexReader:
    """Reads pushes and the answers of Track, which are alike. There is nothing to set."""

    def translate(self, incoming: Incoming) -> Translation:
        """Reads all scans of all numbers; one that cannot be taken keeps back none of the others."""
        facts: list[Fact] = []
        refused: dict[int, Refused] = {}
        unknown: list[str] = []
        value = read_json(incoming.body)
        for index, found in enumerate(_found(value, incoming.received_at, unknown)):
            try:
                if isinstance(found, Refused):
                    raise found
                facts.append(_fact(index, found))
            except Refused as refusal:
                refused[index] = refusal
        # Nobody sent the answer to a poll, so nobody need hear that it brings nothing; the notes say why.
        if refused and not facts and not unknown and incoming.webhook == PUSH:
            raise next(iter(refused.values()))
        return Translation(tuple(facts), refused, _remark(unknown, refused.values(), alerts(value)), proceeds=True)


def _found(value: object, received_at: datetime, unknown: list[str]) -> Iterator[_Sighting | Refused]:
    for each in tracked(value):
        if isinstance(each, Refused):
            yield each
        elif isinstance(result := _live(each, received_at), TrackResult):
            yield from _of_result(result, received_at)
        elif result is None:
            unknown.append(each.number)
        else:
            yield result


def _live(found: Tracked, received_at: datetime) -> TrackResult | Refused | None:
    """The result that is of a shipment of today; None if FedEx does not know the number yet.

    FedEx uses numbers again and then tells of both shipments. What ended longer ago than any dose lives is not ours.
    """
    told_of = [result for result in found.results if not result.error[0]]
    errors = [result.error for result in found.results if result.error[0] and not result.error[0].endswith(_NOT_FOUND)]
    if not told_of:
        if not errors:
            return None
        code, message = errors[0]
        return Refused("NUMBER_DECLINED", f"FedEx tells nothing of {found.number}: {code} {message}.", found.place)
    live = [result for result in told_of if not _is_over(result, received_at)]
    if not live:
        words = f"All that FedEx tells of {found.number} is older than {OLD_AFTER.days} days: an earlier shipment."
        return Refused("SHIPMENT_OLD", words, found.place)
    if len(live) > 1:
        words = f"FedEx tells of {len(live)} shipments under {found.number}, and nothing says which is meant."
        return Refused("NUMBER_AMBIGUOUS", words, found.place)
    return live[0]


def _is_over(result: TrackResult, received_at: datetime) -> bool:
    known = [at for scan in _scans(result) if (at := _when(scan).at) is not None]
    return bool(known) and received_at - max(known) > OLD_AFTER


def _scans(result: TrackResult) -> Iterator[ScanEvent]:
    yield from (scan for scan in result.scans if isinstance(scan, ScanEvent))
    if result.status is not None:
        yield result.status


def _when(scan: ScanEvent) -> Told:
    """The time of a scan; one that cannot be read is refused later, with its scan."""
    try:
        return told(scan.date, scan.location)
    except ValueError:
        return Told(None, "", "")


def _of_result(result: TrackResult, received_at: datetime) -> Iterator[_Sighting | Refused]:
    for scan in result.scans:
        yield scan if isinstance(scan, Refused) else _sighting(result, scan, "scan", received_at)
    status = result.status
    if status is not None and not _is_scanned(status, result):
        yield _sighting(result, status, STATUS, received_at)
    if estimate := _estimate(result, received_at):
        yield estimate


def _is_scanned(status: ScanEvent, result: TrackResult) -> bool:
    """Whether a scan has told already what the latest status says."""
    scanned = {code.upper() for scan in _scans(result) if scan is not status for code in (scan.code, scan.derived)}
    return bool({status.code.upper(), status.derived.upper()} & scanned - {""})


def _sighting(result: TrackResult, scan: ScanEvent, what: str, received_at: datetime) -> _Sighting | Refused:
    try:
        time = told(scan.date, scan.location)
        if what == STATUS and time.is_midnight:
            time = Told(None, MISSING, time.written)  # of a pick-up FedEx mostly tells the day alone
        if time.at is not None:
            check_time(time.at, received_at, scan.place)
    except ValueError as wrong:
        return Refused("TIME_NOT_VALID", f"The time {wrong}.", scan.place)
    except Refused as refused:
        return refused
    kind = kind_of(scan.code, scan.derived, scan.words)
    milestone = Milestone(
        kind=kind,
        code=scan.code,
        description=_description(scan, result.person),
        time=stamp_if_possible(time.at),
        local_time=time.written,
        location=_location(scan),
        shipment_references=[result.number],
    )
    warnings: tuple[str, ...] = () if kind else ("CODE_UNKNOWN",)
    warnings += time_warnings(time.at, received_at) if time.at else (time.doubt,)
    at = time.at.astimezone(UTC).isoformat() if time.at else time.written
    key = {"of": what, "number": result.number, "at": at, "code": scan.code.upper(), "why": scan.exception_code}
    return _Sighting(key, milestone, warnings, scan.place)


def _estimate(result: TrackResult, received_at: datetime) -> _Sighting | None:
    """When FedEx now expects to deliver. It says so of the moment in which it tells, and gives no other.

    A day alone is no expectation: FedEx writes it as midnight.
    """
    if any(scan.code.upper() == "DL" for scan in _scans(result)):
        return None
    expected = next(filter(None, (_hour(each, result) for each in result.estimates)), None)
    if expected is None:
        return None
    milestone = Milestone(
        kind=Kind.OBSERVED,
        code=ESTIMATE,
        time=stamp_if_possible(received_at),
        shipment_references=[result.number],
        expected_delivery_time=stamp_if_possible(expected),
    )
    last = max((at for scan in _scans(result) if (at := _when(scan).at)), default=None)
    key = {"of": ESTIMATE, "number": result.number, "at": expected.isoformat(), "after": str(last)}
    return _Sighting(key, milestone, (), result.place)


def _hour(estimate: Any, result: TrackResult) -> datetime | None:
    """The instant of an expectation, if it is more than a day."""
    try:
        expected = told(estimate, result.destination)
    except ValueError:
        return None
    return None if expected.is_midnight else expected.at


def _fact(index: int, found: _Sighting) -> Fact:
    """FedEx gives its events no id, so which it is goes by number, time and code: the same scan comes by both ways."""
    key = content.digest(found.key)
    found.milestone.event_id = f"urn:doselane:fedex:sha-256:{key.hex()}"
    check_size(found.milestone, found.milestone.event_id, found.place)
    return fact(index, found.milestone.event_id, key, found.milestone, found.warnings)


def _description(scan: ScanEvent, person: str) -> str:
    """FedEx's words, unless they name the person who took the package: no name goes into an event."""
    return "" if person and person.lower() in scan.words.lower() else scan.words


def _location(scan: ScanEvent) -> Location | None:
    place = scan.location
    if not any(name != "locationType" for name in place):
        return None
    return Location(
        place=place.get("locationId", ""),
        city=place.get("city", ""),
        region=place.get("stateOrProvinceCode", ""),
        postal_code=place.get("postalCode", ""),
        country=place.get("countryCode", ""),
    )


def _remark(unknown: Sequence[str], refused: Iterable[Refused], alerts: Iterable[str]) -> str:
    words = [f"FedEx does not know yet: {', '.join(unknown[:NUMBERS_TOLD_MAX])}"] if unknown else []
    words += [refusal.words for refusal in list(refused)[:NUMBERS_TOLD_MAX]]
    return "; ".join([*words, *(f"FedEx warns: {alert}" for alert in alerts)])
