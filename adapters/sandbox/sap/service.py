"""What an OData V2 service answers to one request, be it on its own or inside a batch."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

from adapters.sandbox.sap.calls import TwinCall, TwinResult, as_json, body_of, listed, only, query_of, whole
from adapters.sandbox.sap.edmx import TwinService, TwinSet, TwinType
from adapters.sandbox.sap.filters import filter_of
from adapters.sandbox.sap.functions import called
from adapters.sandbox.sap.refusals import INVALID, NOT_ALLOWED, NOT_CURRENT, NOT_FOUND, GatewayRefusal, refused
from adapters.sandbox.sap.system import Key, Record, SapSystem
from adapters.sandbox.sap.values import NotAccepted, comparable, of_literal

_SEGMENT = re.compile(r"(?P<name>\w+)(?:\((?P<key>.*)\))?")
_KEY = re.compile(r"\s*(?:(?P<name>\w+)=)?(?P<literal>(?:[A-Za-z]+)?'(?:[^']|'')*'|[^,']+)\s*(?:,|$)")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SAFE = "'(),"


class TwinODataService:
    """A service of the system, under a root address."""

    def __init__(self, system: SapSystem, service: TwinService, root: str, page_size: int) -> None:
        self._system, self._service, self._root, self._page_size = system, service, root.rstrip("/"), page_size

    def answer(self, call: TwinCall) -> TwinResult:
        """The answer; raises GatewayRefusal."""
        segments = [unquote(each) for each in call.path.strip("/").split("/")]
        if segments == ["$metadata"]:
            text = self._service.document.decode()
            return TwinResult(200, text, {"content-type": "application/xml;charset=utf-8"})
        if segments == [""]:
            return as_json({"d": {"EntitySets": list(self._service.sets)}})
        found = _SEGMENT.fullmatch(segments[0])
        name = found["name"] if found else segments[0]
        if name in self._service.functions and len(segments) == 1:
            return self._function(name, call)
        if found is None or name not in self._service.sets:
            raise GatewayRefusal(404, NOT_FOUND, f"Resource not found for the segment '{segments[0]}'")
        into = self._service.sets[name]
        if found["key"] is None:
            return self._collection(into, segments[1:], call)
        record = self._system.find(self._service, into.type, self._key(into.type, found["key"]))
        if len(segments) == 1:
            return self._entity(into, record, call)
        return self._linked(into, record, segments[1:], call)

    # Collections and entities.

    def _collection(self, into: TwinSet, rest: Sequence[str], call: TwinCall) -> TwinResult:
        if call.method == "POST" and not rest:
            if not into.creatable:
                raise GatewayRefusal(405, NOT_ALLOWED, f"Entities of {into.name} cannot be created")
            return self._created(into.type, self._system.create(self._service, into.type, body_of(call), None))
        only(call, "GET")
        if not into.addressable:
            raise refused(NOT_ALLOWED, f"{into.name} is not addressable")
        records = self._system.all(self._service, into.type)
        if list(rest) == ["$count"]:
            kept = self._filtered(into.type, records, query_of(call))
            return TwinResult(200, str(len(kept)), {"content-type": "text/plain;charset=utf-8"})
        return self._page(into.type, records, call, into.name)

    def _linked(self, into: TwinSet, record: Record, rest: Sequence[str], call: TwinCall) -> TwinResult:
        link = into.type.links.get(rest[0])
        if link is None or len(rest) > 1:
            raise GatewayRefusal(404, NOT_FOUND, f"Resource not found for the segment '{rest[0]}'")
        target = self._service.types[link.target]
        if call.method == "POST" and link.is_many:
            made = self._system.create(self._service, target, body_of(call), (into.type, record))
            self._system.touch(self._service, into.type, record)
            return self._created(target, made)
        only(call, "GET")
        records = self._system.linked(self._service, into.type, record, link.name)
        if link.is_many:
            return self._page(target, records, call, call.path.strip("/"))
        if not records:
            raise GatewayRefusal(404, NOT_FOUND, f"Nothing is behind {link.name}")
        return self._shown_entity(target, records[0], call)

    def _entity(self, into: TwinSet, record: Record, call: TwinCall) -> TwinResult:
        method = call.headers.get("x-http-method", call.method).upper() if call.method == "POST" else call.method
        if method == "GET":
            return self._shown_entity(into.type, record, call)
        if method in ("PATCH", "MERGE"):
            if not into.updatable:
                raise GatewayRefusal(405, NOT_ALLOWED, f"Entities of {into.name} cannot be changed")
            self._guard(into.type, record, call)
            self._system.change(self._service, into.type, record, body_of(call))
            etag = self._etag(into.type, record)
            return TwinResult(204, None, {"etag": etag} if etag else {})
        if method == "DELETE":
            if not into.deletable:
                raise GatewayRefusal(405, NOT_ALLOWED, f"Entities of {into.name} cannot be deleted")
            self._guard(into.type, record, call)
            self._system.remove(self._service, into.type, record)
            return TwinResult(204)
        raise GatewayRefusal(405, NOT_ALLOWED, f"{method} is not supported by the twin")

    def _guard(self, entity: TwinType, record: Record, call: TwinCall) -> None:
        etag, given = self._etag(entity, record), call.headers.get("if-match")
        if not etag:
            return
        if given is None:
            raise GatewayRefusal(428, NOT_CURRENT, "The request requires an If-Match header")
        if given not in ("*", etag):
            raise GatewayRefusal(412, NOT_CURRENT, "Precondition failed: the entity was changed meanwhile")

    def _function(self, name: str, call: TwinCall) -> TwinResult:
        function = self._service.functions[name]
        only(call, function.method)
        given = {}
        for parameter, text in parse_qsl(call.query, keep_blank_values=True):
            if parameter in ("$format", "sap-client", "sap-language"):
                continue
            if parameter not in function.parameters:
                raise refused(INVALID, f"{name} has no parameter '{parameter}'", parameter)
            try:
                given[parameter] = of_literal(function.parameters[parameter], text)
            except NotAccepted as wrong:
                raise refused(INVALID, str(wrong), parameter) from None
        result = called(self._system, self._service, function, given)
        if isinstance(result, list):
            return as_json({"d": {"results": result}})
        if function.returns is not None and function.returns.key:
            return as_json({"d": self._shown(function.returns, result, [], [])})
        return as_json({"d": {name: result}})

    # How they are shown.

    def _created(self, entity: TwinType, record: Record) -> TwinResult:
        headers = {"location": self._address(entity, record)}
        if etag := self._etag(entity, record):
            headers["etag"] = etag
        return as_json({"d": self._shown(entity, record, [], [])}, 201, headers)

    def _shown_entity(self, entity: TwinType, record: Record, call: TwinCall) -> TwinResult:
        query = query_of(call)
        select, expand = listed(query.get("$select")), listed(query.get("$expand"))
        etag = self._etag(entity, record)
        return as_json({"d": self._shown(entity, record, select, expand)}, 200, {"etag": etag} if etag else {})

    def _page(self, entity: TwinType, records: list[Record], call: TwinCall, path: str) -> TwinResult:
        query = query_of(call)
        kept = self._ordered(entity, self._filtered(entity, records, query), query.get("$orderby", ""))
        wanted = kept[whole(query, "$skip", 0) :]
        wanted = wanted[: whole(query, "$top", len(wanted))]
        start = whole(query, "$skiptoken", 0)
        select, expand = listed(query.get("$select")), listed(query.get("$expand"))
        results = [self._shown(entity, each, select, expand) for each in wanted[start : start + self._page_size]]
        shown: dict[str, Any] = {"results": results}
        if query.get("$inlinecount") == "allpages":
            shown["__count"] = str(len(kept))
        if start + self._page_size < len(wanted):
            following = {**query, "$skiptoken": str(start + self._page_size)}
            text = "&".join(f"{name}={quote(value, safe='')}" for name, value in following.items())
            shown["__next"] = f"{self._root}/{path}?{text}"
        return as_json({"d": shown})

    def _shown(self, entity: TwinType, record: Record, select: Sequence[str], expand: Sequence[str]) -> Record:
        address = self._address(entity, record)
        shown: Record = {
            "__metadata": {"id": address, "uri": address, "type": f"{self._service.namespace}.{entity.name}"}
        }
        if etag := self._etag(entity, record):
            shown["__metadata"]["etag"] = etag
        for name in (*select, *(each.partition("/")[0] for each in expand)):
            first = name.partition("/")[0]
            if first not in (*entity.fields, *entity.links, "*"):
                raise refused(INVALID, f"Property '{first}' not found in type '{entity.name}'", first)
        shown |= {name: record[name] for name in entity.fields if not select or name in select or "*" in select}
        for link in entity.links.values():
            below = [each.partition("/")[2] for each in expand if each.partition("/")[0] == link.name]
            if not below and not select:
                shown[link.name] = {"__deferred": {"uri": f"{address}/{link.name}"}}
            if not below:
                continue
            chosen = [each.partition("/")[2] for each in select if each.startswith(f"{link.name}/")]
            deeper = [each for each in below if each]
            target = self._service.types[link.target]
            linked = self._system.linked(self._service, entity, record, link.name)
            many = [self._shown(target, each, chosen, deeper) for each in linked]
            shown[link.name] = {"results": many} if link.is_many else (many[0] if many else None)
        return shown

    def _filtered(self, entity: TwinType, records: list[Record], query: Mapping[str, str]) -> list[Record]:
        if not query.get("$filter"):
            return records
        try:
            holds = filter_of(entity, query["$filter"])
        except NotAccepted as wrong:
            raise refused(INVALID, str(wrong)) from None
        return [each for each in records if holds(each)]

    def _ordered(self, entity: TwinType, records: list[Record], order: str) -> list[Record]:
        for each in reversed(listed(order)):
            name, _, direction = each.partition(" ")
            if name not in entity.fields:
                raise refused(INVALID, f"Property '{name}' not found in type '{entity.name}'", name)
            known = entity.fields[name]
            empty = [record for record in records if record[name] is None]
            full = [record for record in records if record[name] is not None]
            full.sort(key=lambda record: comparable(known, record[known.name]), reverse=direction == "desc")
            records = [*full, *empty] if direction == "desc" else [*empty, *full]
        return records

    def _key(self, entity: TwinType, text: str) -> Key:
        found, at = {}, 0
        while at < len(text):
            part = _KEY.match(text, at)
            if part is None:
                raise refused(INVALID, f"The key ({text}) cannot be read")
            found[part["name"] or entity.key[0]] = part["literal"].strip()
            at = part.end()
        if found.keys() != set(entity.key):
            raise refused(INVALID, f"The key of {entity.name} is {', '.join(entity.key)}")
        try:
            return tuple(of_literal(entity.fields[name], found[name]) for name in entity.key)
        except NotAccepted as wrong:
            raise refused(INVALID, str(wrong)) from None

    def _address(self, entity: TwinType, record: Record) -> str:
        into = self._service.set_of(entity.name)
        literals = {name: "'" + str(record[name]).replace("'", "''") + "'" for name in entity.key}
        named = ",".join(f"{name}={quote(each, safe=_SAFE)}" for name, each in literals.items())
        key = quote(next(iter(literals.values())), safe=_SAFE) if len(literals) == 1 else named
        return f"{self._root}/{into.name if into else entity.name}({key})"

    def _etag(self, entity: TwinType, record: Record) -> str:
        """Weak, with the literal of the type as it stands in an address, percent-encoded."""
        known = entity.etag_field
        if known is None or record[known.name] in (None, ""):
            return ""
        value = record[known.name]
        if known.type == "DateTimeOffset":
            milliseconds = comparable(known, value)
            at = _EPOCH + timedelta(milliseconds=milliseconds)
            text = f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond:06}0Z"
            return f"W/\"datetimeoffset'{quote(text, safe='')}'\""
        return f"W/\"'{quote(str(value), safe='')}'\""
