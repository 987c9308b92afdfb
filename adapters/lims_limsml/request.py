"""A LIMSML request as text. Its credentials are obscured with the text of its own transactions, so each byte counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from adapters.outbound import Declined

NAMESPACE = "http://www.thermo.com/informatics/xmlns/limsml/1.0"
_DECLARATION = '<?xml version="1.0" encoding="utf-8"?>'
_DECLARED = (
    'xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LimsmlEntity:
    """What a transaction is about; only the outermost one has a command."""

    type: str
    command: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    children: tuple["LimsmlEntity", ...] = ()


@dataclass(frozen=True, slots=True)
class LimsmlTransaction:
    """One thing that is asked of the LIMS."""

    entity: LimsmlEntity
    response_type: str = "data"

    @property
    def text(self) -> str:
        """As it stands in the body of a request. Raises Declined if a value cannot be sent."""
        return f"<transaction>{self._system('')}</transaction>"

    @property
    def document(self) -> str:
        """As a document of its own, which the key of the credentials is made of."""
        system = self._system(f' xmlns="{NAMESPACE}"')
        return f"{_DECLARATION}<transaction {_DECLARED}>{system}</transaction>"

    def _system(self, declared: str) -> str:
        return f'<system response_type="{self.response_type}"{declared}>{_entity(self.entity)}</system>'


def request_text(header: Mapping[str, str], transactions: Sequence[LimsmlTransaction]) -> str:
    """The whole request; `header` as it is to be sent, in its order."""
    told = "".join(f'<parameter name="{name}">{value}</parameter>' for name, value in header.items())
    body = "".join(each.text for each in transactions)
    start = f'<limsml {_DECLARED} xmlns="{NAMESPACE}">'
    return f"{_DECLARATION}{start}<header>{told}</header><body>{body}</body></limsml>"


def _entity(entity: LimsmlEntity) -> str:
    fields = "".join(
        f'<field id="{name}" direction="in" datatype="Text">{_value(name, value)}</field>'
        for name, value in entity.fields.items()
    )
    parts = (
        _part("actions", _action(entity) if entity.command else ""),
        _part("fields", fields),
        _part("children", "".join(map(_entity, entity.children))),
    )
    return f'<entity type="{entity.type.upper()}">{"".join(parts)}</entity>'


def _action(entity: LimsmlEntity) -> str:
    parameters = "".join(
        f'<parameter name="{name.upper()}">{_value(name, value)}</parameter>'
        for name, value in entity.parameters.items()
    )
    return f"<action><command>{entity.command.upper()}</command>{parameters}</action>"


def _part(name: str, inner: str) -> str:
    """An empty element has a blank before its stroke: it is part of what the key is made of."""
    return f"<{name}>{inner}</{name}>" if inner else f"<{name} />"


def _value(name: str, value: str) -> str:
    """A value. How an empty one, or one beyond ASCII, enters the key is nowhere confirmed, so none is sent."""
    if not value or not (value.isascii() and value.isprintable()):
        raise Declined(f"{name} must be printable ASCII, and not empty, to be sent by LIMSML: {value!r}")
    return escape(value)
