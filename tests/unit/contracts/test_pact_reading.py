"""Pact files are read alike, whichever library wrote them, in versions 1 to 4; what is none is refused, with where."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from doselane.contracts.matching import PathUnreadable, places, pointer_of, steps_of
from doselane.contracts.pact import InteractionKind, PactUnreadable, pact_of, read_pact

from tests.support import pact_forms as forms

HTTP_FORMS = {
    "pact-ruby, pact-js 9, pact-python 1 (V2)": forms.by_pact_ruby,
    "pact-jvm (V3)": forms.by_pact_jvm,
    "pact-net, pact-go (V3)": forms.by_pact_net,
    "pact-js, pact-python, pact-go (V4)": forms.by_pact_js,
}


@pytest.mark.parametrize("written", HTTP_FORMS.values(), ids=HTTP_FORMS)
def test_one_contract_reads_alike_in_each_form(written: Callable[[], dict[str, Any]]) -> None:
    pact = pact_of(written())
    (interaction,) = pact.interactions
    request, (answer,) = interaction.request, interaction.answers
    assert (pact.consumer, pact.provider) == ("northlake-orchestrator", "doselane")
    assert interaction.kind is InteractionKind.HTTP
    assert interaction.states == ("a confirmed slot",)
    assert (request.method, request.path) == ("GET", "/v1/slots")
    assert request.query == {"orderReference": ("NL-1",), "pageSize": ("10",)}
    assert request.header("authorization") == "Bearer x"
    assert answer.status == 200
    assert answer.content is not None
    assert answer.content.value == {"slots": [forms.SLOT]}
    assert answer.content.is_json
    rules = answer.rules_of("body")
    assert [matcher.kind for matcher in rules.at(("slots", 0, "name"))] == ["regex"]
    assert [matcher.kind for matcher in rules.at(("slots", 3, "vials"))] == ["type"]
    assert [dict(matcher.said).get("min") for matcher in rules.at(("slots",))] == [1]
    assert [matcher.kind for _, matchers in answer.rules_of("header") for matcher in matchers] == ["regex"]


@pytest.mark.parametrize("written", [forms.event_v3("metaData"), forms.event_v3("metadata"), forms.event_v4()])
def test_a_message_reads_alike_in_each_form(written: dict[str, Any]) -> None:
    (interaction,) = pact_of(written).interactions
    (message,) = interaction.answers
    assert interaction.kind is InteractionKind.EVENT
    assert message.header("ce_type") == forms.EVENT
    assert message.content is not None
    assert message.content.value == forms.SLOT
    assert [matcher.kind for matcher in message.rules_of("body").at(("name",))] == ["regex"]


@pytest.mark.parametrize(
    ("change", "version"),
    [
        ({}, ""),
        ({"metadata": {"pactSpecification": {"version": "3.0.0"}, "consumerVersion": "2.1.0"}}, "2.1.0"),
        ({"consumer": {"name": "northlake", "version": "2.2.0"}}, "2.2.0"),
        ({"_links": {"pb:consumer-version": {"name": "2.3.0", "title": "Consumer version"}}}, "2.3.0"),
    ],
)
def test_the_version_of_a_consumer_is_what_its_file_or_a_broker_says(change: dict[str, Any], version: str) -> None:
    assert pact_of(forms.by_pact_jvm() | change).consumer_version == version


@pytest.mark.parametrize(
    ("metadata", "specification"),
    [
        ({"pactSpecification": {"version": "1.0.0"}}, 1),
        ({"pact-specification": {"version": "2.0.0"}}, 2),
        ({"pactSpecificationVersion": "2.0.0"}, 2),
        ({}, 2),
        ({"pactSpecification": {"version": "4.0"}}, 4),
    ],
)
def test_the_specification_is_said_in_several_ways(metadata: dict[str, Any], specification: int) -> None:
    assert pact_of(forms.by_pact_ruby() | {"metadata": metadata}).specification == specification


def test_contents_in_base64_are_bytes_and_json_among_them_is_json() -> None:
    written = forms.event_v4()
    contents = written["interactions"][0]["contents"]
    contents |= {"content": base64.b64encode(b"\x0a\x02ab").decode(), "encoded": "base64"}
    contents["contentType"] = "application/protobuf;message=Slot"
    content = pact_of(written).interactions[0].answers[0].content
    assert content is not None
    assert (content.value, content.media_type) == (b"\x0a\x02ab", "application/protobuf")
    contents |= {"content": base64.b64encode(b'{"a": 1}').decode(), "contentType": "application/json"}
    content = pact_of(written).interactions[0].answers[0].content
    assert content is not None
    assert content.value == {"a": 1}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d.pop("interactions"), "neither `interactions` nor `messages`"),
        (lambda d: d["consumer"].clear(), "/consumer/name"),
        (lambda d: d["metadata"].update(pactSpecification={"version": "5.0"}), "specification 5.0"),
        (lambda d: d["interactions"].append("x"), "/interactions/1 is no JSON object"),
        (lambda d: d["interactions"][0]["response"].update(status="200"), "/interactions/0 (a list of slots): status"),
        (lambda d: d["interactions"][0]["response"].update(matchingRules=[]), "where a JSON object belongs"),
        (lambda d: d["interactions"][0]["response"]["matchingRules"]["body"].update({"$.a[": {}}), "'$.a[' is no path"),
    ],
)
def test_what_is_no_pact_file_is_refused_with_where(change: forms.Change, said: str) -> None:
    written = forms.by_pact_jvm()
    change(written)
    with pytest.raises(PactUnreadable) as refused:
        pact_of(written)
    assert said in str(refused.value)


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000])
def test_a_file_that_is_no_json_object_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "pact.json"
    file.write_text(text)
    with pytest.raises(PactUnreadable):
        read_pact(file)


def test_an_interaction_of_a_type_of_the_future_is_kept_as_unknown() -> None:
    written = forms.by_pact_js()
    written["interactions"][0]["type"] = "Streaming/Messages"
    assert [each.kind for each in pact_of(written).interactions] == [InteractionKind.UNKNOWN]


@pytest.mark.parametrize(
    ("path", "steps"),
    [
        ("$", ()),
        ("$.a.b", ("a", "b")),
        ("$[0].a", (0, "a")),
        ("$.a[*].b", ("a", "*", "b")),
        ("$.a.*", ("a", "*")),
        ("$['a b']['c.d']", ("a b", "c.d")),
        ('$["a"]', ("a",)),
        ("$.a-b.@type", ("a-b", "@type")),
    ],
)
def test_a_path_is_read(path: str, steps: tuple[str | int, ...]) -> None:
    assert steps_of(path) == steps


@pytest.mark.parametrize("path", ["$[", "$.a[x]", "$['a"])
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(PathUnreadable):
        steps_of(path)


def test_a_path_leads_to_all_places_that_it_fits() -> None:
    value = json.loads('{"a": [{"b": 1}, {"b": 2, "c/d": 3}]}')
    assert [(pointer_of(place), found) for place, found in places(value, steps_of("$.a[*].*"))] == [
        ("/a/0/b", 1),
        ("/a/1/b", 2),
        ("/a/1/c~1d", 3),
    ]
