"""Makes wrong documents, and right ones of other shapes, out of right ones."""

import copy
import random
from collections.abc import Iterator
from typing import Any

Path = tuple[str | int, ...]

# What a field may wrongly, or rightly, hold instead.
VALUES: tuple[Any, ...] = (
    None, True, 0, -1.5, "", "word", "unknown", "ex:word", "http://example.com/a b", "https://example.com/%zz", [], {},
    "2026-02-30T00:00:00Z", "2026-02-03T04:05:06.789123456Z", "2026-02-03T24:00:00Z", "2026-02-03 04:05:06Z",
    "2026-02-03T04:05:06", "2026-02-03t04:05:06z", "0000-01-01T00:00:00Z", "2026-02-03T04:05:60Z",
    "+02:00", "-14:00", "+15:00", "14:00", "OBSERVE", "ADD", "DELETE", "observe", "receiving", "in_transit",
    "urn:epcglobal:cbv:bizstep:receiving", "https://ns.gs1.org/cbv/BizStep-receiving", "cbv:BizStep-receiving",
    "https://ref.gs1.org/cbv/BizStep-receiving", "https://gs1.org/voc/Temperature", "gs1:Temperature", "Temperature",
    "https://www.gs1.org/voc/Temperature", "did_not_occur", "location", "desadv", "latitude", "ALARM_CONDITION",
    "urn:epc:id:sscc:0614141.1234567890", "KGM", "kgm", "KILO", "f0f", "xyz", "2.0", "2.", "http://[::1]/", "http://[:::1]/",
    "urn:", "a:", "1a:b", ":", "mailto:a@b", "http://u@h:8/p?q#f", "http://h:x/", "ü:b", "a:ü",
    ["ex:a", "ex:a"], ["ex:a", "ex:b"], [1], [{}], ["word"], {"id": "ex:a"}, {"id": "a"}, {"ex:a": 1}, {"a": 1},
    {"set": []}, {"set": ["returned"]}, {"set": ["returned", "returned"]}, {"unset": ["ex:a"], "other": 1},
    [{"type": "Temperature"}], [{"sensorReport": []}], [{"sensorReport": [{"type": "Temperature", "value": "1"}]}],
    [{"epcClass": "ex:a"}], [{"epcClass": "ex:a", "quantity": True}], [{"bizTransaction": "ex:a", "type": "po"}],
    [{"type": "location", "source": "ex:a"}], {"declarationTime": "2026-02-03T04:05:06Z"}, {"declarationTime": "x"},
)  # fmt: skip
NAMES = ("word", "ex:word", "id", "ilmd", "persistentDisposition", "epcList", "parentID", "readPoint", "type", "@context",
         "childEPCs", "quantityList", "transformationID", "sensorElementList", "errorDeclaration", "certificationInfo",
         "eventID", "recordTime", "action", "", "ext:", "http://example.com/x y")  # fmt: skip
TYPES = ("ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent", "AssociationEvent", "ex:OwnEvent",
         "OwnEvent", "EPCISDocument", "EPCISQueryDocument")  # fmt: skip


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Each place in a document, the document itself first."""
    yield path
    if isinstance(value, dict):
        for name, below in value.items():
            if ":" in name:  # Anything goes inside an extension, so a change there teaches little.
                yield (*path, name)
            else:
                yield from places(below, (*path, name))
    elif isinstance(value, list):
        for at, below in enumerate(value):
            yield from places(below, (*path, at))


def mutated(document: Any, rng: random.Random, times: int = 1) -> tuple[Any, str]:
    """A copy with some things changed, and what was done."""
    changed = copy.deepcopy(document)
    done = [_mutate(changed, rng) for _ in range(times)]
    return changed, "; ".join(done)


def _mutate(document: Any, rng: random.Random) -> str:
    path = rng.choice([path for path in places(document) if path])
    parent = document
    for step in path[:-1]:
        parent = parent[step]
    name = path[-1]
    what = rng.choice(("drop", "replace", "replace", "add", "retype", "repeat", "rename"))
    if what == "drop":
        del parent[name]
    elif what == "replace" or not isinstance(parent, dict):
        parent[name] = copy.deepcopy(rng.choice(VALUES))
    elif what == "add":
        parent[rng.choice(NAMES)] = copy.deepcopy(rng.choice(VALUES))
    elif what == "retype" and "type" in parent:
        parent["type"] = rng.choice(TYPES)
    elif what == "repeat" and isinstance(parent[name], list) and parent[name]:
        parent[name].append(copy.deepcopy(parent[name][0]))
    else:
        parent[rng.choice(NAMES)] = parent.pop(name)
    return f"{what} {'/'.join(map(str, path))}"
