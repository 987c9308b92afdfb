"""One hash over what partners were told: same seed, same story. What differs from one play to the next is left out.

Left out are ids, versions, and when something was recorded; and what follows from facts and the clock alone, whenever
somebody looks: predictions, verdicts, views, and words about deadlines. Other instants are counted from the beginning,
in steps of ten minutes.
"""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from doselane.streams.v1 import feed_pb2
from google.protobuf.json_format import MessageToDict

STEP = timedelta(minutes=10)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_ID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|[0-9a-fA-F]{12,}|\d{6,}")
_LEFT_OUT = frozenset(
    {
        "etag",
        "version",
        "sequence",
        "traceparent",
        "recordSha256",
        "requestId",
        "createTime",
        "updateTime",
        "recordTime",
    }
    | {"answerTime", "lastChange", "prediction", "expectedMilestones", "delivery", "deliveryP90", "holdUntilTime"}
    # Numbers that other systems give, and what a shipment adds up to while several scans are taken together.
    | {"systemReference", "custody"}
)
# Views of what others tell, and what the gateway says because time has passed.
_FOLLOWS = ("doselane.status.", "doselane.tower.", "doselane.distribution.milestone.overdue.")

_MILESTONE = "doselane.distribution.milestone.recorded.v1"

Told = tuple[str, str]


def story_hash(feeds: Mapping[str, Iterable[feed_pb2.FeedEvent]], begins_at: datetime) -> str:
    """SHA-256, in hexadecimal, over the events of each subject in their order, whatever the subjects are called."""
    subjects: dict[tuple[str, str, str], list[Told]] = defaultdict(list)
    for partner, events in feeds.items():
        for event in events:
            if event.type.startswith(_FOLLOWS):
                continue
            subjects[partner, event.source, event.subject].append(_told(event, begins_at))
    stories = sorted(json.dumps([partner, kind(subject), told]) for (partner, _, subject), told in subjects.items())
    return hashlib.sha256("\n".join(stories).encode()).hexdigest()


def kind(subject: str) -> str:
    """What a subject is, such as `doses`."""
    return subject.partition("/")[0]


def plain(value: Any, begins_at: datetime) -> Any:
    """A value without what differs from one play to the next."""
    if isinstance(value, Mapping):
        return {name: plain(each, begins_at) for name, each in sorted(value.items()) if name not in _LEFT_OUT}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(each, begins_at) for each in value]
    if isinstance(value, float):
        return f"{value:.3g}"
    if isinstance(value, str):
        return _ID.sub("#", _INSTANT.sub(lambda found: _step(found[0], begins_at), value))
    return value


def _told(event: feed_pb2.FeedEvent, begins_at: datetime) -> Told:
    data = MessageToDict(event.data)
    if event.type == _MILESTONE:  # what the shipment has become by all that were taken together with it
        data.pop("shipment", None)
    return event.type, json.dumps(plain(data, begins_at), sort_keys=True)


def _step(text: str, begins_at: datetime) -> str:
    # Things are done on the step; a little before it is the same.
    return f"+{(datetime.fromisoformat(text) - begins_at + STEP / 5) // STEP}"
