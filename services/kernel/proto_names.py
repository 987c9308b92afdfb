"""Looks up what a caller named: fields of messages and values of enums.

The library reads a name as C does, up to the first NUL, and fails in another way on half of a character pair; so what
cannot be a name of protobuf is no name here before it is looked up.
"""

from google.protobuf.descriptor import Descriptor, EnumDescriptor, EnumValueDescriptor, FieldDescriptor


def field_named(descriptor: Descriptor, name: str) -> FieldDescriptor | None:
    """The field of this name, in lowerCamelCase or as the proto writes it; None if there is none."""
    if not _can_be_name(name):
        return None
    return descriptor.fields_by_camelcase_name.get(name) or descriptor.fields_by_name.get(name)


def value_named(enum: EnumDescriptor, name: str) -> EnumValueDescriptor | None:
    """The value of this name; None if there is none."""
    return enum.values_by_name.get(name) if _can_be_name(name) else None


def choices_of(enum: EnumDescriptor) -> str:
    """What may be said, in words; the value that is 0 says nothing, and is refused where something has to be said."""
    return f"one of {', '.join(value.name for value in enum.values if value.number)}"


def _can_be_name(text: str) -> bool:
    return text.isascii() and text.isidentifier()
