"""What differs between two installations of one system, written down by an operator: names of fields, tables of words,

constants. An adapter says what may be mapped; the host reads the account's mapping and hands it over.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class MappingShape:
    """What an adapter lets an account map."""

    # Our name of a field, and theirs where the mapping says nothing; None: it must say. Where the other side has
    # several kinds of records, the names begin with ours of the kind: `order.product`. No two of a kind may be one
    # of theirs, since kinds are written too. A mapping may write null for a field that has a name here: then it is
    # neither read nor written.
    fields: Mapping[str, str | None] = field(default_factory=dict)
    # A table, and our words, one of which each of theirs means. None: any word.
    tables: Mapping[str, frozenset[str] | None] = field(default_factory=dict)
    # What an account must say once, such as the name under which the other side knows us.
    constants: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class AccountMapping:
    """The mapping of one account. Picklable, as a reader is."""

    version: str  # as the operator counts
    fields: Mapping[str, str] = field(default_factory=dict)  # our name, theirs; those of the shape that are not null
    tables: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # by table: their word, ours
    constants: Mapping[str, str] = field(default_factory=dict)
    # What is asked for with each record: by kind the fields, by table our word and theirs.
    _kinds: Mapping[str, Mapping[str, str]] = field(init=False, repr=False, compare=False)
    _theirs: Mapping[str, Mapping[str, str]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        kinds: dict[str, dict[str, str]] = {}
        for name, theirs in self.fields.items():
            kind, dot, ours = name.partition(".")
            if dot:
                kinds.setdefault(kind, {})[ours] = theirs
        first = {
            table: {ours: theirs for theirs, ours in reversed(list(words.items()))}
            for table, words in self.tables.items()
        }
        object.__setattr__(self, "_kinds", kinds)
        object.__setattr__(self, "_theirs", first)

    def ours(self, table: str, theirs: str) -> str | None:
        """Our word for theirs; None if no line of the table says."""
        return self.tables.get(table, {}).get(theirs)

    def theirs(self, table: str, ours: str) -> str | None:
        """Their word for ours: of several the first of the table; None if no line says."""
        return self._theirs.get(table, _NOTHING).get(ours)

    def of_kind(self, kind: str) -> Mapping[str, str]:
        """The fields of one kind of records: our name without the kind, and theirs."""
        return self._kinds.get(kind, _NOTHING)

    def renamed(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """The fields of their record that are mapped, under our names. What is not there stays away."""
        return {ours: record[theirs] for ours, theirs in self.fields.items() if theirs in record}


@dataclass(frozen=True, slots=True)
class Mapped:
    """What an adapter with a `mapping` is built and connected with: its settings, and the account's mapping."""

    settings: Any
    mapping: AccountMapping
    manufacturer: bool = False  # whether it is an account of the manufacturer's own system


@dataclass(frozen=True, slots=True)
class VendorMetadata:
    """What the other side says it has, so that a mapping can be compared with it."""

    fields: frozenset[str] | None = None  # None: it does not say
    tables: Mapping[str, frozenset[str]] = field(default_factory=dict)  # by table: the words it knows
    kinds: Mapping[str, frozenset[str]] = field(default_factory=dict)  # by our name of a kind of records: its fields


# Asks the other side what it has, over a connection of the adapter; raises Away or Declined.
AskMetadata = Callable[[Any], Awaitable[VendorMetadata]]
