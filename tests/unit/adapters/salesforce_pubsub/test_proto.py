"""Our proto of the Pub/Sub API beside Salesforce's own: what both have is the same on the wire."""

import subprocess
import sys
from pathlib import Path

from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto, FileDescriptorSet
from salesforce.eventbus.v1 import pubsub_pb2

from tests.support.interfaces import interface


def theirs(folder: Path) -> FileDescriptorProto:
    path, out = interface("salesforce/pubsub_api.proto"), folder / "theirs.binpb"
    command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{path.parent}", f"--descriptor_set_out={out}", path.name]
    subprocess.run(command, check=True, timeout=60)
    return FileDescriptorSet.FromString(out.read_bytes()).file[0]


def shapes(message: DescriptorProto) -> dict[str, tuple[int, int, int, str]]:
    return {field.name: (field.number, field.type, field.label, field.type_name) for field in message.field}


def test_what_we_have_of_it_is_as_salesforce_has_it(tmp_path: Path) -> None:
    their_file, ours = theirs(tmp_path), FileDescriptorProto()
    pubsub_pb2.DESCRIPTOR.CopyToProto(ours)
    assert ours.package == their_file.package
    messages = {message.name: shapes(message) for message in their_file.message_type}
    assert {message.name: shapes(message) for message in ours.message_type} == {
        name: messages[name] for name in [each.name for each in ours.message_type]
    }
    assert [sorted((v.name, v.number) for v in each.value) for each in ours.enum_type] == [
        sorted((v.name, v.number) for v in each.value) for each in their_file.enum_type
    ]
    calls = {
        call.name: (call.input_type, call.output_type, call.client_streaming, call.server_streaming)
        for call in their_file.service[0].method
    }
    for call in ours.service[0].method:
        is_like = (call.input_type, call.output_type, call.client_streaming, call.server_streaming)
        assert calls.pop(call.name) == is_like
    assert sorted(calls) == ["ManagedSubscribe"]
    assert sorted(set(messages) - {each.name for each in ours.message_type}) == [
        "CommitReplayRequest", "CommitReplayResponse", "ManagedFetchRequest", "ManagedFetchResponse",
    ]  # fmt: skip
