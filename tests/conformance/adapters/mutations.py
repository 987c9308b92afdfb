"""Makes wrong documents, and right ones of other shapes, out of right ones."""

import copy
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Mutations:
    """What a field may wrongly, or rightly, hold instead, and what it may be called."""

    values: Sequence[Any]
    names: Sequence[str]
    types: Sequence[str] = ()

    def of(self, document: Any, rng: random.Random) -> tuple[Any, str]:
        """A copy with one to three things changed, and what was done."""
        changed = copy.deepcopy(document)
        done = [self._mutate(changed, rng) for _ in range(rng.choice((1, 1, 2, 3)))]
        return changed, "; ".join(done)

    def _mutate(self, document: Any, rng: random.Random) -> str:
        inner = [path for path in _places(document) if path]
        if not inner:
            return "nothing is left to change"
        path = rng.choice(inner)
        parent, name = _parent(document, path), path[-1]
        what = rng.choice(("drop", "replace", "replace", "add", "retype", "repeat", "rename"))
        if what == "drop":
            del parent[name]
        elif what == "replace" or not isinstance(parent, dict):
            parent[name] = copy.deepcopy(rng.choice(self.values))
        elif what == "add":
            parent[rng.choice(self.names)] = copy.deepcopy(rng.choice(self.values))
        elif what == "retype" and "type" in parent and self.types:
            parent["type"] = rng.choice(self.types)
        elif what == "repeat" and isinstance(parent[name], list) and parent[name]:
            parent[name].append(copy.deepcopy(parent[name][0]))
        else:
            parent[rng.choice(self.names)] = parent.pop(name)
        return f"{what} {'/'.join(map(str, path))}"


def _parent(document: Any, path: Path) -> Any:
    for step in path[:-1]:
        document = document[step]
    return document


def _places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Each place in a document, the document itself first."""
    yield path
    if isinstance(value, dict):
        for name, below in value.items():
            if ":" in name:  # Anything goes inside an extension, so a change there teaches little.
                yield (*path, name)
            else:
                yield from _places(below, (*path, name))
    elif isinstance(value, list):
        for at, below in enumerate(value):
            yield from _places(below, (*path, at))


EPCIS = Mutations(
    values=(
        None, True, 0, -1.5, "", "word", "unknown", "ex:word", "http://example.com/a b", "https://example.com/%zz",
        [], {},
        "2026-02-30T00:00:00Z", "2026-02-03T04:05:06.789123456Z", "2026-02-03T24:00:00Z", "2026-02-03 04:05:06Z",
        "2026-02-03T04:05:06", "2026-02-03t04:05:06z", "0000-01-01T00:00:00Z", "2026-02-03T04:05:60Z",
        "+02:00", "-14:00", "+15:00", "14:00", "OBSERVE", "ADD", "DELETE", "observe", "receiving", "in_transit",
        "urn:epcglobal:cbv:bizstep:receiving", "https://ns.gs1.org/cbv/BizStep-receiving", "cbv:BizStep-receiving",
        "https://ref.gs1.org/cbv/BizStep-receiving", "https://gs1.org/voc/Temperature", "gs1:Temperature",
        "https://www.gs1.org/voc/Temperature", "Temperature", "did_not_occur", "location", "desadv", "latitude",
        "ALARM_CONDITION", "urn:epc:id:sscc:0614141.1234567890", "KGM", "kgm", "KILO", "f0f", "xyz", "2.0", "2.",
        "http://[::1]/", "http://[:::1]/", "http://[1:2:3:4:5:6:7:8]/", "http://[1::8:9.9.9.9]/", "http://[v1.a]/",
        "urn:",
        "a:", "1a:b", ":", "mailto:a@b", "http://u@h:8/p?q#f", "http://h:x/", "a:b#c#d", "a:%zz", "\u00fc:b",
        "a:\u00fc",
        ["ex:a", "ex:a"], ["ex:a", "ex:b"], [1], [{}], ["word"], {"id": "ex:a"}, {"id": "a"}, {"ex:a": 1}, {"a": 1},
        {"set": []}, {"set": ["returned"]}, {"set": ["returned", "returned"]}, {"unset": ["ex:a"], "other": 1},
        [{"type": "Temperature"}], [{"sensorReport": []}], [{"sensorReport": [{"type": "Temperature",
        "value": "1"}]}],
        [{"epcClass": "ex:a"}], [{"epcClass": "ex:a", "quantity": True}], [{"bizTransaction": "ex:a", "type": "po"}],
        [{"type": "location", "source": "ex:a"}], {"declarationTime": "2026-02-03T04:05:06Z"},
        {"declarationTime": "x"},
    ),
    names=(
        "word", "ex:word", "id", "ilmd", "persistentDisposition", "epcList", "parentID", "readPoint", "type",
        "@context",
        "childEPCs", "quantityList", "transformationID", "sensorElementList", "errorDeclaration", "certificationInfo",
        "eventID", "recordTime", "action", "", "ext:", "http://example.com/x y",
    ),
    types=(
        "ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent", "AssociationEvent",
        "ex:OwnEvent",
        "OwnEvent", "EPCISDocument", "EPCISQueryDocument",
    ),
)  # fmt: skip

UPS = Mutations(
    values=(
        None, True, 0, 17, -1.5, "", " ", "D", "MV", "DD", "d", "20261122", "2026112", "20261301", "20261132",
        "2026-11-22",
        "235959", "240000", "236000", "126060", "12345", "+05.30", "-04.00", "-24.00", "0400", "+04:00", "KY", "Ky",
        "K",
        "KEN", "30004", "30004-4616", "30004 4616", "300044616", "SW1A 1AA", "US", "us", "USA",
        "1Z204W4R0308071865", "1Z204W4R030807186", "1z204W4R0308071865", "1R12345678912345",
        "1R123456789123456789012345",
        "1R1234567891234567890123456", "1R12345678912345678901234567", "2Z204W4R0308071865", "011", "021", "999", [],
        {},
        [1], {"type": "D"}, {"type": "Q"}, {"country": "US"}, {"country": "U"}, {"postalCode": ""}, {"anything": 1},
    ),
    names=(
        "word", "", "trackingNumber", "localActivityDate", "localActivityTime", "activityLocation", "activityStatus",
        "scheduledDeliveryDate", "gmtActivityDate", "gmtActivityTime", "gmtOffset", "deliveryStartTime",
        "deliveryEndTime",
        "deliveryPhoto", "alternateTrackingNumber", "receivedBy", "type", "code", "stateProvince", "postalCode",
        "country",
    ),
)  # fmt: skip
