"""Who hears of master data, and as what: by what each partner may know before and after."""

import pytest
from doselane.masterdata.v1 import events_pb2, resources_pb2

from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.streams.events import ToldResource, resource_copies, told_resource
from tests.support.status import NOON

NORTH, HARBOR = "partners/northlake", "partners/harbor"
_MESSAGES = {
    "created": events_pb2.ResourceCreated,
    "updated": events_pb2.ResourceUpdated,
    "deleted": events_pb2.ResourceDeleted,
}


def an_event(what: str, version: int, *audience: str, **fields: object) -> Event:
    """A change of a product that these partners may know of."""
    product = resources_pb2.Product(name="products/p", partners=audience, etag=str(version), **fields)  # type: ignore[arg-type]
    resource = resources_pb2.Resource(product=product)
    data = _MESSAGES[what](resource=resource, version=version, audience=audience).SerializeToString()
    kind = f"doselane.masterdata.resource.{what}.v1"
    return Event(uuid7(), kind, "doselane/masterdata", "products/p", version, NOON, data)


def told(history: list[Event]) -> dict[str, list[str]]:
    """What each partner is told of a history."""
    before: ToldResource | None = None
    found: dict[str, list[str]] = {}
    for event in history:
        after = told_resource(event)
        assert after
        for copy in resource_copies(event, after, before):
            found.setdefault(copy.partner, []).append(copy.type.split(".")[3])
            assert copy.event_id == event.id
        before = after
    return found


@pytest.mark.parametrize(
    ("history", "north", "harbor"),
    [
        ([("created", NORTH)], "created", ""),
        ([("created",)], "", ""),
        ([("created", NORTH, HARBOR), ("updated", NORTH, HARBOR, "other")], "created updated", "created updated"),
        ([("created", NORTH), ("updated", NORTH, HARBOR)], "created", "created"),
        ([("created", NORTH, HARBOR), ("updated", NORTH)], "created", "created deleted"),
        (
            [("created", NORTH, HARBOR), ("updated", NORTH), ("updated", NORTH, HARBOR)],
            "created",
            "created deleted created",
        ),
        ([("created", NORTH), ("deleted", NORTH)], "created deleted", ""),
        ([("created", NORTH), ("deleted", NORTH), ("created", HARBOR)], "created deleted", "created"),
        ([("updated", NORTH), ("updated", NORTH, "other")], "created updated", ""),
        ([("deleted", NORTH)], "deleted", ""),
    ],
)
def test_a_partner_is_told_what_changes_for_its_eyes(history: list[tuple[str, ...]], north: str, harbor: str) -> None:
    events = []
    for version, (what, *rest) in enumerate(history, 1):
        partners = [each for each in rest if each.startswith("partners/")]
        events.append(an_event(what, version, *partners, display_name="other" if "other" in rest else "one"))
    found = told(events)
    assert (found.get(NORTH, []), found.get(HARBOR, [])) == (north.split(), harbor.split())


def test_what_is_deleted_for_a_partner_is_shown_as_it_knew_it() -> None:
    first, second = an_event("created", 1, NORTH, HARBOR), an_event("updated", 2, NORTH, display_name="secret")
    before, after = told_resource(first), told_resource(second)
    assert before and after
    lost = {each.partner: each for each in resource_copies(second, after, before)}[HARBOR]
    shown = events_pb2.ResourceDeleted.FromString(lost.data)
    assert (shown.resource.product.partners, shown.resource.product.display_name) == ([HARBOR], "")


def test_of_what_is_older_than_what_was_told_nobody_hears() -> None:
    first, second = an_event("created", 1, NORTH), an_event("updated", 2, NORTH, display_name="new")
    newest, late = told_resource(second), told_resource(first)
    assert newest and late
    assert list(resource_copies(first, late, newest)) == []
