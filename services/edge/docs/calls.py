"""Pages of calls: one a service, each call with its address, its gRPC name, its scope, an example and what it takes."""

import json
from collections.abc import Iterator

from services.edge.api import Api, Binding
from services.edge.docs.markdown import anchor, code, plain, table
from services.edge.docs.messages import fields_table, link
from services.edge.openapi.deprecated import described
from services.edge.openapi.examples import Examples
from services.edge.requests import WHOLE

FOLDER = "reference/calls"
# What a newcomer looks for.
_FIRST = ("doselane.slotting.v1.SlottingService", "doselane.status.v1.StatusService", "doselane.streams.v1.FeedService")


def pages(api: Api) -> Iterator[tuple[str, str, str]]:
    """Path, title and text of the page of each service."""
    examples = Examples(api)
    services = {binding.method.containing_service.full_name for binding in api.bindings}
    for service in sorted(services, key=lambda name: (name not in _FIRST, name)):
        own = [each for each in api.bindings if each.method.containing_service.full_name == service]
        name = own[0].method.containing_service.name
        text = f"# {name}\n\n{plain(api.comment(service))}\n\ngRPC: `{service}`\n\n{_summary(api, own)}\n"
        yield page_of(service), name, text + "".join(_call(api, examples, each) for each in own)


def page_of(service: str) -> str:
    """The page of a service, from the top of the site."""
    return f"{FOLDER}/{service.rpartition('.')[2]}.md"


def address(api: Api, binding: Binding) -> str:
    """The method and the address of a call, `GET /v1/slots/{slot}`."""
    return f"{binding.http_method} {binding.template.openapi(api.singular_of)[0]}"


def _summary(api: Api, own: list[Binding]) -> str:
    rows = ((f"[{each.method.name}](#{_place(each)})", f"`{address(api, each)}`", _first(api, each)) for each in own)
    return table(("call", "address", "what it does"), rows)


def _call(api: Api, examples: Examples, binding: Binding) -> str:
    method = binding.method
    text = f"## {method.name} {{ #{_place(binding)} }}\n\n"
    text += code(address(api, binding), "text")
    text += f"\n{plain(described(method, api.comment(method.full_name)))}\n\n"
    text += f"Scope: {', '.join(f'`{scope}`' for scope in binding.scopes)}. {_signing(binding)}\n\n"
    text += f"gRPC: `{method.full_name.rpartition('.')[0]}/{method.name}`\n\n"
    text += fields_table(api, method.input_type.fields)
    if binding.body:
        shown = json.dumps(examples.body(binding), indent=2, ensure_ascii=False)
        part = "" if binding.body == WHOLE else f" (the field `{binding.body}`; the rest is in address and query)"
        text += f"\nAn example of its body{part}:\n\n{code(shown, 'json')}"
    return f"{text}\n{_answer(binding)}\n\n"


def _answer(binding: Binding) -> str:
    answered = link(binding.method.output_type)
    if not binding.streams:
        also = f", or as `{binding.text_answer.media_type}`" if binding.text_answer else ""
        return f"Answers with {answered}{also}."
    end = "It goes on until you close it." if binding.goes_on else "It ends with an event named `end`."
    return f"Answers with a stream of {answered}: over HTTP as server-sent events. {end}"


def _signing(binding: Binding) -> str:
    if not binding.signer_roles:
        return ""
    return f"Signs, as one of {', '.join(f'`{role}`' for role in binding.signer_roles)}, who has just authenticated."


def _first(api: Api, binding: Binding) -> str:
    told = api.comment(binding.method.full_name)
    return plain(told.partition(". ")[0].rstrip(".") + ".")


def _place(binding: Binding) -> str:
    """A second address of a call has a place of its own."""
    return anchor(f"{binding.method.name}-{binding.http_method}-{binding.template.text}".translate(_NO_PLACE))


_NO_PLACE = {ord(mark): "-" for mark in "/{}=*:"}
