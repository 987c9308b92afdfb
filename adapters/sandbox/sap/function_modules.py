"""Function modules over SOAP: what comes is judged by the WSDL's own schema, and a change counts once it is committed.

Written without the adapter's code. A session is what requests with one cookie have in common; what was changed in it
is kept aside until BAPI_TRANSACTION_COMMIT, and is gone with a rollback or with the session.
"""

import secrets
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree
from starlette.requests import Request
from starlette.responses import Response

from adapters.sandbox.sap.system import SapSystem

PATH = "/sap/bc/srt/rfc/sap/zdoselane/100/zdoselane/zdoselane"
WSDL = Path(__file__).parent / "zdoselane.wsdl"
ENVELOPE, RFC = "http://schemas.xmlsoap.org/soap/envelope/", "urn:sap-com:document:sap:rfc:functions"
SESSION = "SAP_SESSIONID_TST_100"
_ORDERS, _DELIVERIES = "API_PROCESS_ORDER_2_SRV", "API_OUTBOUND_DELIVERY_SRV"
_XSD = "{http://www.w3.org/2001/XMLSchema}"
_SCHEMA, _COMPLEX, _ELEMENT = f"{_XSD}schema", f"{_XSD}complexType", f"{_XSD}element"
_INITIAL = {"int": "0", "date10": "0000-00-00", "quantum13.3": "0.0", "numeric3": "000"}
Change = Callable[[], None]


class FunctionModules:
    """The function modules of a system. `faults` are SOAP faults with which it refuses what comes next."""

    def __init__(self, system: SapSystem) -> None:
        self._system = system
        types = etree.parse(str(WSDL)).find(f".//{_SCHEMA}")
        # As a document of its own it keeps the namespaces that are declared above it.
        self._schema = etree.XMLSchema(etree.fromstring(etree.tostring(types)))
        self._types = {str(each.get("name")): _fields_of(each) for each in types.iter(_COMPLEX) if each.get("name")}
        self._open: dict[str, list[Change]] = {}
        self.confirmations: list[dict[str, Any]] = []
        self.calls: list[str] = []
        self.faults: list[str] = []
        self.has_sessions = True

    def begin_session(self, session: str) -> None:
        """Somebody has called something in this session, and changed nothing."""
        self._open[session] = []

    def answer(self, request: Request, body: bytes) -> Response:
        """What a POST of an envelope is answered."""
        root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
        (call,) = root.find(f"{{{ENVELOPE}}}Body")
        name = etree.QName(call).localname
        self.calls.append(name)
        if self.faults:
            return _fault(self.faults.pop(0), "planted")
        if request.headers.get("soapaction", "").strip('"') != f"{RFC}:ZDOSELANE:{name}Request":
            return _fault("soap-env:Client", f"SOAPAction does not fit {name}")
        if not self._schema.validate(call):
            return _fault("soap-env:Client", f"CX_SY_CONVERSION: {self._schema.error_log.last_error.message}")
        session = request.cookies.get(SESSION, "")
        if session not in self._open or not self.has_sessions:
            session = secrets.token_hex(8)
            self._open[session] = []
        done: str = getattr(self, f"_{name.lower()}")(call, session)
        said = f'<n0:{name}Response xmlns:n0="{RFC}">{done}</n0:{name}Response>'
        self._schema.assertValid(etree.fromstring(said))
        answer = _soap(200, said)
        answer.set_cookie(SESSION, session, path="/", httponly=True)
        answer.set_cookie("sap-usercontext", "sap-client=100", path="/")
        return answer

    def _bapi_procordconf_create_hdr(self, call: etree._Element, session: str) -> str:
        said, done = "", list[Change]()
        for line in call.findall("ATHDRLEVELS/item"):
            header = {str(each.tag): each.text or "" for each in line}
            order = self._find(_ORDERS, "A_ProcessOrder_2", header["ORDERID"])
            number = f"{len(self.confirmations) + len(done) + 1:010d}"
            if order is None:
                said += self._told("E", "RU", "007", f"Order {header['ORDERID']} not found")
            elif not order["OrderIsReleased"]:
                said += self._told("E", "RU", "013", "Order is not released")
            else:
                done.append(lambda header=header, number=number: self._confirm(header, number))  # type: ignore[misc]
                said += self._told("I", "RU", "100", "Confirmation of order was saved", number)
        failed = "<TYPE>E</TYPE>" in said
        if not failed:
            self._open[session] += done
        words = {"TYPE": "E", "ID": "RU", "NUMBER": "122", "MESSAGE": "Error during confirmation"} if failed else {}
        told = self.filled("BAPIRET1", words)
        return f"<ATHDRLEVELS/><DETAIL_RETURN>{said}</DETAIL_RETURN><RETURN>{told}</RETURN>"

    def _confirm(self, header: dict[str, str], number: str) -> None:
        order = self._find(_ORDERS, "A_ProcessOrder_2", header["ORDERID"])
        assert order is not None
        self.confirmations.append({**header, "CONF_NO": number, "CONF_CNT": "00000001", "REVERSED": ""})
        total = Decimal(str(order["MfgOrderConfirmedYieldQty"] or "0")) + Decimal(header["YIELD"])
        self._edit(_ORDERS, "A_ProcessOrder_2", header["ORDERID"], MfgOrderConfirmedYieldQty=str(total))

    def _bapi_procordconf_getlist(self, call: etree._Element, session: str) -> str:
        wanted = {each.text or "" for each in call.findall("ORDER_RANGE/item/LOW")}
        found = [each for each in self.confirmations if each["ORDERID"] in wanted]
        lines = "".join(f"<item>{self.filled('BAPI_CONF_KEY', each)}</item>" for each in found)
        return f"<CONFIRMATIONS>{lines}</CONFIRMATIONS><RETURN>{self.filled('BAPIRET1', {})}</RETURN>"

    def _bapi_procordconf_getdetail(self, call: etree._Element, session: str) -> str:
        number = call.findtext("CONFIRMATION")
        (found,) = (each for each in self.confirmations if each["CONF_NO"] == number)
        detail = self.filled("BAPI_CONF_DETAIL", found)
        return f"<CONF_DETAIL>{detail}</CONF_DETAIL><RETURN>{self.filled('BAPIRET1', {})}</RETURN>"

    def _bapi_outb_delivery_confirm_dec(self, call: etree._Element, session: str) -> str:
        number = call.findtext("DELIVERY") or ""
        delivery = self._find(_DELIVERIES, "A_OutbDeliveryHeader", number.lstrip("0"))
        words = ""
        if delivery is None:
            words = f"Delivery {number} does not exist"
        elif delivery["OverallGoodsMovementStatus"] == "C":
            words = f"Goods issue was already posted for delivery {number}"
        elif delivery["OverallPickingStatus"] != "C":
            words = f"Delivery {number} is not completely picked"
        if words:
            no = {"TYPE": "E", "ID": "VL", "NUMBER": "602", "MESSAGE": words}
            return f"<RETURN><item>{self.filled('BAPIRET2', no)}</item></RETURN>"
        posted = {"OverallGoodsMovementStatus": "C"}
        self._open[session].append(
            lambda: self._edit(_DELIVERIES, "A_OutbDeliveryHeader", number.lstrip("0"), **posted)
        )
        return "<RETURN/>"

    def _bapi_delivery_getlist(self, call: etree._Element, session: str) -> str:
        lines = ""
        for each in call.findall("IT_VBELN/item/DELIV_NUMB_LOW"):
            found = self._find(_DELIVERIES, "A_OutbDeliveryHeader", (each.text or "").lstrip("0"))
            if found is not None and call.findtext("IS_DLV_DATA_CONTROL/HEAD_STATUS") == "X":
                status = {
                    "VBELN": f"{found['DeliveryDocument']:0>10}",
                    "WBSTK": found["OverallGoodsMovementStatus"] or "A",
                }
                lines += f"<item>{self.filled('BAPIDLVHDRSTS', status)}</item>"
        return f"<ET_DELIVERY_HEADER_STS>{lines}</ET_DELIVERY_HEADER_STS><RETURN/>"

    def _bapi_transaction_commit(self, call: etree._Element, session: str) -> str:
        for each in self._open.pop(session):
            each()
        self._open[session] = []
        return f"<RETURN>{self.filled('BAPIRET2', {})}</RETURN>"

    def _bapi_transaction_rollback(self, call: etree._Element, session: str) -> str:
        self._open[session] = []
        return f"<RETURN>{self.filled('BAPIRET2', {})}</RETURN>"

    def _told(self, kind: str, name: str, number: str, words: str, confirmation: str = "") -> str:
        """A line of DETAIL_RETURN."""
        said = {"TYPE": kind, "ID": name, "NUMBER": number, "MESSAGE": words, "CONF_NO": confirmation}
        return f"<item>{self.filled('BAPI_CORU_RETURN', said)}</item>"

    def filled(self, kind: str, record: dict[str, Any]) -> str:
        """A structure with all of its fields, in their order, as SAP answers it."""
        values = ((name, record.get(name, _INITIAL.get(of, ""))) for name, of in self._types[kind])
        return "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in values)

    def _find(self, service: str, entity_set: str, number: str) -> dict[str, Any] | None:
        of = self._system.services[service]
        entity = of.sets[entity_set].type
        wanted = number.lstrip("0")
        found = [each for each in self._system.all(of, entity) if str(each[entity.key[0]]).lstrip("0") == wanted]
        return found[0] if found else None

    def _edit(self, service: str, entity_set: str, number: str, **values: Any) -> None:
        self._system.edit(service, entity_set, [number], **values)


def _fields_of(kind: etree._Element) -> list[tuple[str, str]]:
    """The fields of a structure in their order, each with its type."""
    return [(each.get("name", ""), each.get("type", "").partition(":")[2]) for each in kind.iter(_ELEMENT)]


def _fault(code: str, words: str) -> Response:
    prefix = code if ":" in code else f"soap-env:{code}"
    return _soap(
        500,
        f'<soap-env:Fault><faultcode>{prefix}</faultcode><faultstring xml:lang="en">{escape(words)}</faultstring>'
        "</soap-env:Fault>",
    )


def _soap(status: int, body: str) -> Response:
    text = f'<soap-env:Envelope xmlns:soap-env="{ENVELOPE}"><soap-env:Header/><soap-env:Body>{body}</soap-env:Body>'
    return Response(f"{text}</soap-env:Envelope>", status, media_type="text/xml; charset=utf-8")
