"""A small language of its own, compiled from `flight.proto`, for tests of what is derived from any proto."""

import subprocess
import sys
import tempfile
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from doselane.described import comments
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from protovalidate._gen.buf.validate import validate_pb

from services.edge.api import Api, Binding, bindings_of
from services.edge.openapi import document

PACKAGE = "doselane.tests.flight.v1"
HERE = Path(__file__).parent


@cache
def described() -> FileDescriptorProto:
    """The file with its comments; its declarations are in the pool from now on."""
    tools, common = find_spec("grpc_tools"), find_spec("google.api.annotations_pb2")
    assert tools and tools.origin and common and common.origin
    include = [HERE, HERE.parents[1] / "proto", Path(tools.origin).parent / "_proto", Path(common.origin).parents[2]]
    with tempfile.TemporaryDirectory() as folder:
        known, found = Path(folder, "validate.binpb"), Path(folder, "flight.binpb")
        known.write_bytes(validate_pb._DESC.proto.to_binary())
        known.write_bytes(
            FileDescriptorSet(file=[FileDescriptorProto.FromString(known.read_bytes())]).SerializeToString()
        )
        command = [
            *(sys.executable, "-m", "grpc_tools.protoc"),
            *(f"-I{path}" for path in include),
            f"--descriptor_set_in={known}",
            f"--descriptor_set_out={found}",
            "--include_imports",
            "--include_source_info",
            "flight.proto",
        ]
        # A process of its own: compiler and solver bring two copies of one C++ library, which cannot share a process.
        subprocess.run(command, check=True)
        files = FileDescriptorSet.FromString(found.read_bytes()).file
    pool = descriptor_pool.Default()
    for file in files:
        try:
            pool.FindFileByName(file.name)
        except KeyError:
            pool.AddSerializedFile(file.SerializeToString())
    return files[-1]


@cache
def api() -> Api:
    """Its calls, with what its comments say."""
    file = described()
    return Api(
        tuple(bindings_of([file])),
        dict(comments(file)),
        {"flights": "flight", "airports": "airport"},
        {"flight": "flights/{flight}"},
    )


@cache
def flights() -> dict[str, Any]:
    """The document of its calls."""
    return document(api(), "1.2.3", "/oauth/token", "https://doselane.example")


def message(name: str) -> Descriptor:
    """A message of it."""
    described()
    return descriptor_pool.Default().FindMessageTypeByName(f"{PACKAGE}.{name}")


def field(path: str) -> FieldDescriptor:
    """A field of it: `Kinds.a_bool`."""
    owner, _, name = path.partition(".")
    return message(owner).fields_by_name[name]


def binding(key: str) -> Binding:
    """A call of it by its address: `GET /v1/flights:watch`."""
    return next(each for each in api().bindings if each.key == key)


def operation(name: str) -> dict[str, Any]:
    """An operation of the document by its id."""
    found = [each for path in flights()["paths"].values() for each in path.values() if each["operationId"] == name]
    assert len(found) == 1, name
    return found[0]


def parameters(name: str) -> dict[str, dict[str, Any]]:
    """The parameters of an operation, by their names."""
    return {each["name"]: each for each in operation(name)["parameters"]}
