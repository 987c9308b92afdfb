"""Values that only the provider knows, put into a request: Pact does it for HTTP and leaves it to us for messages."""

import copy
import re
from collections.abc import Mapping
from typing import Any

_NAME = re.compile(r"\$\{([^}]+)\}")
_STEP = re.compile(r"\.([A-Za-z_][\w-]*)|\['([^']+)'\]|\[(\d+)\]")


class StateValueMissing(LookupError):
    """The contract wants a value that its provider states do not give, or wants it where there is nothing."""


def with_state_values(request: Mapping[str, Any], values: Mapping[str, Any]) -> tuple[Any, dict[str, str]]:
    """Contents and metadata of a message's request, with the values of the provider's states put in."""
    generators = request.get("generators", {})
    contents = copy.deepcopy(request.get("contents", {}).get("content") or {})
    metadata = {name: str(value) for name, value in request.get("metadata", {}).items()}
    for path, generator in generators.get("body", {}).items():
        if generator["type"] == "ProviderState":
            _put(contents, path, _filled(generator["expression"], values))
    for name, generator in generators.get("metadata", {}).items():
        if generator["type"] == "ProviderState":
            metadata[name] = str(_filled(generator["expression"], values))
    return contents, metadata


def _filled(expression: str, values: Mapping[str, Any]) -> Any:
    for name in _NAME.findall(expression):
        if name not in values:
            known = ", ".join(sorted(values)) or "nothing"
            raise StateValueMissing(f"No state of this interaction gives `{name}`; they give {known}.")
    if whole := _NAME.fullmatch(expression):
        return values[whole[1]]
    return _NAME.sub(lambda found: str(values[found[1]]), expression)


def _put(contents: Any, path: str, value: Any) -> None:
    """Sets what lies at a path such as `$.demand.lines[0].run`."""
    steps: list[Any] = [int(index) if index else name or quoted for name, quoted, index in _STEP.findall(path[1:])]
    try:
        for step in steps[:-1]:
            contents = contents[step]
        contents[steps[-1]] = value
    except (LookupError, TypeError):
        raise StateValueMissing(
            f"The contents of the request have no {path}, for which there is a generator."
        ) from None
