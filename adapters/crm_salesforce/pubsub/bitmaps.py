"""The lists of fields in a change event's header: bitmaps over positions, as Salesforce writes them.

`["0x650004E0", "4-0x10", "7-0x06"]`: an entry without a hyphen is over the fields of the event, `N-0x…` over those of
the record at position N. The digits are one big-endian number of any width; its lowest bit stands for the first field.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from adapters.crm_salesforce.pubsub.avro import RecordField
from adapters.manifest import Refused

_ENTRY = re.compile(r"(?:([0-9]{1,6})-)?0[xX]([0-9A-Fa-f]*)")


@dataclass(frozen=True, slots=True)
class MarkedFields:
    """What a list marks. Of compound fields the parts count (`Address.City`): its own bit says nothing beside them."""

    paths: frozenset[str] = frozenset()
    # Compound fields whose own bit is set and none of their parts is marked.
    whole: frozenset[str] = frozenset()
    ignored: tuple[str, ...] = ()  # what the schema has no place for, in words


def marked(name: str, entries: Sequence[str], fields: Sequence[RecordField]) -> MarkedFields:
    """Reads the list `name`. Raises Refused (BITMAP_UNREADABLE): what changed is not known then."""
    top, nested, ignored = 0, dict[int, int](), list[str]()
    for entry in entries:
        found = _ENTRY.fullmatch(entry)
        if found is None:
            raise Refused("BITMAP_UNREADABLE", f"{name} holds {entry[:60]!r}, which is no bitmap.", "/payload")
        bits = int(found[2] or "0", 16)
        if found[1] is None:
            top |= bits
        else:
            nested[int(found[1])] = nested.get(int(found[1]), 0) | bits
    ignored += _beyond(name, top, len(fields))
    paths, with_parts = set[str](), set[int]()
    for position, bits in sorted(nested.items()):
        parts = fields[position].parts if position < len(fields) else ()
        if not parts:
            ignored.append(f"{name}: position {position} is no compound field")
            continue
        ignored += _beyond(f"{name}: {fields[position].name}", bits, len(parts))
        below = {f"{fields[position].name}.{parts[each]}" for each in _positions(bits, len(parts))}
        paths |= below
        with_parts |= {position} if below else set()
    set_bits = _positions(top, len(fields))
    paths |= {fields[each].name for each in set_bits if not fields[each].parts}
    whole = {fields[each].name for each in set_bits if fields[each].parts and each not in with_parts}
    return MarkedFields(frozenset(paths), frozenset(whole), tuple(ignored))


def _positions(bits: int, fields: int) -> list[int]:
    return [position for position in range(fields) if bits >> position & 1]


def _beyond(name: str, bits: int, fields: int) -> list[str]:
    over = bits >> fields
    if not over:
        return []
    which = f"position {bits.bit_length() - 1} is" if over.bit_count() == 1 else f"{over.bit_count()} positions are"
    return [f"{name}: {which} beyond the schema's {fields} fields"]
