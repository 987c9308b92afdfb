"""Search parameters as they come, in an address or a form: names with chains, lists, and whose items are whose."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Final
from urllib.parse import parse_qsl

from services.edge.fhir.codes import ACTIVITY_SYSTEM, PRODUCT_SYSTEM, SITE_SYSTEM
from services.edge.fhir.dates import Starts
from services.kernel.errors import Invalid

PARAMETERS_MAX: Final = 200
ITEMS_MAX: Final = 100
COUNT_MAX: Final = 1000
OFFSET_MAX: Final = 1_000_000
FREE: Final = "free"
_OURS: Final = frozenset({PRODUCT_SYSTEM, SITE_SYSTEM, ACTIVITY_SYSTEM})
_PLACES: Final = "Location"
# Who makes the dose, in the words that schedulers have for it; see the README.
_MAKERS: Final = ("Practitioner", "HealthcareService")

# What narrows, orders or pages a search here. All else is passed over, and not told as used.
_OF_SCHEDULES: Final = frozenset(
    {"schedule", "actor", "service-type", "_id", "_count", "_offset", "_format"}
    | {f"{kind}.{field}" for kind in (_PLACES, *_MAKERS) for field in ("_id", "identifier")}
)
_OF_SLOTS: Final = _OF_SCHEDULES | {"appointment-type", "start", "status", "_include", "_sort"}
_READ: Final = {"Schedule": _OF_SCHEDULES, "Slot": _OF_SLOTS}
_INCLUDES: Final = frozenset({"Slot:schedule", "Slot:schedule:Schedule", "Slot:*", "*"})
STARTS_MAX: Final = 10  # alternatives of when, each of which is a search of its own
# The chain from a Slot to the actors of its Schedule, and from there to what names them.
_CHAIN = re.compile(r"(?:schedule(?::Schedule)?\.)?actor(?::(?P<kind>[A-Za-z]+))?(?:\.(?P<field>_id|identifier))?")
_SEPARATORS = re.compile(r"\\(.)|(,)", re.DOTALL)
_ACTIVITY = re.compile(r"(\d{1,10}(?:\.\d{1,9})?)MBq", re.ASCII)

Ids = frozenset[str] | None  # None where nothing narrows them.


@dataclass(frozen=True, slots=True)
class ScheduleSearch:
    """Which schedules: by ids of products, of centres, and of their own; and which page of them."""

    products: Ids
    sites: Ids
    schedules: Ids
    count: int
    offset: int


@dataclass(frozen=True, slots=True)
class SlotSearch:
    """Which slots: of which schedules, when, with which activities (MBq; None: the product's own), whether free."""

    within: ScheduleSearch
    ids: Ids  # of the slots themselves
    starts: tuple[Starts, ...]  # when; any of them will do, and nothing said is one that says nothing
    activities_mbq: tuple[float | None, ...]
    free: bool
    others: bool  # whether slots are asked for that are not free, of which none is told
    with_schedules: bool
    latest_first: bool


def pairs_of(*encoded: bytes) -> list[tuple[str, str]]:
    """Names and values of a query and of a form, decoded."""
    found: list[tuple[str, str]] = []
    for each in encoded:
        try:
            text = each.strip().decode()
            found += parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=PARAMETERS_MAX)
        except ValueError:
            detail = f"The search cannot be read: it must be UTF-8, with at most {PARAMETERS_MAX} parameters."
            raise Invalid(detail, field="query") from None
    return found


def slot_search(pairs: Sequence[tuple[str, str]], source_system: str) -> SlotSearch:
    """A search for slots; Invalid says what is wrong with it. Parameters that are not known do not narrow it."""
    given = _Given(pairs, source_system)
    statuses = {each.rpartition("|")[2] for each in given.items("status")}
    return SlotSearch(
        _within(given, None),
        given.ids("_id"),
        _starts(given.lists("start")),
        _activities(given.own("appointment-type") or frozenset()),
        not statuses or FREE in statuses,
        bool(statuses - {FREE}),
        not _INCLUDES.isdisjoint(given.items("_include")),
        "-start" in given.items("_sort"),
    )


def schedule_search(pairs: Sequence[tuple[str, str]], source_system: str) -> ScheduleSearch:
    """A search for schedules, likewise."""
    given = _Given(pairs, source_system)
    return _within(given, given.ids("_id"))


def used(pairs: Sequence[tuple[str, str]], of: str) -> list[tuple[str, str]]:
    """The parameters that a search for `Slot` or `Schedule` heeds, as its link `self` tells them (FHIR R4, 3.1.1.1)."""
    return [(name, value) for name, value in pairs if _canonical(name) in _READ[of]]


def require_known(pairs: Sequence[tuple[str, str]], of: str) -> None:
    """For who asks to be told (`Prefer: handling=strict`): Invalid names the first parameter that is passed over."""
    for name, _ in pairs:
        if _canonical(name) not in _READ[of]:
            raise Invalid(f"The search parameter {name[:100]} is not known here.", field=name[:100])


class _Given:
    """The parameters of one search, by name without its chain."""

    def __init__(self, pairs: Sequence[tuple[str, str]], source_system: str) -> None:
        self._source_system = source_system
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(_canonical(name), []).append(value)

    def lists(self, name: str) -> list[list[str]]:
        """The items of each of its lists, of which one must hold; lists without items say nothing."""
        self.items(name)
        return [items for value in self._values.get(name, ()) if (items := split(value))]

    def items(self, name: str) -> list[str]:
        """All items of all its lists."""
        found = [item for value in self._values.get(name, ()) for item in split(value)]
        if len(found) > ITEMS_MAX:
            raise Invalid(f"{name} may list at most {ITEMS_MAX}.", field=name, items=len(found))
        return found

    def own(self, name: str) -> Ids:
        """The items that are meant for us, without what says so. Others' items leave nothing, not everything."""
        found = self.items(name)
        return frozenset(filter(None, map(self._own, found))) if found else None

    def ids(self, *names: str) -> Ids:
        """The same of parameters that name one thing in several ways; of references what stands behind the type."""
        said = [found for found in map(self.own, names) if found is not None]
        return frozenset(each.rpartition("/")[2] for found in said for each in found) if said else None

    def number(self, name: str, most: int, otherwise: int) -> int:
        """A whole number, at most so large; Invalid if it is none."""
        found = self.items(name)
        if found and not re.fullmatch(r"\d{1,9}", found[0], re.ASCII):
            raise Invalid(f"{name} must be a whole number.", field=name)
        return min(int(found[0]), most) if found else otherwise

    def _own(self, item: str) -> str:
        """`<source system>|<id>`, `<system of ours>|<id>` and a bare id as the id; another's as nothing."""
        system, mark, rest = item.partition("|")
        if not mark:
            return item
        return rest if system in ("", self._source_system) or system in _OURS else ""


def _within(given: _Given, own_ids: Ids) -> ScheduleSearch:
    makers = given.ids(*(f"{kind}.{field}" for kind in _MAKERS for field in ("_id", "identifier")))
    places = given.ids(f"{_PLACES}._id", f"{_PLACES}.identifier")
    for text in given.items("actor"):
        kind, _, name = text.rpartition("/")
        kind = kind.rpartition("/")[2]
        if kind == _PLACES:
            places = _narrowed(places, frozenset({name}))
        elif kind in _MAKERS:
            makers = _narrowed(makers, frozenset({name}))
        else:
            raise Invalid("actor must be a reference, such as Location/lakeside-clinic.", field="actor")
    return ScheduleSearch(
        _narrowed(given.own("service-type"), makers),
        places,
        _narrowed(given.ids("schedule"), own_ids),
        given.number("_count", COUNT_MAX, COUNT_MAX),
        given.number("_offset", OFFSET_MAX, 0),
    )


def _starts(lists: Sequence[Sequence[str]]) -> tuple[Starts, ...]:
    """Lists hold at once; of the items of a list one is enough."""
    if prod(map(len, lists)) > STARTS_MAX:
        raise Invalid(f"start may name at most {STARTS_MAX} times in all.", field="start")
    return tuple(Starts.read(each) for each in product(*lists))


def _activities(types: frozenset[str]) -> tuple[float | None, ...]:
    """The activities that appointment types say, such as `5550MBq`; every other type is an ordinary dose."""
    said = {float(found[1]) for each in types if (found := _ACTIVITY.fullmatch(each))}
    return tuple(sorted(each for each in said if each > 0)) or (None,)


def _canonical(name: str) -> str:
    """`schedule:Schedule.actor:Location._id` as `Location._id`; what is no chain to an actor as it is.

    Invalid for a modifier or a chain that is not read of a parameter that is: left out, it would find other things
    than those that were asked for (FHIR R4, 3.1.1.4).
    """
    if name in ("schedule:Schedule", "_include:iterate"):
        return name.partition(":")[0]
    found = _CHAIN.fullmatch(name)
    if found and found["kind"] in (None, _PLACES, *_MAKERS):
        if found["kind"]:
            return f"{found['kind']}.{found['field'] or '_id'}"
        if not found["field"]:
            return "actor"
    plain = re.split(r"[:.]", name, maxsplit=1)[0]
    if plain != name and plain in _OF_SLOTS:
        raise Invalid(f"{name[:100]} is a modifier or a chain that is not read here.", field=name[:100])
    return name


def split(value: str) -> list[str]:
    """A list's items, without blanks around them and without empty ones; a comma after a backslash is none."""
    parts, begun = [""], 0
    for found in _SEPARATORS.finditer(value):
        parts[-1] += value[begun : found.start()]
        begun = found.end()
        if found[2]:
            parts.append("")
        else:
            parts[-1] += found[1]
    parts[-1] += value[begun:]
    return [part.strip() for part in parts if part.strip()]


def _narrowed(*found: Ids) -> Ids:
    said = [each for each in found if each is not None]
    return frozenset.intersection(*said) if said else None
