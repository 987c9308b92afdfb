"""The commands that are derived from the protos: their examples are taken, and their columns are there."""

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from doselane.client.cli import deriving
from doselane.client.cli.deriving import DerivedCommand, method_of
from doselane.client.cli.table import COMMANDS
from doselane.client.commands import app
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message


@pytest.fixture(scope="module")
def tree() -> Any:
    return typer.main.get_command(app)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Message]]:
    """The requests that commands would send; they send none."""
    found: list[Message] = []
    made = deriving.request_of

    def kept(*given: Any) -> Message:
        found.append(made(*given))
        raise typer.Exit(0)

    monkeypatch.setattr(deriving, "request_of", kept)
    yield found


@pytest.mark.parametrize("command", COMMANDS, ids=lambda each: each.words)
def test_the_example_of_a_command_is_taken(command: DerivedCommand, tree: Any, asked: list[Message]) -> None:
    tree.main([*command.words.split(), *shlex.split(command.example)], standalone_mode=False)
    [request] = asked
    assert method_of(command.call).input_type == request.DESCRIPTOR


@pytest.mark.parametrize("command", [each for each in COMMANDS if each.columns], ids=lambda each: each.words)
def test_the_columns_of_a_list_are_fields_of_what_is_listed(command: DerivedCommand) -> None:
    listed = method_of(command.call).output_type.fields[0].message_type
    missing = [column for column in command.columns.split() if not _is_there(listed, column.split("."))]
    assert not missing


def test_every_list_has_columns() -> None:
    lists = [each for each in COMMANDS if "page_token" in method_of(each.call).input_type.fields_by_name]
    assert len(lists) > 10 and all(each.columns for each in lists)


def test_options_say_a_request(tree: Any, asked: list[Any]) -> None:
    words = "offers search --product lu-ligand --site sites/x --from 2026-12-01T01:00:00+01:00 --run a --run runs/b"
    tree.main([*words.split(), "--activity-mbq", "7.5"], standalone_mode=False)
    [request] = asked
    assert (request.product, request.site, list(request.runs)) == (
        "products/lu-ligand",
        "sites/x",
        ["runs/a", "runs/b"],
    )
    assert request.administration_interval.start_time.ToJsonString() == "2026-12-01T00:00:00Z"
    assert request.activity_mbq == 7.5 and not request.HasField("decayed_fraction_max")


def test_an_update_changes_what_is_said(tree: Any, asked: list[Any]) -> None:
    words = "endpoints update 0192f0c4-7b1e-7c52-9a63-0d5e2f8b1a77 --description".split()
    tree.main([*words, "", "--kafka-mode", "binary", "--kafka-sasl-username", "u"], standalone_mode=False)
    assert asked[0].endpoint.name == "endpoints/0192f0c4-7b1e-7c52-9a63-0d5e2f8b1a77"
    assert sorted(asked[0].update_mask.paths) == ["description", "kafka"]
    assert (asked[0].endpoint.kafka.mode, asked[0].endpoint.kafka.sasl_username) == (2, "u")


def test_what_is_not_said_makes_up_no_message(tree: Any, asked: list[Any]) -> None:
    tree.main("endpoints create --url https://hooks.northlake.example/in".split(), standalone_mode=False)
    assert not asked[0].endpoint.HasField("kafka")


def test_words_of_an_enum_are_taken_in_any_case_and_others_are_not(tree: Any, asked: list[Any]) -> None:
    tree.main("standbys list --states waiting --states OFFERED".split(), standalone_mode=False)
    assert list(asked[0].states) == [1, 2]
    with pytest.raises(Exception, match="nonsense"):
        tree.main("standbys list --states nonsense".split(), standalone_mode=False)


def test_bytes_are_those_of_the_file_that_an_option_names(tree: Any, asked: list[Any], tmp_path: Path) -> None:
    path = tmp_path / "push.json"
    path.write_bytes(b"\x00{}")
    words = ["exchange", "translate", "--account", "swift-ups", "--body"]
    tree.main([*words, str(path)], standalone_mode=False)
    assert (asked[0].raw.body, asked[0].account, asked[0].WhichOneof("what")) == (b"\x00{}", "swift-ups", "raw")
    with pytest.raises(Exception, match="must be the path of a file that can be read"):
        tree.main([*words, str(tmp_path / "none")], standalone_mode=False)


@pytest.mark.parametrize("text", ["tomorrow", "2026-12-01", "2026-12-01T10:00:00", "2026-13-01T10:00:00Z"])
def test_an_instant_without_its_zone_is_refused(tree: Any, text: str) -> None:
    with pytest.raises(Exception, match="2026-12-01T08:30:00Z"):
        tree.main(["offers", "search", "--product", "p", "--site", "s", "--from", text], standalone_mode=False)


def _is_there(described: Descriptor, path: list[str]) -> bool:
    found = next((each for each in described.fields if each.json_name == path[0]), None)
    return found is not None and (len(path) == 1 or _is_there(found.message_type, path[1:]))
