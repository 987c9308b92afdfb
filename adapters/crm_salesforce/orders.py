"""From a record or a platform event of Salesforce to an order: pure, and the unknown stays unknown."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from doselane.slotting.v1.order_pb2 import DoseOrder

from adapters.crm_salesforce.settings import DRAFT, WANTED, WITHDRAWN, Settings
from adapters.json_body import pointer
from adapters.manifest import Refused
from adapters.mapping import AccountMapping
from services.kernel.timestamps import stamp

# Connect and REST write +0000, others Z or +00:00.
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+-]\d\d:?\d\d)")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STATES = {WANTED: DoseOrder.WANTED, WITHDRAWN: DoseOrder.WITHDRAWN}


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """The fields of a record, or of a platform event, with where they stand in the message."""

    fields: Mapping[str, Any]
    kind: str  # order, or request
    place: str
    deleted: bool = False


def order_of(record: OrderRecord, mapping: AccountMapping, settings: Settings) -> DoseOrder | None:
    """The order; None of one that is still being written. Raises Refused with the field that is wrong."""
    read = _Fields(record, mapping)
    state = WITHDRAWN if record.deleted else read.word("state", "order_state")
    if state == DRAFT:
        return None
    order = DoseOrder(
        order_reference=read.text("order_reference"),
        system_reference=read.text("system_reference", needed=False),
        state=_STATES[state],
        state_time=stamp(read.instant("state_time")),
    )
    if state == WITHDRAWN:
        return order
    order.product, order.site = read.named("product", "product"), read.named("site", "site")
    order.patient_reference = read.text("patient_reference", needed=False)
    from_at = read.instant("administration_from")
    order.administration_interval.start_time.CopyFrom(stamp(from_at))
    order.administration_interval.end_time.CopyFrom(stamp(_until(read, from_at, settings)))
    activity_mbq = read.number("activity_mbq")
    if activity_mbq is not None:
        order.activity_mbq = activity_mbq
    return order


def _until(read: "_Fields", from_at: datetime, settings: Settings) -> datetime:
    if read.is_there("administration_until"):
        return read.instant("administration_until")
    if settings.administration_minutes is None:
        words = "The order does not say until when, and options.administration_minutes does not either."
        raise Refused("FIELD_MISSING", words, read.place("administration_until"))
    return from_at + timedelta(minutes=settings.administration_minutes)


class _Fields:
    """The mapped fields of one record, read one by one."""

    def __init__(self, record: OrderRecord, mapping: AccountMapping) -> None:
        self._record, self._mapping = record, mapping
        self._names = mapping.of_kind(record.kind)

    def place(self, ours: str) -> str:
        """Where the field stands in the message; where it would stand, if it does not."""
        return self._record.place + pointer(self._names.get(ours, ours))

    def is_there(self, ours: str) -> bool:
        """Whether it is mapped, and says anything."""
        return self._value(ours) not in (None, "")

    def text(self, ours: str, *, needed: bool = True) -> str:
        """A text; empty where there need not be one."""
        given = self._value(ours)
        if given in (None, ""):
            if needed:
                raise self._wrong("FIELD_MISSING", ours, "is required")
            return ""
        if not isinstance(given, str):
            raise self._wrong("FIELD_NOT_VALID", ours, f"must be a text, and is {given!r}"[:200])
        return given

    def word(self, ours: str, table: str) -> str:
        """One of our words, by the table."""
        given = self.text(ours)
        word = self._mapping.ours(table, given)
        if word is None:
            words = f"says {given[:100]!r}, which no line of tables.{table} tells the meaning of"
            raise self._wrong("WORD_UNKNOWN", ours, words)
        return word

    def named(self, ours: str, table: str) -> str:
        """The name of something of ours: by the table, else as it stands."""
        given = self.text(ours)
        name = self._mapping.ours(table, given) or given
        if not name.startswith(f"{table}s/"):
            words = f"says {given[:100]!r}; write a line for it into tables.{table}, such as `{given[:40]}: {table}s/…`"
            raise self._wrong("WORD_UNKNOWN", ours, words)
        return name

    def number(self, ours: str) -> float | None:
        """A number above zero; None where there is none."""
        given = self._value(ours)
        if given in (None, ""):
            return None
        if isinstance(given, bool) or not isinstance(given, int | float | Decimal):
            raise self._wrong("FIELD_NOT_VALID", ours, f"must be a number, and is {given!r}"[:200])
        number = float(given)
        if not (math.isfinite(number) and number > 0):
            raise self._wrong("FIELD_NOT_VALID", ours, f"must be above zero, and is {given}"[:200])
        return number

    def instant(self, ours: str) -> datetime:
        """An instant: milliseconds since 1970, as in Avro, or a text with its offset, as in REST."""
        given = self._value(ours)
        if given in (None, ""):
            raise self._wrong("FIELD_MISSING", ours, "is required")
        at = _instant(given)
        if at is None:
            words = f"must be an instant with its offset between the years 1900 and 2200, and is {given!r}"
            raise self._wrong("FIELD_NOT_VALID", ours, words[:250])
        return at

    def _value(self, ours: str) -> Any:
        return self._record.fields.get(self._names[ours]) if ours in self._names else None

    def _wrong(self, reason: str, ours: str, words: str) -> Refused:
        theirs = self._names.get(ours)
        named = f"{theirs} ({ours})" if theirs else f"{ours}, which the mapping leaves out,"
        return Refused(reason, f"{named} {words}.", self.place(ours))


def _instant(given: Any) -> datetime | None:
    try:
        if isinstance(given, int) and not isinstance(given, bool):
            at = _EPOCH + timedelta(milliseconds=given)
        elif isinstance(given, str) and (found := _INSTANT.fullmatch(given)):
            at = datetime.fromisoformat(found[1] + found[2].replace("Z", "+00:00")).astimezone(UTC)
        else:
            return None
    except (ValueError, OverflowError):
        return None
    return at if 1900 <= at.year < 2200 else None
