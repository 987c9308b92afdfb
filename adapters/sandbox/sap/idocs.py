"""IDocs as the service `/sap/bc/idoc_xml` takes them: stored with 200 whatever they say, and judged afterwards.

Not stored is only what has not the frame of an IDoc. Status: 53 booked, 56 no partner profile, 60 wrong syntax.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from lxml import etree
from starlette.responses import Response

PATH, SOAP_PATH = "/sap/bc/idoc_xml", "/sap/bc/srt/idoc"
_SOAP, _MESSAGES_IN_SOAP = "http://schemas.xmlsoap.org/soap/envelope/", "urn:sap-com:document:sap:idoc:soap:messages"
_PAGE = "<html><head><title>{0}</title></head><body>{0}</body></html>"
# By basic type its segments in order, those below each, and the lengths of the fields that we let be written.
_ORDER: Mapping[str, tuple[str, ...]] = {
    "ORDERS05": ("E1EDK01", "E1EDK14", "E1EDK03", "E1EDKA1", "E1EDK02", "E1EDP01", "E1EDS01"),
    "SYSTAT01": ("E1STATS",),
}
_BELOW: Mapping[str, tuple[str, ...]] = {
    "E1EDP01": ("E1EDP20", "E1EDPA1", "E1EDP19", "E1EDPT1"),
    "E1EDPT1": ("E1EDPT2",),
}
_MESSAGES = {"ORDERS05": frozenset({"ORDERS", "ORDRSP", "ORDCHG"}), "SYSTAT01": frozenset({"STATUS"})}
LENGTHS: Mapping[str, Mapping[str, int]] = {
    "E1EDK01": {"ACTION": 3, "CURCY": 3, "BSART": 4, "BELNR": 35},
    "E1EDK14": {"QUALF": 3, "ORGID": 35},
    "E1EDK03": {"IDDAT": 3, "DATUM": 8, "UZEIT": 6},
    "E1EDKA1": {"PARVW": 3, "PARTN": 17, "LIFNR": 17},
    "E1EDK02": {"QUALF": 3, "BELNR": 35, "POSNR": 6, "DATUM": 8, "UZEIT": 6},
    "E1EDP01": {"POSEX": 6, "ACTION": 3, "MENGE": 15, "MENEE": 3, "ABGRU": 2},
    "E1EDP20": {"WMENG": 15, "EDATU": 8, "EZEIT": 6},
    "E1EDP19": {"QUALF": 3, "IDTNR": 35, "KTEXT": 70},
    "E1EDPT1": {"TDID": 4, "TSSPRAS": 3},
    "E1EDPT2": {"TDLINE": 70, "TDFORMAT": 2},
    "E1EDS01": {"SUMID": 3, "SUMME": 18, "SUNIT": 3},
    "E1STATS": {"DOCNUM": 16, "LOGDAT": 8, "LOGTIM": 6, "STATUS": 2, "STATXT": 70, "STAPA1": 50, "STATYP": 1},
}
_MANDATORY = ("IDOCTYP", "MESTYP", "SNDPOR", "SNDPRT", "SNDPRN", "RCVPOR", "RCVPRT", "RCVPRN")


@dataclass
class StoredIdoc:
    """An IDoc with its number, and what became of it."""

    number: str
    status: str
    words: str
    control: Mapping[str, str]
    document: etree._Element

    def texts(self, path: str) -> list[str]:
        """The values of a field, by a path such as `E1EDP01/E1EDP20/EDATU`."""
        return [each.text or "" for each in self.document.findall(path)]


@dataclass
class IdocInbox:
    """The IDocs of a system. `profiles` are partner profiles: port, type, number, and type of message."""

    profiles: set[tuple[str, str, str, str]] = field(default_factory=set)
    receiver: tuple[str, str, str] = ("SAPTST", "LS", "TSTCLNT100")
    stored: list[StoredIdoc] = field(default_factory=list)
    is_active: bool = True  # in SICF; many systems switch the service off

    def take(self, content_type: str, body: bytes) -> Response:
        """Stores what a request brings, all or nothing."""
        if content_type.partition(";")[0].strip() not in ("text/xml", "application/xml"):
            return _answer(415, "Unsupported media type")
        try:
            root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
        except etree.XMLSyntaxError:
            return _answer(500, "IDoc-XML-inbound: XML is not well-formed")
        if wrong := _wrong_frame(root):
            return _answer(500, f"IDoc-XML-inbound: {wrong}")
        numbers = [self._store(str(root.tag), each) for each in root]
        return _answer(200, f"IDoc-XML-inbound ok {' '.join(numbers)}")

    def take_soap(self, body: bytes) -> Response:
        """The same in an envelope of SOAP 1.1. Whatever is wrong with its frame is a fault."""
        try:
            root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
        except etree.XMLSyntaxError:
            return _fault("not well-formed")
        (message,) = root.findall(f"{{{_SOAP}}}Body/*") or (None,)
        if message is None or etree.QName(message).namespace != _MESSAGES_IN_SOAP:
            return _fault("no message")
        for each in message.iter():
            if etree.QName(each).namespace != _MESSAGES_IN_SOAP:
                return _fault(f"{each.tag} is in another namespace")
            each.tag = etree.QName(each).localname
        if wrong := _wrong_frame(message):
            return _fault(wrong)
        for each in message:
            self._store(str(message.tag), each)
        return _soap(200, "")

    def _store(self, root: str, idoc: etree._Element) -> str:
        control = {str(each.tag): each.text or "" for each in idoc[0]}
        status, words = self._judged(root, idoc, control)
        number = f"{len(self.stored) + 1:016d}"
        self.stored.append(StoredIdoc(number, status, words, control, idoc))
        return number

    def _judged(self, root: str, idoc: etree._Element, control: Mapping[str, str]) -> tuple[str, str]:
        missing = [name for name in _MANDATORY if not control.get(name)]
        if missing or control.get("DIRECT") != "2" or control.get("TABNAM") != "EDI_DC40" or control.get("DOCNUM"):
            return "56", f"control record: {missing or 'DIRECT, TABNAM or DOCNUM'}"
        if control["IDOCTYP"] != root or control["MESTYP"] not in _MESSAGES.get(root, ()):
            return "56", "no such type of message"
        receiver = tuple(control[name] for name in ("RCVPOR", "RCVPRT", "RCVPRN"))
        sender = tuple(control[name] for name in ("SNDPOR", "SNDPRT", "SNDPRN", "MESTYP"))
        if sender not in self.profiles or receiver != self.receiver:
            return "56", "EDI: Partner profile not available"
        wrong = _wrong(list(idoc)[1:], _ORDER[root])
        return ("60", wrong) if wrong else ("53", "Application document posted")


def _wrong_frame(root: etree._Element) -> str:
    """What keeps all of it from being stored; empty if nothing does."""
    if not len(root) or any(each.tag != "IDOC" or each.get("BEGIN") != "1" or not len(each) for each in root):
        return "no IDOC"
    if any(each[0].tag != "EDI_DC40" or each[0].get("SEGMENT") != "1" for each in root):
        return "no control record"
    return ""


def _wrong(segments: list[etree._Element], order: tuple[str, ...]) -> str:
    """What is wrong with the syntax; empty if nothing is."""
    names = [str(each.tag) for each in segments]
    if any(name not in order for name in names):
        return f"unknown segment among {names}"
    if [order.index(name) for name in names] != sorted(order.index(name) for name in names):
        return f"wrong order: {names}"
    if order[0] not in names:
        return f"segment {order[0]} is missing"
    for segment in segments:
        if segment.get("SEGMENT") != "1":
            return f"{segment.tag} is no segment"
        fields = [each for each in segment if each.get("SEGMENT") is None]
        for each in fields:
            most = LENGTHS[str(segment.tag)].get(str(each.tag))
            if most is None or len(each.text or "") > most:
                return f"field {segment.tag}-{each.tag}"
        below = [each for each in segment if each.get("SEGMENT") is not None]
        if below and (found := _wrong_below(below, _BELOW.get(str(segment.tag), ()))):
            return found
    return ""


def _wrong_below(segments: list[etree._Element], order: tuple[str, ...]) -> str:
    first = next((name for name in order if any(each.tag == name for each in segments)), "")
    return _wrong(segments, order[order.index(first) :]) if first else f"unknown segment {segments[0].tag}"


def _fault(words: str) -> Response:
    said = f"<faultcode>soap:Client</faultcode><faultstring>{escape(words)}</faultstring>"
    return _soap(500, f"<soap:Fault>{said}</soap:Fault>")


def _soap(status: int, body: str) -> Response:
    envelope = f'<soap:Envelope xmlns:soap="{_SOAP}"><soap:Body>{body}</soap:Body></soap:Envelope>'
    return Response(envelope, status, media_type="text/xml")


def _answer(status: int, words: str) -> Response:
    return Response(_PAGE.format(words), status, media_type="text/html")
