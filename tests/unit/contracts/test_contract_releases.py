"""Which release broke a contract, or would; the history of releases; the matrix of consumers and releases."""

import copy
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from doselane.contracts.check import Compatibility, check_file, check_pact
from doselane.contracts.matrix import matrix, text_of
from doselane.contracts.pact import pact_of
from doselane.contracts.releases import (
    ReleaseDocuments,
    ReleaseUnreadable,
    history_in,
    order,
    release_at,
    released,
)

from tests.contracts.files import pact_files
from tests.contracts.released import release, write_documents
from tests.support import pact_forms as forms


@pytest.fixture
def a_release(tmp_path: Path) -> Callable[..., ReleaseDocuments]:
    """Makes the documents of a release."""

    def made(version: str, change: forms.Change = lambda _: None) -> ReleaseDocuments:
        document = copy.deepcopy(forms.OPENAPI)
        change(document)
        folder = tmp_path / version
        folder.mkdir()
        (folder / "openapi.json").write_text(json.dumps(document))
        (folder / "asyncapi.yaml").write_text(yaml.safe_dump(forms.ASYNCAPI))
        (folder / "descriptors.binpb").write_bytes(b"")
        (folder / "version").write_text(f"{version}\n")
        return release_at(folder)

    return made


def without(name: str) -> forms.Change:
    return lambda each: each["components"]["schemas"]["Slot"]["properties"].pop(name)


def no_list(document: dict[str, Any]) -> None:
    del document["paths"]["/v1/slots"]


def found(current: ReleaseDocuments, *before: ReleaseDocuments, after: ReleaseDocuments | None = None) -> list[str]:
    return [each.release for each in check_pact(pact_of(forms.by_pact_jvm()), current, before, after)]


def test_the_release_that_broke_a_contract_is_named(a_release: Callable[..., ReleaseDocuments]) -> None:
    first, second = a_release("0.9.0"), a_release("0.10.0")
    third, now = a_release("0.11.0", without("kbq")), a_release("0.12.0", without("kbq"))
    assert found(now, first, second, third) == ["held with 0.10.0, broken since 0.11.0"]
    assert found(third, first, second) == ["held with 0.10.0, broken since 0.11.0"]
    assert found(second, first) == []


def test_what_never_held_is_said_to(a_release: Callable[..., ReleaseDocuments]) -> None:
    first, now = a_release("0.1.0", without("kbq")), a_release("0.2.0", without("kbq"))
    assert found(now) == ["does not hold with 0.2.0"]
    assert found(now, first) == ["does not hold with 0.2.0, nor with any release since 0.1.0"]


def test_a_field_of_a_call_that_there_was_not_yet_did_not_hold_then(a_release: Callable[..., ReleaseDocuments]) -> None:
    first, now = a_release("0.1.0", no_list), a_release("0.2.0", without("kbq"))
    assert found(now, first) == ["does not hold with 0.2.0, nor with any release since 0.1.0"]


def test_what_a_release_to_come_would_break_is_named(a_release: Callable[..., ReleaseDocuments]) -> None:
    now, next_one = a_release("1.0.0"), a_release("2.0.0", without("kbq"))
    (finding,) = check_pact(pact_of(forms.by_pact_jvm()), now, (), next_one)
    assert (finding.code, finding.pointer) == ("FIELD_UNKNOWN", "/slots/0/kbq")
    assert finding.release == "holds with 1.0.0, would break with 2.0.0"
    broken = a_release("1.5.0", without("kbq"))
    assert found(broken, after=next_one) == ["does not hold with 1.5.0"]


def test_versions_go_by_their_numbers() -> None:
    assert sorted(["0.10.0", "0.9.0", "1.0.0", "1.0.0-rc1"], key=order) == ["0.9.0", "0.10.0", "1.0.0", "1.0.0-rc1"]


def test_a_release_under_a_new_version_keeps_the_one_before(tmp_path: Path) -> None:
    release(tmp_path, "0.1.0")
    release(tmp_path, "0.1.0")
    assert history_in(tmp_path / "history") == ()
    release(tmp_path, "0.2.0")
    assert (tmp_path / "version").read_text() == "0.2.0\n"
    (kept,) = history_in(tmp_path / "history")
    assert kept.version == "0.1.0"
    assert kept.events.messages.keys() == released().events.messages.keys()
    assert len(kept.http.operations) == len(released().http.operations)
    assert kept.protos.calls.keys() == released().protos.calls.keys()
    assert release_at(tmp_path / "history" / "0.1.0.zip").version == "0.1.0"


@pytest.mark.parametrize("missing", ["openapi.json", "asyncapi.yaml", "descriptors.binpb"])
def test_documents_that_are_not_there_are_named(missing: str, tmp_path: Path) -> None:
    for name in {"openapi.json", "asyncapi.yaml", "descriptors.binpb"} - {missing}:
        (tmp_path / name).write_text("{}" if name != "descriptors.binpb" else "")
    with pytest.raises(ReleaseUnreadable, match=missing):
        release_at(tmp_path)


def test_what_is_no_release_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReleaseUnreadable, match="there is no"):
        release_at(tmp_path / "nowhere")
    file = tmp_path / "release.zip"
    file.write_text("no zip")
    with pytest.raises(ReleaseUnreadable, match="does not hold"):
        release_at(file)
    with zipfile.ZipFile(file, "w") as empty:
        empty.writestr("other", "")
    with pytest.raises(ReleaseUnreadable, match="openapi"):
        release_at(file)


def test_every_consumers_contract_holds_with_what_was_released_and_with_todays_source(tmp_path: Path) -> None:
    write_documents(tmp_path, "today")
    for documents in (released(), release_at(tmp_path)):
        reports = [check_file(file, documents) for file in pact_files()]
        assert reports
        assert {each.file.name: each.compatibility for each in reports if each.compatibility != "COMPATIBLE"} == {
            # What is pushed in forms of others is described by no document of ours; test_provider plays it.
            "harborline-vans-platform.json": Compatibility.UNKNOWN,
            "qc-laboratory-results.json": Compatibility.UNKNOWN,
        }


def test_the_matrix_has_each_version_of_a_consumer_and_each_release(
    a_release: Callable[..., ReleaseDocuments], tmp_path: Path
) -> None:
    older = forms.by_pact_jvm() | {"consumer": {"name": "northlake", "version": "1.0.0"}}
    newer = copy.deepcopy(older) | {"consumer": {"name": "northlake", "version": "1.1.0"}}
    del newer["interactions"][0]["response"]["body"]["slots"][0]["kbq"]
    files = [tmp_path / "a.json", tmp_path / "b.json"]
    for file, written in zip(files, (newer, older), strict=True):
        file.write_text(json.dumps(written))
    rows = matrix(files, [a_release("0.1.0"), a_release("0.2.0", without("kbq"))])
    assert text_of(rows).splitlines()[-4:] == [
        "| consumer | version | 0.1.0 | 0.2.0 |",
        "|---|---|---|---|",
        "| northlake | 1.0.0 | holds | broken |",
        "| northlake | 1.1.0 | holds | holds |",
    ]
