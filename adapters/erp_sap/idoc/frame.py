"""The frame of IDocs in XML: a stranger's text, read without document types and within bounds. Pure.

A root holds one IDOC or several, each a control record (`EDI_DC40`) and segments. A segment is an element with the
attribute SEGMENT; what is in it without that is a field. Names have no namespace; blanks at an end mean nothing.
Where the port has SOAP switched on, the same stands in an envelope, and its names are in SAP's namespace for that.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal

from lxml import etree

from adapters.erp_sap.documents import RecordFields
from adapters.manifest import Refused

NOT_IDOC = "BODY_NOT_IDOC"
IDOCS_MAX = 1000
ELEMENTS_MAX = 200_000
_DECLARED = re.compile(rb"""\A\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]{0,200}\?>")
_CHARSET = re.compile(r""";\s*charset\s*=\s*"?([A-Za-z0-9._-]{1,40})""", re.IGNORECASE)
_ENCODINGS = re.compile(r"utf-?(8|16|16le|16be|16-le|16-be)|us-ascii|iso-8859-\d{1,2}|windows-125\d", re.IGNORECASE)
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_UNMARKED = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
_ENVELOPES = ("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope")
IN_SOAP = "urn:sap-com:document:sap:idoc:soap:messages"
_DAY = re.compile(r"[0-9]{8}")
_TIME = re.compile(r"[0-9]{6}")
_MINUS_BEHIND = re.compile(r"[0-9.]+-")
_NO_DAY = "00000000"


@dataclass(frozen=True, slots=True)
class IdocFields(RecordFields):
    """The fields of a segment. A day of zeros is none, and a minus may stand behind its number."""

    def decimal(self, name: str) -> Decimal:
        """An exact number."""
        given = self.needed(name)
        if not _MINUS_BEHIND.fullmatch(given):
            return RecordFields.decimal(self, name)
        return -RecordFields({name: given[:-1]}, self.place).decimal(name)

    def day_if_any(self, name: str) -> date | None:
        """A day of the calendar, or None where there is none."""
        return None if self.text(name) in ("", _NO_DAY) else self.day(name)

    def day(self, name: str) -> date:
        """A day of the calendar."""
        given = self.needed(name)
        if given == _NO_DAY:
            raise self.wrong(name, "is required", "FIELD_MISSING")
        if not _DAY.fullmatch(given):
            raise self.wrong(name, f"must be a day such as 20261203, and is {given[:60]!r}")
        return RecordFields.day(self, name)

    def time_of_day(self, name: str) -> time:
        """A time of the day."""
        given = self.needed(name)
        if not _TIME.fullmatch(given):
            raise self.wrong(name, f"must be a time of the day such as 080000, and is {given[:60]!r}")
        return RecordFields.time_of_day(self, name)


@dataclass(frozen=True, slots=True)
class IdocSegment:
    """A segment, and the segments below it in their order."""

    name: str
    place: str  # as a JSON pointer from the root
    values: Mapping[str, str]
    below: tuple["IdocSegment", ...]

    @property
    def fields(self) -> IdocFields:
        """Its fields, each read as what it is."""
        return IdocFields(self.values, self.place)

    def each(self, name: str) -> list["IdocSegment"]:
        """The segments of a name right below it."""
        return [each for each in self.below if each.name == name]

    def only(self, name: str) -> "IdocSegment":
        """The one segment of a name below it."""
        found = self.each(name)
        if len(found) != 1:
            raise Refused(NOT_IDOC, f"It has {len(found)} segments {name}, and should have one.", self.place)
        return found[0]

    def all(self) -> Iterator["IdocSegment"]:
        """All segments below it, in their order."""
        for each in self.below:
            yield each
            yield from each.all()


def idocs_in(body: bytes, content_type: str) -> list[IdocSegment]:
    """The IDocs of a body, each as a segment with the name IDOC. Raises Refused."""
    text = _text(body, content_type)
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise Refused(NOT_IDOC, "It has a document type, which IDocs have not.")
    if text.count("<") > 2 * ELEMENTS_MAX:
        raise Refused(NOT_IDOC, f"It has more than {ELEMENTS_MAX} elements; send fewer IDocs at once.", status=413)
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(_DECLARATION.sub("", text, count=1).strip().encode(), parser)
    except etree.XMLSyntaxError as wrong:
        raise Refused(NOT_IDOC, f"It is not XML: {wrong.msg}") from None
    root = _unwrapped(root)
    if not 0 < len(root) <= IDOCS_MAX or any(each.tag != "IDOC" for each in root):
        raise Refused(NOT_IDOC, f"Its root holds 1 to {IDOCS_MAX} elements IDOC, and nothing else.", f"/{root.tag}")
    return [_segment(each, f"/{root.tag}/{index}") for index, each in enumerate(root)]


def _unwrapped(root: etree._Element) -> etree._Element:
    """What an envelope holds, its names without SAP's namespace; the root itself where it is no envelope."""
    namespace, local = etree.QName(root).namespace, etree.QName(root).localname
    if namespace not in _ENVELOPES or local != "Envelope":
        return root
    bodies = root.findall(f"{{{namespace}}}Body")
    if len(bodies) != 1 or len(bodies[0]) != 1:
        raise Refused(NOT_IDOC, "It is an envelope of SOAP whose body does not hold one message.", "/Envelope/Body")
    (found,) = bodies[0]
    for each in found.iter(f"{{{IN_SOAP}}}*"):
        each.tag = etree.QName(each).localname
    return found


def _text(body: bytes, content_type: str) -> str:
    """By its mark, else by its content type, else by what it declares, else UTF-8 (RFC 7303)."""
    mark, encoding = next(((mark, name) for mark, name in _MARKS if body.startswith(mark)), (b"", ""))
    encoding = encoding or next((name for start, name in _UNMARKED if body.startswith(start)), "")
    if not encoding and (found := _CHARSET.search(content_type)):
        encoding = found[1]
    if not encoding and (declared := _DECLARED.match(body)):
        encoding = declared[1].decode()
    encoding = encoding or "utf-8"
    if not _ENCODINGS.fullmatch(encoding):
        raise Refused(NOT_IDOC, f"The encoding {encoding} is not read; send UTF-8.")
    try:
        return body.removeprefix(mark).decode(encoding)
    except (UnicodeDecodeError, LookupError):
        raise Refused(NOT_IDOC, f"It is not in the encoding {encoding}, as it says it is.") from None


def _segment(element: etree._Element, place: str) -> IdocSegment:
    values: dict[str, str] = {}
    below: list[IdocSegment] = []
    for child in element:
        if not isinstance(child.tag, str) or child.tag.startswith("{"):
            raise Refused(NOT_IDOC, "Segments and fields have no namespace and no entities.", place)
        if "SEGMENT" in child.attrib or len(child):
            below.append(_segment(child, f"{place}/{child.tag}/{sum(each.name == child.tag for each in below)}"))
        elif child.tag in values:
            raise Refused(NOT_IDOC, f"{child.tag} stands twice in one segment.", f"{place}/{child.tag}")
        else:
            values[child.tag] = (child.text or "").rstrip()
    return IdocSegment(str(element.tag), place, values, tuple(below))
