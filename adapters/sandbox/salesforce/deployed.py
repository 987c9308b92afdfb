"""The objects of an organisation in which the plug-in kit was deployed, read from what its administrator deploys."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from lxml import etree

from adapters.sandbox.salesforce.fields import OrgField, OrgObject

_OBJECTS = Path(__file__).parents[2] / "crm_salesforce" / "kit" / "force-app" / "main" / "default" / "objects"
_TYPES = {
    "Text": "string",
    "TextArea": "textarea",
    "LongTextArea": "textarea",
    "Number": "double",
    "DateTime": "datetime",
    "Checkbox": "boolean",
    "Picklist": "picklist",
}


@cache
def deployed() -> Mapping[str, OrgObject]:
    """The kit's objects and platform events, by name."""
    return {each.name: _object(each, number) for number, each in enumerate(sorted(_OBJECTS.iterdir()), 1)}


def _object(folder: Path, number: int) -> OrgObject:
    name = OrgField("Name", length=80, may_create=False, may_update=False)
    fields = [_field(each) for each in sorted((folder / "fields").glob("*.field-meta.xml"))]
    return OrgObject(folder.name, f"a{number:02d}", (name, *fields))


def _field(path: Path) -> OrgField:
    root = etree.parse(path, etree.XMLParser(resolve_entities=False, no_network=True)).getroot()

    def said(name: str, otherwise: str = "") -> str:
        return root.findtext(f"{{*}}{name}") or otherwise

    return OrgField(
        name=said("fullName"),
        type=_TYPES[said("type")],
        length=int(said("length", "255")),
        precision=int(said("precision", "18")),
        scale=int(said("scale", "0")),
        required=said("required") == "true",
        external_id=said("externalId") == "true",
        unique=said("unique") == "true",
        case_sensitive=said("caseSensitive") == "true",
        words=tuple(each.text or "" for each in root.iterfind("{*}valueSet//{*}value/{*}fullName")),
        restricted=said("valueSet/{*}restricted", "true") == "true",
    )
