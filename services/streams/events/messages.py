"""Entries of feeds in the forms in which they travel."""

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from doselane.streams.v1 import feed_pb2
from google.protobuf.descriptor_pool import Default
from google.protobuf.message_factory import GetMessageClass

from services.kernel.bus.cloudevents import Headers, Record
from services.kernel.json_writer import json_text, quoted
from services.kernel.timestamps import stamp
from services.streams.domain import Feed, FeedEntry
from services.streams.events.copies import data_name

_TYPE_URL = "type.googleapis.com/"
_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def feed_message(
    feed: Feed, oldest: FeedEntry | None, earliest_cursor: str, latest_cursor: str, retention: timedelta
) -> feed_pb2.Feed:
    """A feed as gRPC and REST show it."""
    message = feed_pb2.Feed(
        name=feed.name,
        partner=feed.partner,
        latest_position=feed.latest,
        earliest_cursor=earliest_cursor,
        latest_cursor=latest_cursor,
        latest_record_time=stamp(feed.latest_at),
    )
    message.retention.FromTimedelta(retention)
    if oldest is not None:
        message.earliest_position = oldest.position
        message.earliest_record_time.CopyFrom(stamp(oldest.recorded_at))
    return message


def event_message(entry: FeedEntry) -> feed_pb2.FeedEvent:
    """An entry as gRPC and REST show it."""
    copy = entry.copy
    message = feed_pb2.FeedEvent(
        name=f"{copy.partner.replace('partners/', 'feeds/', 1)}/events/{entry.position}",
        position=entry.position,
        id=str(copy.event_id),
        type=copy.type,
        source=copy.source,
        subject=copy.subject,
        sequence=entry.sequence,
        time=stamp(copy.time),
        record_time=stamp(entry.recorded_at),
        traceparent=copy.traceparent,
    )
    message.data.type_url, message.data.value = _TYPE_URL + data_name(copy.type), copy.data
    return message


def subscribed(entry: FeedEntry, cursor: str) -> bytes:
    """An entry as a message of a subscription, encoded once for all who follow the feed."""
    return feed_pb2.SubscribeResponse(cursor=cursor, event=event_message(entry)).SerializeToString()


def cloud_event(entry: FeedEntry) -> bytes:
    """An entry as CloudEvents 1.0 has it in its structured JSON mode (application/cloudevents+json), data included."""
    copy, subject = entry.copy, quoted(entry.copy.subject)
    parent = f',"traceparent":{quoted(copy.traceparent)}' if copy.traceparent else ""
    return (
        f'{{"specversion":"1.0","id":"{copy.event_id}",{_kind(copy.type, copy.source)},"subject":{subject},'
        f'"time":"{_instant(copy.time)}",{_schema(copy.type)},"partitionkey":{subject},'
        f'"sequence":"{entry.sequence}","recordedtime":"{_instant(entry.recorded_at)}",'
        f'"feedposition":"{entry.position}"{parent},"data":{_data(entry)}}}'
    ).encode()


@cache
def _kind(event_type: str, source: str) -> str:
    return f'"type":{quoted(event_type)},"source":{quoted(source)}'


@cache
def _schema(event_type: str) -> str:
    return f'"datacontenttype":"application/json","dataschema":{quoted(_TYPE_URL + data_name(event_type))}'


def structured_record(entry: FeedEntry, body: bytes) -> Record:
    """An entry as a Kafka record in the structured mode of CloudEvents: key, value, headers. `body`: as above.

    Its place and its number stand beside it too, so that who looks for a gap or a repetition need not read it.
    """
    headers = [("content-type", b"application/cloudevents+json; charset=utf-8"), *_numbers(entry)]
    return entry.copy.subject.encode(), body, headers


def structured_value(body: bytes) -> tuple[bytes, Headers]:
    """A CloudEvent in its structured mode as the value of a record, with the headers beside it."""
    said = json.loads(body)
    numbers = [(name, said[name].encode()) for name in ("feedposition", "sequence") if name in said]
    return body, [("content-type", b"application/cloudevents+json; charset=utf-8"), *numbers]


def binary_value(body: bytes) -> tuple[bytes, Headers]:
    """A CloudEvent in its structured mode as value and headers in the binary one."""
    said = json.loads(body)
    value, content_type = _json(said.pop("data")).encode(), said.pop("datacontenttype").encode()
    texts = {name: each if isinstance(each, str) else _json(each) for name, each in said.items()}
    named = [(f"ce_{name}", each.encode()) for name, each in texts.items()]
    numbers = [(name, said[name].encode()) for name in ("feedposition", "sequence") if name in said]
    return value, [("content-type", content_type), *named, *numbers]


def binary_record(entry: FeedEntry) -> Record:
    """An entry as a Kafka record in the binary mode of CloudEvents: its attributes as headers, its data as JSON."""
    attributes = _attributes(entry)
    content_type = attributes.pop("datacontenttype").encode()
    named = [(f"ce_{name}", value.encode()) for name, value in attributes.items()]
    value = _data(entry).encode()
    return entry.copy.subject.encode(), value, [("content-type", content_type), *named, *_numbers(entry)]


def _numbers(entry: FeedEntry) -> Headers:
    return [("feedposition", b"%d" % entry.position), ("sequence", b"%d" % entry.sequence)]


def _attributes(entry: FeedEntry) -> dict[str, str]:
    """An entry's attributes in CloudEvents. Numbers are texts: the integers of CloudEvents end at 2^31."""
    copy = entry.copy
    said = {
        "specversion": "1.0",
        "id": str(copy.event_id),
        "type": copy.type,
        "source": copy.source,
        "subject": copy.subject,
        "time": _instant(copy.time),
        "datacontenttype": "application/json",
        "dataschema": _TYPE_URL + data_name(copy.type),
        "partitionkey": copy.subject,
        "sequence": str(entry.sequence),
        "recordedtime": _instant(entry.recorded_at),
        "feedposition": str(entry.position),
    }
    if copy.traceparent:
        said["traceparent"] = copy.traceparent
    return said


def _instant(at: datetime) -> str:
    """An instant as protobuf's JSON has it, in a third of the time: with no digits of the second, or three, or six."""
    digits = "seconds" if not at.microsecond else "microseconds" if at.microsecond % 1000 else "milliseconds"
    universal = at if at.tzinfo is UTC else at.astimezone(UTC)
    return universal.isoformat(timespec=digits)[: -len("+00:00")] + "Z"


def _data(entry: FeedEntry) -> str:
    return json_text(_class_of(data_name(entry.copy.type)).FromString(entry.copy.data))


@cache
def _class_of(full_name: str) -> Any:
    return GetMessageClass(Default().FindMessageTypeByName(full_name))
