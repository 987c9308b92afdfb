"""Generates the Python stubs and the descriptor set from the .proto files, or checks that they are in step.

python proto/generate.py            write the stubs beside the protos
python proto/generate.py --check    exit 1 and name each file that is out of step
"""

import argparse
import filecmp
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from protovalidate._gen.buf.validate import validate_pb

PROTO = Path(__file__).resolve().parent
DESCRIPTORS = Path("doselane/descriptors.binpb")
OURS = "doselane"
# What others speak: stubs beside the proto, and no part of the descriptor set, which is what we publish.
THEIRS = ("salesforce",)
GENERATED = ("*_pb2.py", "*_pb2.pyi", "*_pb2_grpc.py")
# The client stands among the packages, and nobody generates it.
BY_HAND = Path("doselane/client")
PACKAGE_DOCSTRING = '"""Stubs generated from the protos in this folder; `make proto` writes them."""\n'


def proto_files(root: Path = PROTO, folder: str = OURS) -> list[str]:
    """Names of our protos, relative to `root`, in a fixed order so that the output never depends on the disk."""
    return sorted(path.relative_to(root).as_posix() for path in (root / folder).rglob("*.proto"))


def include_dirs() -> list[Path]:
    """Where google/protobuf, google/api and google/rpc live: both ship their .proto files inside their wheels."""
    grpc_tools, common = find_spec("grpc_tools"), find_spec("google.api.annotations_pb2")
    assert grpc_tools and grpc_tools.origin and common and common.origin
    return [Path(grpc_tools.origin).parent / "_proto", Path(common.origin).parents[2]]


def validate_descriptor() -> FileDescriptorProto:
    """buf/validate/validate.proto, whose options say what a request must be, from the package that judges by them."""
    return FileDescriptorProto.FromString(validate_pb._DESC.proto.to_binary())


def generate(target: Path, root: Path = PROTO) -> None:
    """Writes every generated file under `target`, which mirrors proto/."""
    ours, theirs = proto_files(root), [name for folder in THEIRS for name in proto_files(root, folder)]
    for name in ours + theirs:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
    described = target / "validate.binpb"
    described.write_bytes(FileDescriptorSet(file=[validate_descriptor()]).SerializeToString())
    _compile(
        target,
        root,
        ours,
        f"--descriptor_set_in={described}",
        f"--descriptor_set_out={target / DESCRIPTORS}",
        "--include_imports",
        "--include_source_info",
    )
    described.unlink()
    if theirs:
        _compile(target, root, theirs)
    _drop_empty_service_stubs(target)
    for name in ours + theirs:
        for folder in (target / name).relative_to(target).parents:
            if folder.parts:
                (target / folder / "__init__.py").write_text(PACKAGE_DOCSTRING)


def _compile(target: Path, root: Path, names: list[str], *more: str) -> None:
    # A process of its own: compiler and solver bring two copies of one C++ library, which cannot share a process.
    arguments = [
        *(sys.executable, "-m", "grpc_tools.protoc"),
        f"-I{root}",
        *(f"-I{path}" for path in include_dirs()),
        f"--python_out={target}",
        f"--pyi_out={target}",
        f"--grpc_python_out={target}",
        *more,
        *names,
    ]
    if subprocess.run(arguments, check=False).returncode != 0:
        raise SystemExit("protoc refused the protos; its messages are above.")


def out_of_step(root: Path = PROTO) -> list[str]:
    """Names of generated files that differ from what the protos say, are missing, or have no proto any more."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder)
        generate(target, root)
        fresh, present = set(_generated_in(target)), set(_generated_in(root))
        changed = {name for name in fresh & present if not filecmp.cmp(target / name, root / name, shallow=False)}
        return sorted(path.as_posix() for path in changed | (fresh ^ present))


def write(root: Path = PROTO) -> int:
    """Replaces what is out of step, touching no other file, and says how many files that were."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder)
        generate(target, root)
        fresh, written = set(_generated_in(target)), 0
        for name in sorted(set(_generated_in(root)) - fresh):
            (root / name).unlink()
            written += 1
        for name in sorted(fresh):
            if not (root / name).exists() or not filecmp.cmp(target / name, root / name, shallow=False):
                shutil.copyfile(target / name, root / name)
                written += 1
        return written


def main() -> int:
    """Runs from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if anything is out of step")
    if parser.parse_args().check:
        stale = out_of_step()
        for name in stale:
            print(f"proto/{name} is out of step with the protos; run `make proto`.", file=sys.stderr)
        return 1 if stale else 0
    print(f"{len(proto_files())} protos read, {write()} generated files changed.")
    return 0


def _generated_in(root: Path) -> Iterator[Path]:
    """Every generated file below `root`, and each package's __init__.py, relative to it."""
    for pattern in (*GENERATED, "__init__.py", DESCRIPTORS.name):
        for folder in (OURS, *THEIRS):
            found = (path.relative_to(root) for path in (root / folder).rglob(pattern))
            yield from (path for path in found if not path.is_relative_to(BY_HAND))


def _drop_empty_service_stubs(target: Path) -> None:
    """protoc writes a *_pb2_grpc.py for protos without a service too; they hold nothing and would only be noise."""
    for path in target.rglob("*_pb2_grpc.py"):
        if "add_" not in path.read_text():
            path.unlink()


if __name__ == "__main__":
    sys.exit(main())
