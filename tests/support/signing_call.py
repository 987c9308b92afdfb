"""A call that signs, as small as there can be, described as a proto of ours would be; and who answers it."""

from doselane.type.v1.options_pb2 import Signing, required_scope, signing
from google.api.annotations_pb2 import http
from google.api.http_pb2 import HttpRule
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto, MethodDescriptorProto
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from services.edge.api import Api, bindings_of
from services.kernel import rpc

PACKAGE = "doselane.tests.signing.v1"
SCOPE, ROLES = "notes.sign", ("quality.designated_person", "quality.qualified_person")
ADDRESS = "/v1/notes:approve"


def described(package: str = PACKAGE, roles: tuple[str, ...] = ROLES, *, streams: bool = False) -> FileDescriptorProto:
    """The file that describes the call; a test may spoil it, in a package of its own."""
    file = FileDescriptorProto(name=f"{package}.proto", package=package, syntax="proto3")
    note = file.message_type.add(name="Note")
    for number, name in enumerate(("text", "signed_by", "token_id"), 1):
        label, kind = FieldDescriptorProto.LABEL_OPTIONAL, FieldDescriptorProto.TYPE_STRING
        note.field.add(name=name, number=number, label=label, type=kind)
    name = f".{package}.Note"
    call = MethodDescriptorProto(name="ApproveNote", input_type=name, output_type=name, server_streaming=streams)
    call.options.Extensions[required_scope] = SCOPE
    call.options.Extensions[signing].CopyFrom(Signing(roles=roles))
    call.options.Extensions[http].CopyFrom(HttpRule(post=ADDRESS, body="*"))
    file.service.add(name="NoteService").method.append(call)
    return file


def service_of(file: FileDescriptorProto) -> ServiceDescriptor:
    """The service, added to the pool the first time."""
    pool = descriptor_pool.Default()
    try:
        return pool.FindServiceByName(f"{file.package}.NoteService")
    except KeyError:
        pool.Add(file)
        return pool.FindServiceByName(f"{file.package}.NoteService")


def a_note(text: str = "") -> Message:
    """A request, which has the shape of the answer."""
    return GetMessageClass(service_of(described()).file.message_types_by_name["Note"])(text=text)


def api() -> Api:
    """The call as the HTTP door reads it."""
    file = described()
    service_of(file)
    return Api(tuple(bindings_of([file])), {}, {}, {})


class NoteServicer:
    """Answers with who signed."""

    async def ApproveNote(self, request: Message, call: rpc.Call) -> Message:
        signer = call.signer
        assert signer is not None
        return type(request)(text=request.text, signed_by=signer.printed_name, token_id=signer.token_id)
