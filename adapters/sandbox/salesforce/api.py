"""What Salesforce's REST API does with one call, without HTTP."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, quote, unquote

from adapters.sandbox.salesforce.describing import described
from adapters.sandbox.salesforce.fields import OrgRefused, OrgUnreadable
from adapters.sandbox.salesforce.org import Org, OrgAmbiguous
from adapters.sandbox.salesforce.soql import found

RECORDS_MAX = 200
PAGE_MAX, PAGE_MIN = 2000, 200
OLDEST, NEWEST = 31.0, 67.0


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One call: its path below the version, decoded by its parts."""

    method: str
    parts: tuple[str, ...]
    query: Mapping[str, str]
    body: Any
    version: str


@dataclass(frozen=True, slots=True)
class ApiReply:
    """Its answer."""

    status: int
    body: Any = None
    location: str = ""


def no(status: int, code: str, message: str, *fields: str) -> ApiReply:
    """An error of a plain call: an array."""
    return ApiReply(status, [{"message": message, "errorCode": code, **({"fields": list(fields)} if fields else {})}])


class OrgApi:
    """Single records, collections, queries and descriptions of an organisation."""

    def __init__(self, org: Org, page_size: int = PAGE_MAX) -> None:
        self.org, self._page_size = org, page_size
        self._pages: dict[str, list[dict[str, Any]]] = {}

    def answer(self, method: str, url: str, body: Any) -> ApiReply:
        """The answer to a call; `url` as it came, from `/services` on."""
        call = _call(method, url, body)
        if isinstance(call, ApiReply):
            return call
        try:
            return self._route(call)(call)
        except OrgAmbiguous as several:
            return ApiReply(300, [f"/services/data/v{call.version}/sobjects/{call.parts[1]}/{each}"
                                  for each in several.args])  # fmt: skip
        except OrgRefused as refused:
            return no(refused.status, refused.code, refused.message, *refused.fields)

    def version_refusal(self, url: str) -> ApiReply | None:
        """What is answered to a version that there is not, whatever is asked of it."""
        call = _call("GET", url, None)
        return call if isinstance(call, ApiReply) else None

    def _route(self, call: ApiCall) -> Callable[[ApiCall], ApiReply]:
        match call.method, call.parts:
            case "GET", ("query" | "queryAll",):
                return self._query
            case "GET", ("query", _):
                return self._more
            case "GET", ("sobjects", _, "describe"):
                return lambda call: ApiReply(200, described(self.org.sobject(call.parts[1])))
            case "POST", ("sobjects", _):
                return self._create
            case _, ("sobjects", _, _):
                return self._by_id
            case _, ("sobjects", _, _, _):
                return self._by_external_id
            case "PATCH", ("composite", "sobjects", _, _):
                return self._collection
        raise OrgRefused("NOT_FOUND", "The requested resource does not exist", status=404)

    def _create(self, call: ApiCall) -> ApiReply:
        made = self.org.create(call.parts[1], _fields(call.body))
        return ApiReply(201, _written(made, created=True), _location(call, made))

    def _by_id(self, call: ApiCall) -> ApiReply:
        sobject, record_id = call.parts[1:]
        record = self.org.record(sobject, record_id)
        match call.method:
            case "GET":
                return ApiReply(200, self._shown(call, record))
            case "PATCH":
                self.org.update(sobject, record_id, _fields(call.body))
            case "DELETE":
                self.org.delete(sobject, record_id)
            case _:
                return no(405, "METHOD_NOT_ALLOWED", f"HTTP Method '{call.method}' not allowed")
        return ApiReply(204)

    def _by_external_id(self, call: ApiCall) -> ApiReply:
        sobject, field, value = call.parts[1:]
        if call.method in ("GET", "DELETE"):
            return self._looked_up(call)
        if call.method != "PATCH":
            return no(405, "METHOD_NOT_ALLOWED", f"HTTP Method '{call.method}' not allowed")
        fields = _fields(call.body)
        if any(name.lower() in (field.lower(), "id") for name in fields):
            return no(400, "INVALID_FIELD", f"The {field} field should not be specified in the sobject data.", field)
        create = call.query.get("updateOnly", "false").lower() != "true"
        record_id, created = self.org.upsert(sobject, field, value, fields, create=create)
        body = _written(record_id, created=created)
        return ApiReply(201 if created else 200, body, _location(call, record_id) if created else "")

    def _looked_up(self, call: ApiCall) -> ApiReply:
        sobject, field, value = call.parts[1:]
        ids = self.org.find(sobject, field, value)
        if len(ids) > 1:
            raise OrgAmbiguous(*ids)
        if not ids:
            raise OrgRefused("NOT_FOUND", "The requested resource does not exist", status=404)
        if call.method == "DELETE":
            self.org.delete(sobject, ids[0])
            return ApiReply(204)
        return ApiReply(200, self._shown(call, self.org.record(sobject, ids[0])))

    def _collection(self, call: ApiCall) -> ApiReply:
        sobject, field = call.parts[2:]
        records = call.body.get("records") if isinstance(call.body, dict) else None
        all_or_none = isinstance(call.body, dict) and call.body.get("allOrNone") is True
        if not isinstance(records, list) or not all(isinstance(each, dict) for each in records):
            return no(400, "INVALID_INPUT", "records is required and must be a list of records")
        if not 0 < len(records) <= RECORDS_MAX:
            words = f"record limit reached. cannot submit more than {RECORDS_MAX} records in this call"
            return no(400, "EXCEEDED_ID_LIMIT", words)
        self.org.external(sobject, field)
        results: list[dict[str, Any]] = []
        try:
            with self.org.transaction():
                seen: set[str] = set()
                results.extend(self._of_collection(sobject, field, record, seen) for record in records)
                if all_or_none and not all(each["success"] for each in results):
                    raise _RolledBack
        except OrgUnreadable as unreadable:
            return no(400, unreadable.code, unreadable.message)
        except _RolledBack:
            results = [_rolled_back(each) if each["success"] else each for each in results]
        return ApiReply(200, results)

    def _of_collection(self, sobject: str, field: str, record: Mapping[str, Any], seen: set[str]) -> dict[str, Any]:
        attributes = record.get("attributes")
        named = attributes.get("type") if isinstance(attributes, dict) else None
        value = record.get(field)
        fields = {name: each for name, each in record.items() if name not in ("attributes", field)}
        if str(named).lower() != sobject.lower():
            return _failed(OrgRefused("INVALID_INPUT", f"the type {named} is not that of the address, {sobject}"))
        if value is None or any(name.lower() == "id" for name in fields):
            return _failed(OrgRefused("MISSING_ARGUMENT", f"{field} not specified, or id specified", field))
        if str(value).casefold() in seen:
            return _failed(OrgRefused("DUPLICATE_EXTERNAL_ID", f"{field}: duplicate external id specified: {value}"))
        seen.add(str(value).casefold())
        try:
            record_id, created = self.org.upsert(sobject, field, str(value), fields)
        except OrgUnreadable:
            raise
        except OrgAmbiguous as several:
            words = f"{field}: more than one record found for external id field: [{', '.join(several.args)}]"
            return _failed(OrgRefused("DUPLICATE_EXTERNAL_ID", words))
        except OrgRefused as refused:
            return _failed(refused)
        return _written(record_id, created=created)

    def _query(self, call: ApiCall) -> ApiReply:
        deleted = call.parts[0] == "queryAll"
        return self._paged(found(self.org, call.query.get("q", ""), deleted=deleted), 0, call)

    def _more(self, call: ApiCall) -> ApiReply:
        locator, _, start = call.parts[1].rpartition("-")
        if locator not in self._pages:
            return no(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        return self._paged(self._pages[locator], int(start), call, locator)

    def _paged(self, records: list[dict[str, Any]], start: int, call: ApiCall, locator: str = "") -> ApiReply:
        end = start + self._page_size
        body: dict[str, Any] = {"totalSize": len(records), "done": end >= len(records), "records": records[start:end]}
        if end < len(records):
            locator = locator or f"0r8{len(self._pages):012d}AAA"
            self._pages[locator] = records
            body["nextRecordsUrl"] = f"/services/data/v{call.version}/query/{locator}-{end}"
        return ApiReply(200, body)

    def _shown(self, call: ApiCall, record: Mapping[str, Any]) -> dict[str, Any]:
        made = self.org.sobject(call.parts[1])
        url = f"/services/data/v{call.version}/sobjects/{made.name}/{record['Id']}"
        hidden = {each.name for each in made.fields if not each.visible}
        known = {each.name: None for each in made.fields} | dict(record)
        shown = {name: value for name, value in known.items() if name not in hidden}
        return {"attributes": {"type": made.name, "url": url}, **shown}


class _RolledBack(Exception):
    """All or none: none."""


def _call(method: str, url: str, body: Any) -> ApiCall | ApiReply:
    path, _, query = url.partition("?")
    parts = path.strip("/").split("/")
    number = parts[2].removeprefix("v") if len(parts) > 2 else ""
    if parts[:2] != ["services", "data"] or not number.replace(".", "", 1).isdigit():
        return no(404, "NOT_FOUND", "The requested resource does not exist")
    if float(number) < OLDEST:
        return no(410, "UNSUPPORTED_API_VERSION", f"Version {number} is retired and not available.")
    if float(number) > NEWEST:
        return no(404, "NOT_FOUND", "The requested resource does not exist")
    read = {name: values[-1] for name, values in parse_qs(query, keep_blank_values=True).items()}
    return ApiCall(method, tuple(map(unquote, parts[3:])), read, body, number)


def _fields(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise OrgRefused("JSON_PARSER_ERROR", "The HTTP entity body is required to be an object")
    return body


def _written(record_id: str, *, created: bool) -> dict[str, Any]:
    return {"id": record_id, "success": True, "errors": [], "created": created}


def _failed(refused: OrgRefused) -> dict[str, Any]:
    error = {"statusCode": refused.code, "message": refused.message, "fields": list(refused.fields)}
    return {"success": False, "errors": [error]}


def _rolled_back(result: Mapping[str, Any]) -> dict[str, Any]:
    words = "Record rolled back because not all records were valid and the request was using AllOrNone header"
    error = {"statusCode": "ALL_OR_NONE_OPERATION_ROLLED_BACK", "message": words, "fields": []}
    return {"id": result["id"], "success": False, "errors": [error]}


def _location(call: ApiCall, record_id: str) -> str:
    return f"/services/data/v{call.version}/sobjects/{quote(call.parts[1])}/{record_id}"
