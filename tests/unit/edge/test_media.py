"""Media types: what a body is declared to be, and what an answer shall be."""

import pytest
from doselane.type.v1.options_pb2 import TextBody

from services.edge.api import load, require_text
from services.edge.media import is_text, require_accepted, wants_text
from services.kernel.http import HttpProblem

CALLS = {binding.method.name: binding for binding in load().bindings}
YAML = TextBody(media_type="application/yaml", field="yaml")


@pytest.mark.parametrize(
    ("call", "content_type", "expected"),
    [
        ("ImportForecasts", "text/csv", True),
        ("ImportForecasts", "Text/CSV; header=present; charset=UTF-8", True),
        ("ImportForecasts", "application/json", False),
        ("ImportMasterData", "application/yaml", True),
        ("ImportMasterData", "text/yaml", True),
        ("ImportMasterData", 'application/x-yaml; charset="utf-8"', True),
        ("ImportMasterData", "application/json; charset=utf-8", False),
        ("ClaimSlot", "application/vnd.partner+json", False),
    ],
)
def test_a_body_is_the_text_of_its_call_or_json(call, content_type, expected):
    assert is_text(CALLS[call], b"x", {"content-type": content_type}) is expected


@pytest.mark.parametrize(
    ("call", "content_type", "accepted"),
    [
        ("ImportForecasts", "text/plain", "application/json, text/csv"),
        ("ImportForecasts", "application/yaml", "application/json, text/csv"),
        ("ImportMasterData", "application/x-www-form-urlencoded", "application/json, application/yaml"),
        ("ClaimSlot", "text/csv", "application/json"),
        ("UpdateSite", "application/merge-patch+json", "application/json"),
        ("UpdateSite", "application/json-patch+json", "application/json"),
        ("ClaimSlot", "", "application/json"),
        ("ClaimSlot", ";;;", "application/json"),
    ],
)
def test_another_kind_of_body_is_refused_with_those_that_are_taken(call, content_type, accepted):
    with pytest.raises(HttpProblem) as refused:
        is_text(CALLS[call], b"x", {"content-type": content_type})
    assert refused.value.status_code == 415
    assert refused.value.facts["accepted"] == accepted
    assert refused.value.headers == {"accept": accepted}


def test_no_body_needs_no_type():
    assert is_text(CALLS["ImportForecasts"], b"", {}) is False


def test_an_empty_file_is_still_a_text():
    assert is_text(CALLS["ImportForecasts"], b"", {"content-type": "text/csv"}) is True


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", False),
        ("*/*", False),
        ("application/*", False),
        ("application/json", False),
        ("application/yaml", True),
        ("text/yaml", True),
        ("application/yaml, */*", True),
        ("application/yaml, application/json", False),
        ("application/yaml;q=0.5, application/json", False),
        ("application/yaml, application/json;q=0.9", True),
        ("application/yaml;q=0", False),
        ("application/yaml;q=0, text/html", False),
        ("application/yaml;q=much", False),
        ("text/*", False),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", False),
        (",;=,q", False),
        ("application/*;q=0, application/yaml", True),
        ("*/*;q=0, application/yaml;q=0.1", True),
        ("*/*, application/*;q=0, application/yaml;q=0.1", True),
    ],
)
def test_the_answer_is_json_unless_the_text_is_wanted_more(accept, expected):
    assert wants_text(YAML, accept) is expected


@pytest.mark.parametrize("field", ["page_size", "states", "nonsense", ""])
def test_what_is_no_text_cannot_be_the_body_of_a_call(field):
    with pytest.raises(ValueError, match=f"no text `{field}`"):
        require_text(TextBody(field=field), CALLS["ListSlots"].method.input_type)


def test_each_call_has_the_texts_that_its_proto_says():
    found = {
        (name, text.media_type, text.field)
        for name, binding in CALLS.items()
        for text in (binding.text_body, binding.text_answer)
        if text
    }
    assert found == {
        ("ImportForecasts", "text/csv", "csv"),
        ("ImportMasterData", "application/yaml", "yaml"),
        ("ExportMasterData", "application/yaml", "yaml"),
    }


@pytest.mark.parametrize("accept", ["", " ", "*/*", "application/*", "application/json;q=0.1", "text/csv, */*;q=0.1"])
def test_who_takes_what_is_offered_is_answered(accept):
    require_accepted(accept, "application/json")


@pytest.mark.parametrize("accept", ["text/csv", "application/json;q=0", "application/json;q=0, */*", ";;"])
def test_who_takes_nothing_of_what_is_offered_is_told_what_it_is(accept):
    with pytest.raises(HttpProblem) as refused:
        require_accepted(accept, "application/json")
    assert (refused.value.status_code, refused.value.facts) == (
        406,
        {"field": "accept", "offered": "application/json"},
    )
