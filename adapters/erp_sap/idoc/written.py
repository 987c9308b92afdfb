"""IDocs as XML for SAP: segments in the order of their type, values within their lengths or refused. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from lxml import etree

from adapters.erp_sap.idoc.frame import IN_SOAP
from adapters.erp_sap.settings import IdocTerms
from adapters.outbound import Declined

_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
# The lengths of the fields that are written, in characters.
_LENGTHS: Mapping[str, Mapping[str, int]] = {
    "EDI_DC40": {
        "TABNAM": 10, "MANDT": 3, "DIRECT": 1, "IDOCTYP": 30, "MESTYP": 30, "SNDPOR": 10, "SNDPRT": 2, "SNDPRN": 10,
        "RCVPOR": 10, "RCVPRT": 2, "RCVPRN": 10, "CREDAT": 8, "CRETIM": 6, "ARCKEY": 70,
    },
    "E1EDK01": {"BSART": 4, "BELNR": 35},
    "E1EDK14": {"QUALF": 3, "ORGID": 35},
    "E1EDK03": {"IDDAT": 3, "DATUM": 8, "UZEIT": 6},
    "E1EDKA1": {"PARVW": 3, "PARTN": 17},
    "E1EDK02": {"QUALF": 3, "BELNR": 35},
    "E1EDP01": {"POSEX": 6, "ACTION": 3, "MENGE": 15, "MENEE": 3, "ABGRU": 2},
    "E1EDP20": {"WMENG": 15, "EDATU": 8, "EZEIT": 6},
    "E1EDP19": {"QUALF": 3, "IDTNR": 35},
    "E1EDPT1": {"TDID": 4, "TSSPRAS": 3},
    "E1EDPT2": {"TDLINE": 70, "TDFORMAT": 2},
    "E1EDS01": {"SUMID": 3, "SUMME": 18},
    "E1STATS": {
        "DOCNUM": 16, "LOGDAT": 8, "LOGTIM": 6, "STATUS": 2, "STATXT": 70, "STAPA1": 50, "STATYP": 1,
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class WrittenSegment:
    """A segment to be written. Fields without a value are left out."""

    name: str
    values: Mapping[str, str]
    below: Sequence["WrittenSegment"] = ()


@dataclass(frozen=True, slots=True)
class IdocHead:
    """Of which type an IDoc is, and what makes it known again."""

    base_type: str  # such as ORDERS05
    message_type: str  # such as ORDRSP
    key: str  # ours (ARCKEY)
    made_at: datetime
    client: str = ""


def written_idoc(head: IdocHead, terms: IdocTerms, segments: Iterable[WrittenSegment]) -> bytes:
    """The body of a request. Raises Declined where a value does not fit its field."""
    day, time = local_day_and_time(head.made_at, terms.zone)
    control = {
        "TABNAM": "EDI_DC40", "MANDT": head.client, "DIRECT": "2", "IDOCTYP": head.base_type,
        "MESTYP": head.message_type,
        "SNDPOR": terms.own.port, "SNDPRT": terms.own.type, "SNDPRN": terms.own.number,
        "RCVPOR": terms.sap.port, "RCVPRT": terms.sap.type, "RCVPRN": terms.sap.number,
        "CREDAT": day, "CRETIM": time, "ARCKEY": head.key,
    }  # fmt: skip
    root = etree.Element(head.base_type)
    idoc = etree.SubElement(root, "IDOC", BEGIN="1")
    for segment in (WrittenSegment("EDI_DC40", control), *segments):
        _write(idoc, segment)
    if terms.soap:
        return _enveloped(root)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _enveloped(root: etree._Element) -> bytes:
    """A message of SOAP: the same, in the namespace that SAP has for it."""
    for each in root.iter():
        each.tag = f"{{{IN_SOAP}}}{each.tag}"
    envelope = etree.Element(f"{{{_SOAP}}}Envelope", nsmap={"soap": _SOAP, None: IN_SOAP})
    etree.SubElement(envelope, f"{{{_SOAP}}}Body").append(root)
    etree.cleanup_namespaces(envelope, top_nsmap={"soap": _SOAP, None: IN_SOAP})
    return bytes(etree.tostring(envelope, xml_declaration=True, encoding="UTF-8"))


def local_day_and_time(at: datetime, zone: str) -> tuple[str, str]:
    """An instant as the clocks of a zone show it, as IDocs have days and times."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%Y%m%d}", f"{local:%H%M%S}"


def _write(parent: etree._Element, segment: WrittenSegment) -> None:
    element = etree.SubElement(parent, segment.name, SEGMENT="1")
    for name, value in segment.values.items():
        most = _LENGTHS[segment.name][name]
        if len(value) > most:
            words = f"has {len(value)} characters, and {segment.name}-{name} takes {most}"
            raise Declined(f"{value[:80]!r} {words}")
        if value:
            try:
                etree.SubElement(element, name).text = value
            except ValueError:
                raise Declined(f"{segment.name}-{name} cannot be written: {value[:80]!r} is no text of XML") from None
    for each in segment.below:
        _write(element, each)
