from doselane.status.v1 import status_pb2 as _status_pb2
from doselane.type.v1 import options_pb2 as _options_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DoseUpdated(_message.Message):
    __slots__ = ("dose", "entry")
    DOSE_FIELD_NUMBER: _ClassVar[int]
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    dose: _status_pb2.Dose
    entry: _status_pb2.TimelineEntry
    def __init__(self, dose: _Optional[_Union[_status_pb2.Dose, _Mapping]] = ..., entry: _Optional[_Union[_status_pb2.TimelineEntry, _Mapping]] = ...) -> None: ...
