"""The kit for a Salesforce organisation: metadata as the Metadata API takes it, complete, and wide enough for us."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

import adapters.crm_salesforce
from adapters.crm_salesforce.settings import SHAPE, Settings

KIT = Path(adapters.crm_salesforce.__file__).parent / "kit"
SOURCE = KIT / "force-app" / "main" / "default"
NAMESPACE = "{http://soap.sforce.com/2006/04/metadata}"
FILES = sorted(KIT.rglob("*.xml"))
# Folder, suffix and root element of each kind of metadata.
KINDS = {
    "objects": ("object", "CustomObject"),
    "fields": ("field", "CustomField"),
    "externalCredentials": ("externalCredential", "ExternalCredential"),
    "namedCredentials": ("namedCredential", "NamedCredential"),
    "permissionsets": ("permissionset", "PermissionSet"),
    "platformEventChannelMembers": ("platformEventChannelMember", "PlatformEventChannelMember"),
}
API_NAME = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9])*", re.ASCII)
NAME_MAX = LABEL_MAX = 40
DESCRIPTION_MAX = 1000
TYPES_OF_EVENTS = {"Checkbox", "Date", "DateTime", "Number", "Text", "LongTextArea"}
EXTERNAL_IDS_MAX = 25
# How long our values can be: names by the patterns of the protos, `slots/` and a UUID, and what is no name.
LENGTHS = {
    "Order_Reference__c": 64,
    "Patient_Reference__c": 64,
    "Product__c": len("products/") + 63,
    "Site__c": len("sites/") + 63,
    "Run__c": len("runs/") + 63,
    "Courier__c": len("partners/") + 63,
    "Slot__c": len("slots/") + 36,
    "Dose_Id__c": 36,
    "Order_Id__c": 18,
}


def read(path: Path) -> Xml.Element:
    return Xml.parse(path).getroot()


def value(part: Xml.Element, name: str) -> str:
    return part.findtext(f"{NAMESPACE}{name}", "")


def parts(whole: Xml.Element, name: str) -> list[dict[str, str]]:
    return [
        {each.tag.removeprefix(NAMESPACE): each.text or "" for each in found}
        for found in whole.findall(f"{NAMESPACE}{name}")
    ]


def objects() -> dict[str, dict[str, Xml.Element]]:
    """The fields of each object."""
    folders = sorted((SOURCE / "objects").iterdir())
    return {
        folder.name: {path.name.split(".")[0]: read(path) for path in sorted(folder.glob("fields/*.xml"))}
        for folder in folders
    }


OBJECTS = objects()
FIELDS = [(name, field, found) for name, fields in OBJECTS.items() for field, found in fields.items()]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_each_file_is_what_its_name_says(path: Path):
    root = read(path)
    if path.name == "package.xml":
        assert root.tag == f"{NAMESPACE}Package"
        return
    name, suffix, _ = path.name.split(".")
    folder = path.parent.name if path.parent.parent.name != "objects" else "objects"
    kind, element = KINDS[folder]
    assert (suffix, root.tag) == (f"{kind}-meta", f"{NAMESPACE}{element}")
    if folder == "objects":
        assert path.parent.name == name
    said = value(root, "fullName")
    assert said in ("", name)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_what_is_repeated_stands_together_as_the_metadata_api_wants_it(path: Path):
    for part in read(path).iter():
        tags = [child.tag for child in part]
        changes = sum(1 for before, after in pairwise(tags) if before != after)
        assert not tags or changes == len(set(tags)) - 1, part.tag


def test_every_name_label_and_text_fits():
    names = [path.name.split(".")[0] for path in FILES if path.name != "package.xml"]
    for name in names:
        plain = re.sub(r"__[ce]$", "", name)
        assert API_NAME.fullmatch(plain) and len(plain) <= NAME_MAX, name
    for path in FILES:
        for part in read(path).iter():
            if part.tag == f"{NAMESPACE}label" or part.tag == f"{NAMESPACE}pluralLabel":
                assert 0 < len(part.text or "") <= LABEL_MAX, path
            if part.tag == f"{NAMESPACE}description":
                assert 0 < len(part.text or "") <= DESCRIPTION_MAX, path


@pytest.mark.parametrize(("name", "field", "found"), FIELDS, ids=[f"{name}.{field}" for name, field, _ in FIELDS])
def test_a_field_is_one_that_its_object_can_have(name: str, field: str, found: Xml.Element):
    kind, length = value(found, "type"), int(value(found, "length") or 0)
    assert value(found, "label") and value(found, "description")
    if name.endswith("__e"):
        assert kind in TYPES_OF_EVENTS
        assert value(found, "externalId") in ("", "false") and value(found, "unique") in ("", "false")
    if kind == "Text":
        assert 1 <= length <= 255
        assert length >= LENGTHS.get(field, 40), f"{field} cuts values of ours"
    elif kind == "LongTextArea":
        assert 256 <= length <= 131_072 and int(value(found, "visibleLines")) >= 2
    elif kind == "Number":
        precision, scale = int(value(found, "precision")), int(value(found, "scale"))
        assert 0 <= scale <= precision <= 18
        assert precision - scale >= 10 and scale >= 3, "a thousand million megabecquerel, and one kilobecquerel"
    elif kind == "Checkbox":
        assert value(found, "defaultValue") == "false"
    else:
        assert kind in ("DateTime", "Picklist")
    if value(found, "unique") == "true":
        assert value(found, "caseSensitive") == "true", "our names differ by case"


def test_every_object_has_a_key_and_not_too_many():
    for name, fields in OBJECTS.items():
        keys = [field for field, found in fields.items() if value(found, "externalId") == "true"]
        unique = [field for field, found in fields.items() if value(found, "unique") == "true"]
        assert len(keys) <= EXTERNAL_IDS_MAX
        assert len(unique) == (0 if name.endswith("__e") else 1)
        assert any(value(found, "required") == "true" for found in fields.values())


def test_a_record_and_the_event_that_asks_for_the_same_have_the_same_fields():
    order, request = set(OBJECTS["Dose_Order__c"]), set(OBJECTS["Dose_Order_Request__e"])
    assert request - order == {"Order_Id__c"}
    assert set(OBJECTS["Dose__c"]) == set(OBJECTS["Dose_Update__e"])


def test_the_manifest_names_all_that_there_is_and_nothing_else():
    listed = {
        (value(types, "name"), member.text)
        for types in read(KIT / "manifest" / "package.xml").findall(f"{NAMESPACE}types")
        for member in types.findall(f"{NAMESPACE}members")
    }
    there = {("CustomField", f"{name}.{field}") for name, field, _ in FIELDS}
    for path in FILES:
        if path.parent.name != "fields" and path.name != "package.xml":
            there.add((read(path).tag.removeprefix(NAMESPACE), path.name.split(".")[0]))
    assert listed == there
    project = json.loads((KIT / "sfdx-project.json").read_text())
    assert project["sourceApiVersion"] == value(read(KIT / "manifest" / "package.xml"), "version")
    assert (KIT / project["packageDirectories"][0]["path"]).is_dir()


def test_what_an_installation_has_of_its_own_is_replaced_and_no_secret_is_there():
    project = json.loads((KIT / "sfdx-project.json").read_text())
    for each in project["replacements"]:
        found = sorted(KIT.glob(each["glob"]))
        assert found and all(each["stringToReplace"] in path.read_text() for path in found)
    for path in KIT.rglob("*"):
        if path.is_file() and path.suffix == ".xml":
            hosts = set(re.findall(r"https?://[^<\s\"]+", path.read_text())) - {NAMESPACE.strip("{}")}
            assert all(".example" in host for host in hosts), path
            assert not re.search(r"(?i)secret>|password", path.read_text()), path


def test_credentials_belong_together_and_have_the_name_that_salesforce_asks_for():
    named = {path.name.split(".")[0]: read(path) for path in sorted((SOURCE / "namedCredentials").iterdir())}
    external = read(SOURCE / "externalCredentials" / "Doselane.externalCredential-meta.xml")
    assert set(named) == {"Doselane", "Appointment_Management"}
    urls = {}
    for name, found in named.items():
        given = {each["parameterType"]: each for each in parts(found, "namedCredentialParameters")}
        assert value(found, "namedCredentialType") == "SecuredEndpoint"
        assert given["Authentication"]["externalCredential"] == "Doselane"
        urls[name] = given["Url"]["parameterValue"]
    assert urls["Appointment_Management"] == f"{urls['Doselane']}/fhir/r4"
    kinds = {each["parameterType"]: each for each in parts(external, "externalCredentialParameters")}
    assert {"AuthProtocolVariant", "AuthProviderUrl", "NamedPrincipal"} == set(kinds)
    ordering = read(SOURCE / "permissionsets" / "Doselane_Ordering.permissionset-meta.xml")
    [principal] = parts(ordering, "externalCredentialPrincipalAccesses")
    assert principal["externalCredentialPrincipal"] == f"Doselane-{kinds['NamedPrincipal']['parameterName']}"


def granted(name: str) -> tuple[Mapping[str, Mapping[str, str]], Mapping[str, Mapping[str, str]]]:
    """What a permission set says of objects and of fields."""
    found = read(SOURCE / "permissionsets" / f"{name}.permissionset-meta.xml")
    of_objects = {each["object"]: each for each in parts(found, "objectPermissions")}
    return of_objects, {each["field"]: each for each in parts(found, "fieldPermissions")}


def deployed(*kinds: str) -> Iterator[str]:
    for name, field, found in FIELDS:
        # Who sees an object sees its required fields: a permission for one is an error.
        if name.endswith(kinds) and value(found, "required") != "true":
            yield f"{name}.{field}"


@pytest.mark.parametrize("name", ["Doselane_Integration", "Doselane_Ordering"])
def test_a_permission_set_speaks_of_every_field_that_may_be_granted_and_of_no_other(name: str):
    of_objects, of_fields = granted(name)
    assert set(of_fields) == set(deployed("__c"))
    assert set(OBJECTS) <= set(of_objects)
    for each, found in of_objects.items():
        assert found["allowDelete"] == found["modifyAllRecords"] == "false", "nobody deletes"
        if each.endswith("__e"):
            assert found["allowEdit"] == "false", "events are published and read"


def test_people_write_what_is_wanted_and_doselane_what_came_of_it():
    _, people = granted("Doselane_Ordering")
    _, doselane = granted("Doselane_Integration")
    both = Counter(
        field for fields in (people, doselane) for field, found in fields.items() if found["editable"] == "true"
    )
    assert set(both) == set(deployed("__c")) and set(both.values()) == {1}
    assert doselane["Dose_Order__c.Outcome__c"]["editable"] == people["Dose_Order__c.Status__c"]["editable"] == "true"


def test_changes_of_orders_are_captured():
    found = read(SOURCE / "platformEventChannelMembers" / "Dose_Order_ChangeEvent.platformEventChannelMember-meta.xml")
    assert (value(found, "eventChannel"), value(found, "selectedEntity")) == ("ChangeEvents", "Dose_Order__ChangeEvent")


def test_the_kit_has_the_fields_that_the_adapter_maps():
    objects_of = {"order": "Dose_Order__c", "outcome": "Dose_Order__c", "request": "Dose_Order_Request__e"}
    standard = {"Id", "CreatedDate", "LastModifiedDate"}
    for ours, theirs in SHAPE.fields.items():
        kind = ours.partition(".")[0]
        assert theirs in standard | set(OBJECTS[objects_of.get(kind, "Dose__c")]), ours
    assert {Settings().order_object, Settings().dose_object} <= set(OBJECTS)


def test_every_step_of_the_readme_names_what_there_is():
    text = (KIT / "README.md").read_text()
    for name in (
        *OBJECTS,
        "Doselane_Ordering",
        "Doselane_Integration",
        "Appointment_Management",
        "Dose_Order_ChangeEvent",
    ):
        assert f"`{name}`" in text, name
    for variable in re.findall(r"DOSELANE_\w+", text):
        assert variable in (KIT / "sfdx-project.json").read_text()
