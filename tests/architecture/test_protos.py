"""The published language: stubs in step, lint, and nothing taken back that was released."""

import importlib.util
import subprocess
from pathlib import Path
from types import ModuleType

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

from tests.architecture.tree import ROOT
from tests.contracts.deprecations import today, without_what_may_go
from tests.support import tools

CURRENT = ROOT / "proto/doselane/descriptors.binpb"
RELEASED = ROOT / "contracts/released/descriptors.binpb"


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "proto/generate.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_stubs_are_in_step_with_the_protos(generator: ModuleType) -> None:
    assert generator.out_of_step() == [], "run `make proto`"


def test_a_stub_out_of_step_is_found_and_mended(generator: ModuleType, tmp_path: Path) -> None:
    proto = tmp_path / "doselane/thing/v1/thing.proto"
    proto.parent.mkdir(parents=True)
    proto.write_text('syntax = "proto3";\npackage doselane.thing.v1;\nmessage Thing { string name = 1; }\n')
    (proto.parent / "gone_pb2.py").write_text("")
    assert "doselane/thing/v1/thing_pb2.py" in generator.out_of_step(tmp_path)
    assert "doselane/thing/v1/gone_pb2.py" in generator.out_of_step(tmp_path)
    generator.write(tmp_path)
    assert generator.out_of_step(tmp_path) == []
    proto.write_text(proto.read_text().replace("name", "title"))
    assert "doselane/thing/v1/thing_pb2.py" in generator.out_of_step(tmp_path)
    assert generator.write(tmp_path) == 3  # The stub, its types and the descriptor set; untouched files stay untouched.


def test_what_others_speak_gets_stubs_and_no_place_among_what_we_publish(generator: ModuleType, tmp_path: Path) -> None:
    proto = tmp_path / "salesforce/thing/v1/thing.proto"
    ours = tmp_path / "doselane/thing/v1/own.proto"
    for path, text in ((proto, "message Thing { string name = 1; }"), (ours, "message Own { string name = 1; }")):
        path.parent.mkdir(parents=True)
        path.write_text(f'syntax = "proto3";\npackage thing.v1;\n{text}\n')
    assert "salesforce/thing/v1/thing_pb2.py" in generator.out_of_step(tmp_path)
    generator.write(tmp_path)
    assert generator.out_of_step(tmp_path) == []
    assert (proto.parent / "thing_pb2.py").exists()
    published = descriptors(tmp_path / "doselane/descriptors.binpb")
    assert [file.name for file in published.file] == ["doselane/thing/v1/own.proto"]


def test_buf_has_nothing_to_say_about_the_protos() -> None:
    assert buf_lint(CURRENT) == ""


def test_a_declaration_without_a_comment_is_found(tmp_path: Path) -> None:
    bare = descriptors(CURRENT)
    for file in bare.file:
        for location in file.source_code_info.location:
            location.ClearField("leading_comments")
    assert "non-empty comment" in buf_lint(saved(bare, tmp_path))


def test_nothing_that_was_released_is_taken_back_before_its_day(tmp_path: Path) -> None:
    assert RELEASED.exists(), "run `make release-contracts` and commit what it writes"
    kept = without_what_may_go(descriptors(RELEASED), descriptors(CURRENT), today())
    assert buf_breaking(CURRENT, saved(kept, tmp_path)) == ""


def test_a_field_taken_back_is_found(tmp_path: Path) -> None:
    broken = descriptors(CURRENT)
    slotting = next(file for file in broken.file if file.name == "doselane/slotting/v1/slotting.proto")
    slot = next(message for message in slotting.message_type if message.name == "Slot")
    gone = slot.field.pop()
    assert f'"{gone.name}"' in buf_breaking(saved(broken, tmp_path), CURRENT)


def test_a_call_taken_back_is_found(tmp_path: Path) -> None:
    broken = descriptors(CURRENT)
    slotting: FileDescriptorProto = next(file for file in broken.file if file.name.endswith("slotting.proto"))
    gone = slotting.service[0].method.pop()
    assert f'"{gone.name}"' in buf_breaking(saved(broken, tmp_path), CURRENT)


def descriptors(path: Path) -> FileDescriptorSet:
    return FileDescriptorSet.FromString(path.read_bytes())


def saved(descriptor_set: FileDescriptorSet, folder: Path) -> Path:
    path = folder / "descriptors.binpb"
    path.write_bytes(descriptor_set.SerializeToString(deterministic=True))
    return path


def buf_lint(image: Path) -> str:
    return run_buf("lint", str(image))


def buf_breaking(image: Path, against: Path) -> str:
    return run_buf("breaking", str(image), "--against", str(against))


def run_buf(*arguments: str) -> str:
    """What buf found; anything but findings is a fault of the call itself."""
    answer = subprocess.run(
        [tools.buf(), *arguments, "--config", str(ROOT / "buf.yaml")],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert answer.returncode in (0, 100), answer.stderr
    return answer.stdout
