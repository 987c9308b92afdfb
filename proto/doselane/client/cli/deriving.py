"""Commands made of what the protos say: a call's fields are the options, their comments the help.

`words` of a call are the command; the fields `name` and `parent` (or the one named) are its argument, a message inside
the request gives its fields the name before theirs (`administration.time` is `--administration-time`), but for the
one message that a request is about (`demand`). Of bytes an option names the file that holds them. Of an update what is
said is changed: the mask names it, and the argument is the name of what is updated.
"""

import importlib
import inspect
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from typing import Annotated, Any

import typer
from google.api.field_behavior_pb2 import IDENTIFIER, OUTPUT_ONLY, REQUIRED, field_behavior
from google.api.resource_pb2 import resource, resource_reference
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from doselane.client.cli.calling import AsJson, as_dict, errors, help_of, invocation, output, run, write_json
from doselane.client.cli.showing import show_list, show_message
from doselane.client.cli.values import Unreadable, value_of
from doselane.client.gateway import Gateway
from doselane.client.paging import PAGE_SIZE_MAX, listed
from doselane.described import comments, descriptors

ARGUMENTS = ("name", "parent")
# The one message that a request is about needs no name before its fields; what only the gateway sets is no option.
WRAPPERS = ("demand", "endpoint", "raw")
# Messages that are one value: an option takes their text.
TEXTS = ("google.protobuf.Timestamp", "google.protobuf.Duration")
PAGED = ("page_size", "page_token")
MASK = "update_mask"
_BEGINNING = re.compile(r"\^([a-zA-Z]+/)\[")


@dataclass(frozen=True, slots=True)
class DerivedCommand:
    """One command: its words, its call, an example of what follows the words, and what a list of it shows."""

    words: str
    call: str  # such as doselane.slotting.v1.SlottingService/ClaimSlot
    example: str
    columns: str = ""  # paths in the JSON form of what is listed, with blanks between
    argument: str = ""
    names: Mapping[str, str] = field(default_factory=dict)  # shorter ones of options, by the path of the field
    timeout_s: float | None = None


@dataclass(frozen=True, slots=True)
class DerivedOption:
    """One option: the field that it fills, and how it is named."""

    path: tuple[str, ...]
    field: FieldDescriptor
    name: str
    is_argument: bool
    of_update: bool = False  # what is not said stays as it is, so nothing has to be

    @property
    def key(self) -> str:
        """What Python calls it."""
        return "_".join(self.path)

    @property
    def shown(self) -> str:
        """What people call it."""
        return self.field.name.upper() if self.is_argument else f"--{self.name}"


@cache
def _comments() -> Mapping[str, str]:
    return {name: text for file in descriptors().file for name, text in comments(file)}


@cache
def _file_of_service() -> Mapping[str, str]:
    return {f"{file.package}.{service.name}": file.name for file in descriptors().file for service in file.service}


@cache
def _pattern_of_resource() -> Mapping[str, str]:
    return {
        message.options.Extensions[resource].type: message.options.Extensions[resource].pattern[0]
        for file in descriptors().file
        for message in file.message_type
        if message.options.HasExtension(resource)
    }


def method_of(call: str) -> MethodDescriptor:
    """The method `package.Service/Method`."""
    service, _, name = call.partition("/")
    importlib.import_module(_file_of_service()[service].removesuffix(".proto").replace("/", ".") + "_pb2")
    found: MethodDescriptor = descriptor_pool.Default().FindServiceByName(service).methods_by_name[name]
    return found


def callable_of(gateway: Gateway, method: MethodDescriptor) -> Callable[..., Any]:
    """The call, as a stub would have it."""
    made = gateway.unary_stream if method.server_streaming else gateway.unary_unary
    request, response = GetMessageClass(method.input_type), GetMessageClass(method.output_type)
    path = f"/{method.containing_service.full_name}/{method.name}"
    return made(path, request.SerializeToString, response.FromString)


def options_of(
    command: DerivedCommand, described: Descriptor, before: tuple[str, ...] = (), *, of_update: bool = False
) -> Iterator[DerivedOption]:
    """The options of a request, in the order of its fields."""
    updates = of_update or MASK in described.fields_by_name
    for each in described.fields:
        path = (*before, each.name)
        if (each.name in (*PAGED, MASK) and not before) or (before and _is_the_gateways(each)):
            continue
        message = each.message_type
        if message and message.full_name not in TEXTS:
            if updates and each.name in WRAPPERS and not before:
                yield DerivedOption((*path, "name"), message.fields_by_name["name"], "name", is_argument=True)
            if not each.is_repeated:
                yield from options_of(command, message, path, of_update=updates)
            continue
        argument = not before and each.name in (command.argument or ARGUMENTS)
        named = [part for part in path if part not in WRAPPERS]
        name = command.names.get(".".join(path), "-".join(named).replace("_", "-"))
        yield DerivedOption(path, each, name, argument, updates)


def _is_the_gateways(described: FieldDescriptor) -> bool:
    return not {OUTPUT_ONLY, IDENTIFIER}.isdisjoint(described.GetOptions().Extensions[field_behavior])


def add(app: typer.Typer, command: DerivedCommand) -> None:
    """Adds the command to the application of its words' first part."""
    method = method_of(command.call)
    options = list(options_of(command, method.input_type))
    is_list = "page_token" in method.input_type.fields_by_name

    def made(context: typer.Context, **given: Any) -> None:
        asked = invocation(context, given.pop("as_json"))
        limit, page_token = given.pop("limit", 0), given.pop("page_token", "")
        request = request_of(method, options, given)
        where = {".".join(each.path): each.shown for each in options}
        if is_list:
            request.page_token = page_token  # type: ignore[attr-defined]
            answer = run(asked, lambda gateway: _pages(callable_of(gateway, method), request, limit), where)
        else:
            answer = run(asked, lambda gateway: _answer(gateway, method, request, command.timeout_s), where)
        if asked.as_json:
            write_json(as_dict(answer))
        elif is_list:
            show_list(output(), as_dict(answer), listed(answer).json_name, command.columns.split())
        else:
            show_message(output(), as_dict(answer))

    parameters = [inspect.Parameter("context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)]
    parameters += [_parameter(each) for each in sorted(options, key=lambda option: not option.is_argument)]
    parameters += _PAGING if is_list else []
    parameters.append(_keyword("as_json", AsJson, False))
    made.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    made.__annotations__ = {each.name: each.annotation for each in parameters}
    app.command(
        command.words.split()[-1], help=help_of(_comments()[method.full_name], f"{command.words} {command.example}")
    )(made)


def request_of(method: MethodDescriptor, options: list[DerivedOption], given: Mapping[str, Any]) -> Message:
    """The request that options say. typer.BadParameter for a text that is no value of its field."""
    request: Message = GetMessageClass(method.input_type)()
    for each in options:
        said = given[each.key]
        if said is None or said == [] or said is False:  # to set it would make up the message that it is in
            continue
        holder: Any = request
        for part in each.path[:-1]:
            holder = getattr(holder, part)
        try:
            if each.field.is_repeated:
                getattr(holder, each.path[-1]).extend(_value(each, one) for one in said)
            elif each.field.message_type:
                getattr(holder, each.path[-1]).CopyFrom(value_of(each.field, said))
            else:
                setattr(holder, each.path[-1], _value(each, said))
        except Unreadable as wrong:
            raise typer.BadParameter(str(wrong), param_hint=each.shown) from None
        if MASK in method.input_type.fields_by_name and len(each.path) > 1 and not each.is_argument:
            paths = getattr(request, MASK).paths
            paths.extend({each.path[1]} - set(paths) - {"etag"})
    return request


def _value(option: DerivedOption, said: Any) -> Any:
    """The value of a field. Of a resource the last part of its name will do: `lakeside` for `sites/lakeside`."""
    if isinstance(said, Enum):
        said = said.value
    if isinstance(said, str) and said and "/" not in said and (found := _collection_of(option.field)):
        return found[0] + said + found[1]
    return value_of(option.field, said)


def _collection_of(described: FieldDescriptor) -> tuple[str, str] | None:
    """What stands before and after the id in names that a field takes: of its resource, or as its pattern begins."""
    options = described.GetOptions()
    own = described.containing_type.GetOptions().Extensions[resource].type if described.name == "name" else ""
    pattern = _pattern_of_resource().get(options.Extensions[resource_reference].type or own, "")
    if pattern.count("{") == 1:
        return pattern.partition("{")[0], pattern.partition("}")[2]
    rules = options.Extensions[descriptor_pool.Default().FindExtensionByName("buf.validate.field")]
    begun = _BEGINNING.match((rules.repeated.items if described.is_repeated else rules).string.pattern)
    return (begun[1], "") if begun else None


async def _answer(gateway: Gateway, method: MethodDescriptor, request: Message, timeout_s: float | None) -> Any:
    with errors().status(f"{method.name} …"):
        return await callable_of(gateway, method)(request, timeout=timeout_s)


async def _pages(call: Callable[..., Awaitable[Any]], request: Any, limit: int) -> Any:
    """So many of a list as one page, with the token of what follows; 0: all of it."""
    field_name, whole, count = "", None, 0
    with errors().status("reading …") as progress:
        while True:
            request.page_size = min(PAGE_SIZE_MAX, limit - count) if limit else PAGE_SIZE_MAX
            page = await call(request)
            field_name = listed(page).name
            found = getattr(page, field_name)
            count += len(found)
            if whole is None:
                whole = page
            else:
                getattr(whole, field_name).extend(found)
                whole.next_page_token = page.next_page_token
            progress.update(f"{count} read …")
            if not page.next_page_token or (limit and count >= limit):
                return whole
            request.page_token = page.next_page_token


def _parameter(option: DerivedOption) -> inspect.Parameter:
    described = _comments().get(option.field.full_name, "")
    required = REQUIRED in option.field.GetOptions().Extensions[field_behavior]
    is_needed = required and not option.of_update and option.field.name != "request_id"
    if option.field.name == "request_id":
        described = "Repeats a call whose answer was lost, by the id that it was made with: it acts once."
    kind: Any = _kind(option.field)
    if option.is_argument:
        return _keyword(
            option.key, Annotated[kind, typer.Argument(help=described, show_default=False)], inspect.Parameter.empty
        )
    said = typer.Option(f"--{option.name}", help=described, show_default=False, case_sensitive=False)
    if option.field.is_repeated:
        return _keyword(option.key, Annotated[list[kind] | None, said], inspect.Parameter.empty if is_needed else None)
    if kind is bool:
        return _keyword(option.key, Annotated[bool, said], False)
    return _keyword(option.key, Annotated[kind | None, said] if not is_needed else Annotated[kind, said],
                    inspect.Parameter.empty if is_needed else None)  # fmt: skip


def _kind(described: FieldDescriptor) -> Any:
    if described.enum_type:
        words = [each.name for each in described.enum_type.values if each.number]
        return Enum(described.enum_type.name, {each: each for each in words})  # type: ignore[misc]
    return {
        FieldDescriptor.CPPTYPE_BOOL: bool,
        FieldDescriptor.CPPTYPE_INT32: int,
        FieldDescriptor.CPPTYPE_INT64: int,
        FieldDescriptor.CPPTYPE_DOUBLE: float,
    }.get(described.cpp_type, str)


def _keyword(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


_PAGING = [
    _keyword("limit", Annotated[int, typer.Option(help="Most to list; 0 lists all there is.", min=0)], 50),
    _keyword(
        "page_token", Annotated[str, typer.Option(help="Goes on where an answer before ended.", show_default=False)], ""
    ),
]
