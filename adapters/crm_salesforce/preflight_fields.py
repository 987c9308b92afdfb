"""The fields that are read and written, against what an organisation says of its objects. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from adapters.crm_salesforce import samples
from adapters.crm_salesforce.rest.describing import FieldDescription, ObjectDescription
from adapters.mapping import AccountMapping
from adapters.preflight import Area, ConnectionFinding, Severity

_TEXTS = frozenset({"string", "textarea", "picklist", "email", "phone", "url", "combobox", "id", "reference"})
_NUMBERS = frozenset({"double", "currency", "percent", "int"})
_INSTANTS = frozenset({"datetime"})
# By the last part of our name; a text where nothing is said.
_TYPES: Mapping[str, frozenset[str]] = {"activity_mbq": _NUMBERS, "at_risk": frozenset({"boolean"})}
_INSTANT_ENDS = ("_time", "_from", "_until")
# How many characters what we write may have: of names and references as their own rules say.
_NAME, _REFERENCE, _WORD = 41, 64, 63
_CHARACTERS: Mapping[str, int] = {
    "outcome.slot": 42,  # slots/{uuid}
    "outcome.reason": _WORD,
    "dose.dose": 36,
    "dose.order_reference": _REFERENCE,
    "dose.run": _NAME,
    "dose.last_event": _WORD,
}
_WORDS: Mapping[str, str] = {
    "outcome.outcome": "outcome",
    "dose.slot_state": "slot_state",
    "dose.shipment_state": "shipment_state",
    "dose.site": "site",
    "dose.courier": "courier",
}
_MAKE = "make the field visible to our user by its permission set, deploy the kit, or map another field, or null"
_ALLOW = "let our user edit it, by field-level security or its permission set"


@dataclass(frozen=True, slots=True)
class MappedObject:
    """An object, and our names of the kinds of records that are read from it and written into it."""

    name: str
    reads: str
    writes: str
    is_made: bool = False  # records are made too, not only changed
    external_id: str = ""  # our name of the field by which they are found


def object_findings(
    found: ObjectDescription, wanted: MappedObject, mapping: AccountMapping
) -> Iterator[ConnectionFinding]:
    """What an object lacks, or does not let us do."""
    remedy = "give our user's permission set what is missing on the object"
    for is_needed, may, what in (
        (bool(wanted.reads), found.may_query, "read"),
        (bool(wanted.writes), found.may_update, "change"),
        (wanted.is_made, found.may_create, "make"),
    ):
        if is_needed and not may:
            words = f"our user may not {what} records of {wanted.name}"
            yield ConnectionFinding(Severity.ERROR, Area.PERMISSION, words, remedy, wanted.name)
    for kind, is_written in ((wanted.reads, False), (wanted.writes, True)):
        for ours, theirs in mapping.of_kind(kind).items() if kind else ():
            yield from _field(found, wanted, f"{kind}.{ours}", theirs, mapping, is_written=is_written)


def _field(
    found: ObjectDescription, wanted: MappedObject, ours: str, theirs: str, mapping: AccountMapping, *, is_written: bool
) -> Iterator[ConnectionFinding]:
    known = found.fields.get(theirs)
    place, mapped = f"{wanted.name}.{theirs}", ("fields", ours)
    if known is None:
        alike = [name for name in found.fields if name.lower() == theirs.lower()]
        hint = f" (there is {alike[0]})" if alike else ""
        words = f"{wanted.name} has no field {theirs} that our user may see{hint}"
        yield ConnectionFinding(Severity.ERROR, Area.FIELD, words, _MAKE, place, ours, mapped)
        return
    types = field_types(ours)
    if known.type not in types:
        words = f"{theirs} is of type {known.type}, and has to be one of {', '.join(sorted(types))}"
        yield ConnectionFinding(Severity.ERROR, Area.FIELD, words, "map a field of such a type", place, ours, mapped)
        return
    if is_written:
        for area, words, remedy in _written(known, wanted, ours, mapping):
            yield ConnectionFinding(Severity.ERROR, area, f"{theirs} {words}", remedy, place, ours, mapped)


def _written(
    known: FieldDescription, wanted: MappedObject, ours: str, mapping: AccountMapping
) -> Iterator[tuple[Area, str, str]]:
    if ours == wanted.external_id:
        if not known.is_external_id:
            yield Area.FIELD, "is no external id, so no record is found by it", "set External ID in the field"
        if not known.is_unique:
            words = "is not unique, so that one dose may have two records"
            yield Area.FIELD, words, "set Unique in the field"
    if not known.may_update and ours != wanted.external_id:
        yield Area.PERMISSION, "cannot be changed by our user", _ALLOW
    if wanted.is_made and not known.may_create:
        yield Area.PERMISSION, "cannot be set by our user in a new record", _ALLOW
    written = list(_words(ours, mapping))
    needed = max([_CHARACTERS.get(ours, 0), *map(len, written)])
    if known.type in _TEXTS and 0 < known.length < needed:
        words = f"takes {known.length} characters, and what we write may have {needed}"
        yield Area.FIELD, words, "make the field longer, or write shorter words in the table of the mapping"
    if known.words is not None and (missing := [each for each in written if each not in known.words]):
        table = _WORDS.get(ours, "")
        words = f"is a restricted picklist without {', '.join(map(repr, missing))}"
        yield Area.FIELD, words, f"add the values, or write theirs in tables.{table} of the mapping"


def field_types(ours: str) -> frozenset[str]:
    """Of which types a field may be, in Salesforce's words."""
    name = ours.rpartition(".")[2]
    return _INSTANTS if name.endswith(_INSTANT_ENDS) else _TYPES.get(name, _TEXTS)


def _words(ours: str, mapping: AccountMapping) -> Iterator[str]:
    table = _WORDS.get(ours)
    if table is None:
        return
    for word in samples.words_of(table):
        yield mapping.theirs(table, word) or word
    if table in ("site", "courier"):
        yield from (mapping.theirs(table, word) or word for word in mapping.tables.get(table, {}).values())


def order_word_findings(found: ObjectDescription, mapping: AccountMapping) -> Iterator[ConnectionFinding]:
    """Whether what orders say of their state has a meaning, and the words of the mapping exist."""
    name = mapping.fields.get("order.state", "")
    lines = mapping.tables.get("order_state", {})
    place = f"{found.name}.{name}"
    if "WANTED" not in lines.values():
        words = "tables.order_state has no line for WANTED, so no order is ever taken for one"
        remedy = "write which of their words mean that a dose is wanted"
        yield ConnectionFinding(
            Severity.ERROR, Area.MAPPING, words, remedy, place, "order.state", ("tables", "order_state")
        )
    for table, ours in (("order_state", "order.state"), ("product", "order.product"), ("site", "order.site")):
        known = found.fields.get(mapping.fields.get(ours, ""))
        if known is None or known.words is None:
            continue
        at = f"{found.name}.{known.name}"
        for theirs in mapping.tables.get(table, {}):
            if theirs not in known.words:
                words = f"tables.{table}: {known.name} has no value {theirs!r}"
                listed = ", ".join(sorted(known.words)[:20])
                remedy = f"write one of its values: {listed}"
                yield ConnectionFinding(
                    Severity.WARNING, Area.MAPPING, words, remedy, at, ours, ("tables", table, theirs)
                )
    state = found.fields.get(name)
    for theirs in sorted(state.words - lines.keys()) if state is not None and state.words is not None else ():
        words = f"{name} may be {theirs!r}, which has no line in tables.order_state: such an order is refused"
        yield ConnectionFinding(Severity.WARNING, Area.MAPPING, words, "add a line for it", place, "order.state")
