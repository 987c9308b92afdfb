"""The pages of events: one a topic, from the AsyncAPI document, which is made from the protos."""

from collections.abc import Iterator, Mapping
from typing import Any

from doselane.type.v1.options_pb2 import audience, feed_event
from google.protobuf import descriptor_pool

from services.edge.api import Api
from services.edge.docs.markdown import anchor, plain, table
from services.edge.docs.messages import fields_table, link

FOLDER = "reference/events"


def pages(api: Api, asyncapi: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Path, title and text of the page of each topic."""
    messages, pool = asyncapi["components"]["messages"], descriptor_pool.Default()
    for name, channel in asyncapi["channels"].items():
        own = {event: messages[event] for event in channel["messages"]}
        rows = ((f"[`{event}`](#{anchor(event)})", plain(each["summary"])) for event, each in own.items())
        text = f"# Events of {name}\n\nTopic `{channel['address']}`.\n\n{table(('event', 'what happened'), rows)}\n"
        for event, each in own.items():
            carried = pool.FindMessageTypeByName(each["x-protobuf-message"])
            text += f"## `{event}` {{ #{anchor(event)} }}\n\n{plain(each['summary'])}\n\nCarries {link(carried)}.\n\n"
            if carried.GetOptions().Extensions[feed_event]:
                named = any(field.GetOptions().Extensions[audience] for field in carried.fields)
                whose = "of each partner that may know of it" if named else "of the partner that it belongs to"
                text += f"It goes into the feed {whose}.\n\n"
            text += fields_table(api, carried.fields) + "\n"
        yield f"{FOLDER}/{name}.md", name, text
