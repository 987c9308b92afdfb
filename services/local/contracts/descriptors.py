"""The published language as this installation has it."""

import importlib
import pkgutil
from importlib import resources

import doselane
from google.protobuf.descriptor_pb2 import FileDescriptorSet


def descriptors_of_today() -> FileDescriptorSet:
    """The protos as they are, with their comments."""
    return FileDescriptorSet.FromString(descriptor_bytes())


def descriptor_bytes() -> bytes:
    """The descriptor set that is generated beside the stubs."""
    return (resources.files(doselane) / "descriptors.binpb").read_bytes()


def load_stubs() -> None:
    """Makes every generated message known, so that an `Any` among the details of an error can be read."""
    for module in pkgutil.walk_packages(doselane.__path__, "doselane."):
        if module.name.endswith("_pb2"):
            importlib.import_module(module.name)
