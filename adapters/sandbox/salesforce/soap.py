"""The Partner SOAP API of an organisation, as its WSDL has it. Written without the adapter's code."""

from collections.abc import Callable, Mapping
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree
from starlette.requests import Request
from starlette.responses import Response

from adapters.sandbox.salesforce.fields import OrgField, OrgObject, OrgRefused, OrgUnreadable
from adapters.sandbox.salesforce.login import SalesforceLogin
from adapters.sandbox.salesforce.org import Org, OrgAmbiguous

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
PARTNER, SOBJECT = "urn:partner.soap.sforce.com", "urn:sobject.partner.soap.sforce.com"
FAULT = "urn:fault.partner.soap.sforce.com"
RECORDS_MAX = 200


class SoapFault(Exception):
    """The call as a whole is refused: a code and words."""


class OrgSoap:
    """Creates, upserts and retrieves records. `faults` are codes with which it refuses what comes next."""

    def __init__(self, org: Org, log_in: SalesforceLogin) -> None:
        self._org, self._log_in = org, log_in
        self.faults: list[str] = []
        self.calls: list[str] = []

    async def answer(self, request: Request) -> Response:
        """POST /services/Soap/u/38.0."""
        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        root = etree.fromstring(await request.body(), parser)
        session = root.findtext(f"{{{ENVELOPE}}}Header/{{{PARTNER}}}SessionHeader/{{{PARTNER}}}sessionId") or ""
        (call,) = root.find(f"{{{ENVELOPE}}}Body")
        operation = etree.QName(call).localname
        self.calls.append(operation)
        try:
            if self.faults:
                raise SoapFault(self.faults.pop(0), "planted, with the session " + session)
            if not self._log_in.is_in_force(session):
                raise SoapFault("INVALID_SESSION_ID", "Invalid Session ID found in SessionHeader: Illegal Session")
            wants_all = root.findtext(f"{{{ENVELOPE}}}Header/{{{PARTNER}}}AllOrNoneHeader/{{{PARTNER}}}allOrNone")
            body = self._done(operation, call, all_or_none=wants_all == "true")
        except SoapFault as fault:
            return _fault(*fault.args)
        return _enveloped(f'<{operation}Response xmlns="{PARTNER}">{body}</{operation}Response>')

    def _done(self, operation: str, call: etree._Element, *, all_or_none: bool) -> str:
        records = call.findall(f"{{{PARTNER}}}sObjects")
        if len(records) > RECORDS_MAX:
            raise SoapFault("EXCEEDED_ID_LIMIT", f"record limit reached: {len(records)}")
        if operation == "retrieve":
            return self._retrieved(call)
        field = call.findtext(f"{{{PARTNER}}}externalIDFieldName") or ""
        writes: dict[str, Callable[[OrgObject, dict[str, Any]], tuple[str, bool]]] = {
            "create": lambda made, fields: (self._org.create(made.name, fields), True),
            "upsert": lambda made, fields: self._upserted(made, field, fields),
        }
        if operation not in writes:
            raise SoapFault("UNKNOWN_EXCEPTION", f"this twin does not know {operation}")
        results: list[tuple[str, bool] | OrgRefused] = []
        try:
            with self._org.transaction():
                results.extend(self._written(each, writes[operation]) for each in records)
                if all_or_none and any(isinstance(each, OrgRefused) for each in results):
                    raise _AllRolledBack
        except OrgUnreadable as unreadable:
            raise SoapFault("Client", unreadable.message) from None
        except _AllRolledBack:
            words = OrgRefused("ALL_OR_NONE_OPERATION_ROLLED_BACK", "Record rolled back")
            results = [each if isinstance(each, OrgRefused) else words for each in results]
        return "".join(_result(operation, each) for each in results)

    def _upserted(self, made: OrgObject, field: str, fields: dict[str, Any]) -> tuple[str, bool]:
        value = fields.pop(field, None)
        if value is None:
            raise OrgRefused("MISSING_ARGUMENT", f"{field} not specified", field)
        try:
            record_id, created = self._org.upsert(made.name, field, str(value), fields)
        except OrgAmbiguous as several:
            words = f"more than one record found for external id field: {several.args}"
            raise OrgRefused("DUPLICATE_EXTERNAL_ID", words, field) from None
        return record_id, created

    def _written(
        self, record: etree._Element, write: Callable[[OrgObject, dict[str, Any]], tuple[str, bool]]
    ) -> tuple[str, bool] | OrgRefused:
        try:
            made = self._org.sobject(record.findtext(f"{{{SOBJECT}}}type") or "")
            return write(made, _fields(made, record))
        except OrgUnreadable:
            raise
        except OrgRefused as refused:
            return refused

    def _retrieved(self, call: etree._Element) -> str:
        made = self._org.sobject(call.findtext(f"{{{PARTNER}}}sObjectType") or "")
        names = [each.strip() for each in (call.findtext(f"{{{PARTNER}}}fieldList") or "").split(",")]
        for name in names:
            if name.lower() != "id" and made.field(name) is None:
                raise SoapFault("INVALID_FIELD", f"No such column '{name}' on entity '{made.name}'")
        shown = ""
        for wanted in call.findall(f"{{{PARTNER}}}ids"):
            record = self._org.records.get(made.name, {}).get(wanted.text or "")
            shown += _nothing() if record is None else _record(made, record, names)
        return shown


class _AllRolledBack(Exception):
    """All or none: none."""


def _fields(made: OrgObject, record: etree._Element) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    order = [etree.QName(each).localname for each in record]
    if order[:1] != ["type"]:
        raise SoapFault("Client", "the type must stand first")
    for each in record:
        name = etree.QName(each)
        if name.localname in ("type", "Id"):
            continue
        if name.localname == "fieldsToNull":
            fields[each.text or ""] = None
            continue
        known = made.field(name.localname)
        if name.namespace not in (SOBJECT, None) or known is None:
            raise SoapFault("INVALID_FIELD", f"No such column '{name.localname}' on entity '{made.name}'")
        if each.text:  # an empty element is passed over
            fields[known.name] = _typed(known, each.text)
    return fields


def _typed(known: OrgField, text: str) -> Any:
    try:
        if known.type == "boolean":
            return {"true": True, "1": True, "false": False, "0": False}[text]
        return float(text) if known.type in ("double", "currency", "percent", "int") else text
    except (ValueError, LookupError):
        raise SoapFault("Client", f"'{text}' is not a valid value for the type xsd:{known.type}") from None


def _result(operation: str, result: tuple[str, bool] | OrgRefused) -> str:
    refused = result if isinstance(result, OrgRefused) else None
    errors = ""
    if refused is not None:
        fields = "".join(f"<fields>{escape(each)}</fields>" for each in refused.fields)
        words = f"<message>{escape(refused.message)}</message><statusCode>{refused.code}</statusCode>"
        errors = f"<errors>{fields}{words}</errors>"
    record_id = f"<id>{result[0]}</id>" if not isinstance(result, OrgRefused) else _nil("id")
    created = str(not isinstance(result, OrgRefused) and result[1]).lower()
    first = f"<created>{created}</created>" if operation == "upsert" else ""
    return f"<result>{first}{errors}{record_id}<success>{str(refused is None).lower()}</success></result>"


def _record(made: OrgObject, record: Mapping[str, Any], names: list[str]) -> str:
    told = f"<sf:type>{made.name}</sf:type><sf:Id>{record['Id']}</sf:Id>"
    for name in names:
        known = made.field(name)
        if known is not None:
            value = record.get(known.name)
            text = str(value).lower() if isinstance(value, bool) else str(value)
            told += _nil(f"sf:{known.name}") if value is None else f"<sf:{known.name}>{escape(text)}</sf:{known.name}>"
    return f'<result xmlns:sf="{SOBJECT}">{told}</result>'


def _nothing() -> str:
    return _nil("result")


def _nil(name: str) -> str:
    return f'<{name} xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"/>'


def _fault(code: str, message: str) -> Response:
    if not code.isupper():
        told = f"<faultcode>soapenv:{code}</faultcode><faultstring>{escape(message)}</faultstring>"
    else:
        detail = f"<sf:exceptionCode>{code}</sf:exceptionCode>"
        detail += f"<sf:exceptionMessage>{escape(message)}</sf:exceptionMessage>"
        told = (
            f'<faultcode xmlns:sf="{FAULT}">sf:{code}</faultcode><faultstring>{code}: {escape(message)}</faultstring>'
            f'<detail><sf:UnexpectedErrorFault xmlns:sf="{FAULT}">{detail}</sf:UnexpectedErrorFault></detail>'
        )
    return _enveloped(f"<soapenv:Fault>{told}</soapenv:Fault>", 500)


def _enveloped(body: str, status: int = 200) -> Response:
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{ENVELOPE}">'
        f"<soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>"
    )
    return Response(text, status, media_type="text/xml; charset=UTF-8")
