"""From what DHL pushes or answers to milestones: pure, and the unknown stays unknown."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from doselane.courier.v1.courier_pb2 import Location, Milestone

from adapters import content
from adapters.courier_dhl import americas, unified
from adapters.courier_dhl.checkpoint import REASON, Checkpoint, DeliveryForecast, JsonFields, Said
from adapters.courier_dhl.codes import division_code, happened, one_spelling
from adapters.courier_dhl.places import Place
from adapters.courier_dhl.settings import DhlOptions
from adapters.facts import check_size, check_time, stamp_if_possible, time_warnings
from adapters.json_body import read_json
from adapters.manifest import Fact, Incoming, Refused, Translation
from adapters.ports.courier import fact
from adapters.zones import CivilTime

Kind = Milestone.Kind

PUSH = "dhl.push"
TRACK = "dhl.track"
SAYS_ERROR = "BODY_SAYS_ERROR"
FORECAST_CODE = "estimatedTimeOfDelivery"
# The life of a subscription, told through the same address.
_PUSH, _CREATED, _FAILED = "subscription.push", "subscription.created", "subscription.failure"
# JsonFields that say that it was delivered, and words that say to whom.
_DELIVERED = re.compile(r"\bdelivered\b", re.IGNORECASE)
_TO_WHOM = re.compile(r"\b(?:delivered|signed|accepted|received)\b *(?:[:-]|.*\b(?:to|by|for)\b)", re.IGNORECASE)


class DhlReader:
    """Reads what DHL pushes, and its answers beside the number that was asked for."""

    def __init__(self, options: DhlOptions) -> None:
        self._service = options.service

    def translate(self, incoming: Incoming) -> Translation:
        """Reads the events of all shipments; of many one that cannot be read keeps back none of the others."""
        value = read_json(incoming.body)
        asked = ""
        if incoming.webhook == TRACK and isinstance(value, dict):
            asked, value = str(value.get("trackingNumber", "")), value.get("answer")
        body = JsonFields(value)
        _refuse_errors(body)
        if scope := _of_subscription(body):
            return scope
        return _translation(self._said(body, asked), incoming.received_at)

    def _said(self, body: JsonFields, asked: str) -> Iterator[Said]:
        if "shipments" in body.said:
            return unified.said(body, self._service, asked)
        if "packages" in body.said:
            return americas.said(body)
        raise Refused(REASON, "There are neither shipments nor packages in the body.")


def _refuse_errors(body: JsonFields) -> None:
    """DHL's problem documents, also where they come with a success, or under `error` as in one of its samples."""
    if not body.is_object:
        raise Refused(REASON, "The body must be a JSON object.")
    for holder in (body, body.below("error")):
        if "shipments" in holder.said or "packages" in holder.said or not (holder.text("title", "detail")):
            continue
        words = " ".join(filter(None, (holder.text("status", "code"), holder.text("title"), holder.text("detail"))))
        raise Refused(SAYS_ERROR, f"DHL says an error: {words}", holder.at)


def _of_subscription(body: JsonFields) -> Translation | None:
    """What DHL says of a subscription, which is no event of a shipment."""
    scope = body.text("scope")
    if scope == _FAILED:
        failure = body.below("failure")
        words = " ".join(filter(None, (failure.text("status"), failure.text("title"), failure.text("detail"))))
        raise Refused("SUBSCRIPTION_FAILED", f"DHL says that a subscription failed: {words or 'no reason'}", "/failure")
    if scope in ("", _PUSH) or "shipments" in body.said or "packages" in body.said:
        return None
    activate = "; nothing is pushed until it is activated with its secret" if scope == _CREATED else ""
    return Translation((), remark=f"DHL tells of a subscription: {scope}{activate}")


def _translation(said: Iterable[Said], received_at: datetime) -> Translation:
    facts: list[Fact] = []
    refused: dict[int, Refused] = {}
    latest: dict[str, datetime] = {}
    delivered: set[str] = set()
    for index, each in enumerate(said):
        try:
            if isinstance(each, Refused):
                raise each
            if isinstance(each, DeliveryForecast):
                if each.number not in delivered:
                    facts.extend(_forecast(index, each, latest.get(each.number), received_at))
                continue
            found = _fact(index, each, received_at)
            facts.append(found)
            if found.said.HasField("time"):
                at = found.said.time.ToDatetime(UTC)
                latest[each.number] = max(at, latest.get(each.number, at))
            if found.ends:
                delivered.add(each.number)
        except Refused as refusal:
            refused[index] = refusal
    if refused and not facts:
        raise next(iter(refused.values()))
    return Translation(tuple(facts), refused, proceeds=True)


def _fact(index: int, checkpoint: Checkpoint, received_at: datetime) -> Fact:
    civil = checkpoint.time.in_one_of(checkpoint.zones) if checkpoint.time else CivilTime(None, "TIME_MISSING")
    if civil.at:
        check_time(civil.at, received_at, checkpoint.at)
    what = happened(checkpoint.service, checkpoint.word, *checkpoint.details, words=checkpoint.description)
    kind = Kind.RETURNED if checkpoint.returning and what.kind == Kind.DELIVERED else what.kind
    key = _key(checkpoint, civil)
    milestone = Milestone(
        event_id=f"urn:doselane:dhl:sha-256:{key.hex()}",
        kind=kind,
        code=what.code,
        description=_description(checkpoint, kind),
        time=stamp_if_possible(civil.at),
        local_time=checkpoint.written,
        location=_location(checkpoint.place),
        shipment_references=checkpoint.references,
    )
    warnings = ["CODE_UNKNOWN"] if what.code_unknown else []
    warnings += ["KIND_FROM_WORDS"] if what.from_words else []
    warnings += [civil.doubt] if civil.doubt else []
    warnings += time_warnings(civil.at, received_at) if civil.at else ()
    warnings += ["FIELD_NOT_VALID"] if checkpoint.not_valid or what.contradictory else []
    check_size(milestone, milestone.event_id, checkpoint.at)
    return fact(index, milestone.event_id, key, milestone, warnings)


def _forecast(index: int, forecast: DeliveryForecast, latest: datetime | None, received_at: datetime) -> Iterator[Fact]:
    """When DHL expects to deliver, as a milestone beside the newest event: it changes without one."""
    expected = forecast.time.in_one_of(forecast.zones).at
    if stamp_if_possible(expected) is None:
        return
    said = {"number": forecast.number, "expected": str(expected), "after": str(latest)}
    key = content.digest(said)
    milestone = Milestone(
        event_id=f"urn:doselane:dhl:sha-256:{key.hex()}",
        kind=Kind.OBSERVED,
        code=FORECAST_CODE,
        time=stamp_if_possible(latest),
        shipment_references=forecast.references,
        expected_delivery_time=stamp_if_possible(expected),
    )
    warnings = time_warnings(latest, received_at) if latest else ("TIME_MISSING",)
    check_size(milestone, milestone.event_id, forecast.at)
    yield fact(index, milestone.event_id, key, milestone, warnings)


def _description(checkpoint: Checkpoint, kind: Kind) -> str:
    """DHL's words, unless they may name a person: of a delivery they often are the name of who took it."""
    words = checkpoint.description
    if checkpoint.fixed_words:
        return words
    delivered = kind == Kind.DELIVERED or any(
        _DELIVERED.search(text) for text in (checkpoint.word, *checkpoint.details)
    )
    named = any(_names(person, words) for person in checkpoint.persons)
    return "" if delivered or named or _TO_WHOM.search(words) else words


def _names(person: str, words: str) -> bool:
    return re.search(rf"\b{re.escape(person)}\b", words.casefold()) is not None


def _location(place: Place) -> Location | None:
    if not (place.city or place.region or place.postal_code or place.country):
        return None
    return Location(city=place.city, region=place.region, postal_code=place.postal_code, country=place.country)


def _key(checkpoint: Checkpoint, civil: CivilTime) -> bytes:
    """Which event it is: DHL gives its events no id, and says one again by push and by answer.

    Words come in any language, so they count only where no code tells two events of one moment apart.
    """
    at = civil.at.astimezone(UTC).isoformat() if civil.at else checkpoint.written
    code = division_code(checkpoint.service, *checkpoint.details)
    said: Mapping[str, Any] = {
        "number": checkpoint.number,
        "pieces": list(checkpoint.pieces),
        "at": at,
        "word": one_spelling(checkpoint.own_word),
        "code": code or checkpoint.description,
    }
    return content.digest(said)
