"""The wire of LIMSML as the other side knows it: envelope, credentials, documents. Written without the adapter's code.

What no public source shows (words and codes of errors) is invented here, and said so.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from lxml import etree

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
SERVICE = "http://www.thermo.com/informatics/xmlns/limswebservice"
ACTION = f"{SERVICE}/Process"
LIMSML = "http://www.thermo.com/informatics/xmlns/limsml/1.0"
_XSD = "http://www.w3.org/2001/XMLSchema"
_DECLARED = f'xmlns:xsd="{_XSD}" xmlns:xsi="{_XSD}-instance"'
_TRANSACTION = re.compile(r'<transaction>(<system response_type="(?:system|data)")>(.*?)</transaction>')
_HEADER = re.compile(r'<parameter name="([A-Z]+)">([^<]*)</parameter>')


class NotUnderstood(Exception):
    """The request is not as LIMSML has it."""


@dataclass(frozen=True, slots=True)
class AskedAction:
    """One transaction as it was asked."""

    command: str
    entity: str
    parameters: Mapping[str, str]
    fields: Mapping[str, str]
    analyses: tuple[str, ...]
    response_type: str


@dataclass(frozen=True, slots=True)
class AskedRequest:
    """A request: its header in the clear, and its transactions."""

    header: Mapping[str, str]
    actions: Sequence[AskedAction]


def request_of(envelope: bytes) -> AskedRequest:
    """Reads an envelope. Raises NotUnderstood."""
    root = _parsed(envelope)
    found = root.findall(f"{{{SOAP}}}Body/{{{SERVICE}}}Process/{{{SERVICE}}}request")
    if len(found) != 1 or not found[0].text:
        raise NotUnderstood("a Process with one request is wanted")
    text = found[0].text
    document = _parsed(text.encode())
    if document.tag != f"{{{LIMSML}}}limsml" or not text.startswith('<?xml version="1.0" encoding="utf-8"?>'):
        raise NotUnderstood("a LIMSML document in UTF-8 is wanted")
    header = _in_the_clear(text)
    actions = [_action(each) for each in document.findall(f"{{{LIMSML}}}body/{{{LIMSML}}}transaction")]
    if not actions:
        raise NotUnderstood("a transaction is wanted")
    return AskedRequest(header, actions)


def answer(request_session: str, transactions: Iterable[str], errors: Iterable[str]) -> bytes:
    """The envelope of an answer: a document over several lines, escaped."""
    session = f'<parameter name="SESSION">{request_session}</parameter>' if request_session else ""
    told = "".join(errors)
    document = (
        '<?xml version="1.0" encoding="utf-16"?>\r\n'
        f'<limsml xmlns="{LIMSML}">\r\n  <header>{session}</header>\r\n  <body>{"".join(transactions)}</body>\r\n'
        f"{f'  <errors>{told}</errors>' if told else ''}\r\n</limsml>"
    )
    return envelope(
        f'<ProcessResponse xmlns="{SERVICE}"><ProcessResult>{escape(document)}</ProcessResult></ProcessResponse>'
    )


def envelope(body: str) -> bytes:
    """A SOAP envelope."""
    return f'<?xml version="1.0"?><s:Envelope xmlns:s="{SOAP}"><s:Body>{body}</s:Body></s:Envelope>'.encode()


def fault(words: str) -> bytes:
    """A SOAP fault that blames the caller."""
    return envelope(f"<s:Fault><faultcode>s:Client</faultcode><faultstring>{escape(words)}</faultstring></s:Fault>")


def error(words: str = "", code: str = "", *, below: str = "") -> str:
    """An error; one without words and code has others below it."""
    said = f"<description>{escape(words)}</description>" if words else ""
    said += f"<code>{code}</code>" if code else ""
    return f"<error>{said}{f'<errors>{below}</errors>' if below else ''}</error>"


def system(action: AskedAction, value: str) -> str:
    """A transaction that answers with one value."""
    return (
        f'<transaction><system response_type="system"><entity type="{action.entity}"><actions><action>'
        f"<command>{action.command}</command></action></actions>"
        f'<fields><field id="value">{escape(value)}</field></fields><children /></entity></system></transaction>'
    )


def data(table: str, columns: Mapping[str, str], rows: Iterable[Mapping[str, str]]) -> str:
    """A transaction that answers with a table: its schema, and its rows, without the columns that have no value."""
    described = "".join(
        f'<xs:element name="{name.upper()}" type="xs:{kind}" msdata:Caption="{name}" minOccurs="0"/>'
        for name, kind in columns.items()
    )
    told = "".join(f"<{table.upper()}>{_cells(row)}</{table.upper()}>" for row in rows)
    return (
        '<transaction><data><ADODataSet xmlns=""><NewDataSet>'
        f'<xs:schema id="NewDataSet" xmlns:xs="{_XSD}" xmlns:msdata="urn:schemas-microsoft-com:xml-msdata">'
        '<xs:element name="NewDataSet" msdata:IsDataSet="true"><xs:complexType><xs:choice maxOccurs="unbounded">'
        f'<xs:element name="{table.upper()}"><xs:complexType><xs:sequence>{described}</xs:sequence></xs:complexType>'
        f"</xs:element></xs:choice></xs:complexType></xs:element></xs:schema>{told}"
        "</NewDataSet></ADODataSet></data></transaction>"
    )


def _cells(row: Mapping[str, str]) -> str:
    return "".join(f"<{name.upper()}>{escape(value)}</{name.upper()}>" for name, value in row.items() if value)


def _parsed(document: bytes) -> etree._Element:
    try:
        return etree.fromstring(document, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as wrong:
        raise NotUnderstood(f"no XML: {wrong.msg}") from None


def _in_the_clear(text: str) -> dict[str, str]:
    """The header, read with the key that follows from each transaction as a document of its own."""
    head = text.partition("<body>")[0]
    values = dict(_HEADER.findall(head))
    if list(values) not in (["USER", "PASSWORD", "CONNECT"], ["USER", "SESSION", "CONNECT"]):
        raise NotUnderstood("a header of USER, PASSWORD or SESSION, and CONNECT is wanted, in this order")
    alone = "".join(
        f'<?xml version="1.0" encoding="utf-8"?><transaction {_DECLARED}>{start} xmlns="{LIMSML}">{rest}</transaction>'
        for start, rest in _TRANSACTION.findall(text)
    )
    key = _key(alone.encode("latin-1"))
    try:
        return {name: value if name == "CONNECT" else _revealed(key, value) for name, value in values.items()}
    except ValueError:
        raise NotUnderstood("the header is not obscured as it must be") from None


def _key(text: bytes) -> bytes:
    found = 0xFFFFFFFF
    for byte in text:
        low = (found ^ byte) & 0xFF
        for _ in range(8):
            low = (low >> 1) ^ 0x04C11DB7 if low & 1 else low >> 1
        found = (found >> 8) ^ low
    found ^= 0xFFFFFFFF
    pairs = "-".join(f"{found >> shift & 0xFF:02X}" for shift in (24, 16, 8, 0))
    return hashlib.md5(pairs.encode(), usedforsecurity=False).digest()[:5] + bytes(11)


def _revealed(key: bytes, digits: str) -> str:
    """RC4, by hand: a stream of the key's own, laid over the text."""
    box, at = list(range(256)), 0
    for each in range(256):
        at = (at + box[each] + key[each % len(key)]) % 256
        box[each], box[at] = box[at], box[each]
    found, one, two = bytearray(), 0, 0
    for byte in bytes.fromhex(digits):
        one = (one + 1) % 256
        two = (two + box[one]) % 256
        box[one], box[two] = box[two], box[one]
        found.append(byte ^ box[(box[one] + box[two]) % 256])
    return found.decode("utf-16-le")


def _action(transaction: etree._Element) -> AskedAction:
    systems = transaction.findall(f"{{{LIMSML}}}system")
    entities = [] if len(systems) != 1 else systems[0].findall(f"{{{LIMSML}}}entity")
    if len(entities) != 1:
        raise NotUnderstood("a transaction has one system with one entity")
    entity = entities[0]
    _check_parts(entity)
    commands = entity.findall(f"{{{LIMSML}}}actions/{{{LIMSML}}}action")
    if len(commands) != 1:
        raise NotUnderstood("the outermost entity carries one action")
    command = commands[0].findtext(f"{{{LIMSML}}}command", "")
    parameters = {each.get("name", ""): each.text or "" for each in commands[0].findall(f"{{{LIMSML}}}parameter")}
    if command != command.upper() or any(name != name.upper() for name in parameters):
        raise NotUnderstood("commands and parameters are in capitals")
    tests = entity.findall(f"{{{LIMSML}}}children/{{{LIMSML}}}entity")
    analyses = tuple(_fields(each).get("analysis", "") for each in tests)
    return AskedAction(
        command, entity.get("type", ""), parameters, _fields(entity), analyses, systems[0].get("response_type", "")
    )


def _check_parts(entity: etree._Element) -> None:
    if [etree.QName(each).localname for each in entity] != ["actions", "fields", "children"]:
        raise NotUnderstood("an entity has actions, fields and children")
    if entity.get("type", "") != entity.get("type", "").upper():
        raise NotUnderstood("types of entities are in capitals")
    for below in entity.findall(f"{{{LIMSML}}}children/{{{LIMSML}}}entity"):
        if below.findall(f"{{{LIMSML}}}actions/{{{LIMSML}}}action"):
            raise NotUnderstood("only the outermost entity carries an action")
        _check_parts(below)


def _fields(entity: etree._Element) -> dict[str, str]:
    fields = entity.findall(f"{{{LIMSML}}}fields/{{{LIMSML}}}field")
    if any(each.get("direction") not in ("in", "out") or not each.get("datatype") for each in fields):
        raise NotUnderstood("a field has a direction and a data type")
    return {each.get("id", ""): each.text or "" for each in fields}
