"""Path templates."""

import pytest

from services.edge.templates import Template


@pytest.mark.parametrize(
    ("text", "path", "fields"),
    [
        ("/v1/slots", "/v1/slots", {}),
        ("/v1/slots:claim", "/v1/slots:claim", {}),
        ("/v1/{name=slots/*}", "/v1/slots/1", {"name": "slots/1"}),
        ("/v1/{name=slots/*}:confirm", "/v1/slots/1:confirm", {"name": "slots/1"}),
        ("/v1/{site.name=sites/*}", "/v1/sites/a%20b", {"site.name": "sites/a b"}),
        ("/v1/{name=runs/*/availability}", "/v1/runs/1/availability", {"name": "runs/1/availability"}),
        ("/v1/{parent=doses/*}/entries", "/v1/doses/-/entries", {"parent": "doses/-"}),
        ("/v1/{a}/{b=x/**}", "/v1/1/x/2/3", {"a": "1", "b": "x/2/3"}),
    ],
)
def test_an_address_gives_its_fields(text, path, fields):
    assert Template.compile(text).match(path) == fields


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/v1/{name=slots/*}", "/v1/slots/"),
        ("/v1/{name=slots/*}", "/v1/slots/1/2"),
        ("/v1/{name=slots/*}", "/v1/slots/1:confirm"),
        ("/v1/{name=slots/*}:confirm", "/v1/slots/:confirm"),
        ("/v1/slots", "/v1/slotsX"),
        ("/v1.slots", "/v1xslots"),
    ],
)
def test_another_address_is_another_address(text, path):
    assert Template.compile(text).match(path) is None


def test_openapi_names_the_members_of_collections():
    names = {"slots": "slot", "timelineEntries": "timeline_entry"}
    template = Template.compile("/v1/{parent=doses/*/timelineEntries/*}:watch")
    assert template.openapi(names) == (
        "/v1/doses/{dose}/timelineEntries/{timeline_entry}:watch",
        ("dose", "timeline_entry"),
    )


@pytest.mark.parametrize("text", ["/v1/*", "/v1/{", "/v1/{a=b/*", "/v1/a}"])
def test_what_is_no_template_is_a_fault(text):
    with pytest.raises(ValueError, match="not a path template"):
        Template.compile(text)


@pytest.mark.parametrize(
    ("text", "path", "collection"),
    [
        ("/v1/slots:claim", "/v1/slots:claim", "slots"),
        ("/v1/slots", "/v1/slots", "slots"),
        ("/v1/{name=slots/*}:confirm", "/v1/slots/1:confirm", "slots"),
        ("/v1/{site.name=sites/*}", "/v1/sites/a", "sites"),
        ("/v1/{parent=doses/*}/entries", "/v1/doses/-/entries", "doses"),
        ("/v1/{a}/x", "/v1//x", ""),
    ],
)
def test_a_template_and_its_addresses_begin_with_one_collection(text, path, collection):
    assert (Template.compile(text).collection, Template.collection_of(path)) == (collection, collection)


def test_what_is_too_short_has_no_collection():
    assert (Template.collection_of("/v1"), Template.collection_of("")) == ("", "")
