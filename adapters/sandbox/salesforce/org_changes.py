"""What changes in an organisation, told on its bus."""

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime
from typing import Any

from adapters.sandbox.salesforce.bus import SalesforceBus
from adapters.sandbox.salesforce.fields import OrgObject
from adapters.sandbox.salesforce.org import Org, OrgChange

_AVRO = {"double": "double", "currency": "double", "percent": "double", "int": "int", "boolean": "boolean",
         "datetime": "long", "date": "long"}  # fmt: skip
# They are there, and whoever looks at a change sees when the record was changed.
_STANDING = {"CreatedDate": "datetime", "LastModifiedDate": "datetime"}


def tell_changes(org: Org, bus: SalesforceBus, objects: Collection[str], *, client: str = "") -> None:
    """Defines the change events of these objects, and tells each change from now on; those of `client` as its own."""
    kinds = {name: _kinds(org.sobject(name)) for name in objects}
    for name, fields in kinds.items():
        bus.define_object(name, {each: _AVRO.get(kind, "string") for each, kind in fields.items()})

    def tell(change: OrgChange) -> None:
        if change.sobject in kinds:
            before = _wire(kinds[change.sobject], change.before) if change.kind != "CREATE" else None
            after = _wire(kinds[change.sobject], change.after) if change.kind != "DELETE" else None
            bus.record_changed(change.sobject, [change.record_id], before, after, client=client, user=change.by)

    org.listeners.append(tell)


def _kinds(made: OrgObject) -> dict[str, str]:
    """The fields that the log-in's user may see, with their types."""
    return {**_STANDING, **{each.name: each.type for each in made.fields if each.visible}}


def _wire(kinds: Mapping[str, str], record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _value(kind, record.get(name)) for name, kind in kinds.items()}


def _value(kind: str, value: Any) -> Any:
    """A value as Avro has it: dates and times as milliseconds since 1970."""
    if value is None:
        return None
    if kind == "datetime":
        return round(datetime.fromisoformat(value).timestamp() * 1000)
    if kind == "date":
        return round(datetime.combine(date.fromisoformat(value), datetime.min.time(), UTC).timestamp() * 1000)
    if _AVRO.get(kind) == "double":
        return float(value)
    return int(value) if kind == "int" else value
