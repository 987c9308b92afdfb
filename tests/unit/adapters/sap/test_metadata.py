"""Metadata as SAP publishes them, and as somebody who means harm, or another version, would write them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pyodata.v2 import model as edm

from adapters.erp_sap.odata.addresses import call_address
from adapters.erp_sap.odata.metadata import read_v2
from adapters.erp_sap.odata.model import DefinitionFault, EdmType, ServiceModel
from adapters.sandbox.sap.edmx import packaged, service_of
from tests.support.interfaces import interface, samples

PUBLISHED = {
    "API_SALES_ORDER_SRV": "API_SALES_ORDER_SRV.edmx",
    "API_PROCESS_ORDER_2_SRV": "API_PROCESS_ORDER_2_SRV.edmx",
    "API_OUTBOUND_DELIVERY_SRV": "API_OUTBOUND_DELIVERY_SRV_0002.edmx",
    "API_INSPECTIONLOT_SRV": "API_INSPECTIONLOT_SRV.edmx",
}
SALES = packaged()["API_SALES_ORDER_SRV"]


def small(inside: str, *, edmx: str = "http://schemas.microsoft.com/ado/2007/06/edmx", schema: str = "") -> bytes:
    namespace = schema or "http://schemas.microsoft.com/ado/2008/09/edm"
    return (
        f'<edmx:Edmx Version="1.0" xmlns:edmx="{edmx}"><edmx:DataServices>'
        f'<Schema Namespace="N" xmlns="{namespace}">{inside}</Schema></edmx:DataServices></edmx:Edmx>'
    ).encode()


THING = (
    '<EntityType Name="Thing"><Key><PropertyRef Name="Id"/></Key>'
    '<Property Name="Id" Type="Edm.String" Nullable="false"/>{}</EntityType>'
    '<EntityContainer Name="C"><EntitySet Name="Things" EntityType="N.Thing"/></EntityContainer>'
)


@pytest.mark.parametrize("path", samples("sap", "*.edmx"))
def test_what_sap_publishes_is_read_as_another_reader_reads_it(path: Path) -> None:
    document = path.read_bytes()
    model, other = read_v2("service", document), service_of("service", document)
    assert model.namespace == other.namespace
    assert model.sets.keys() == other.sets.keys() and model.functions.keys() == other.functions.keys()
    compared = 0
    for name, kind in other.types.items():
        mine = model.types[name]
        assert (mine.key, mine.fields.keys()) == (kind.key, kind.fields.keys())
        assert {each.name: (each.target, each.is_many) for each in mine.links.values()} == {
            each.name: (each.target, each.is_many) for each in kind.links.values()
        }
        for field in kind.fields.values():
            read = mine.fields[field.name]
            assert (read.type.value, read.nullable, read.length_max) == (
                f"Edm.{field.type}", field.nullable, field.length_max,
            )  # fmt: skip
            assert (read.is_etag, read.is_date, read.is_upper_case) == (
                field.is_etag, field.is_date, field.is_upper_case,
            )  # fmt: skip
            assert (read.creatable, read.updatable, read.filterable) == (
                field.creatable, field.updatable, field.filterable,
            )  # fmt: skip
            assert read.precision == field.precision
            if field.precision:
                assert (read.scale or 0) == (field.scale or 0)
            compared += 1
    for name, entity_set in other.sets.items():
        mine_set = model.sets[name]
        assert (mine_set.creatable, mine_set.updatable, mine_set.deletable, mine_set.addressable) == (
            entity_set.creatable, entity_set.updatable, entity_set.deletable, entity_set.addressable,
        )  # fmt: skip
    assert compared > 300


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_documents_of_the_twin_say_what_sap_publishes(name: str) -> None:
    ours, theirs = read_v2(name, packaged()[name]), read_v2(name, interface(f"sap/{PUBLISHED[name]}").read_bytes())
    for entity_set in ours.sets.values():
        published = theirs.sets[entity_set.name]
        assert (entity_set.creatable, entity_set.updatable, entity_set.deletable) == (
            published.creatable, published.updatable, published.deletable,
        )  # fmt: skip
        assert entity_set.type.key == published.type.key
        for field in entity_set.type.fields.values():
            assert field == published.type.fields[field.name]
        for link in entity_set.type.links.values():
            assert link == published.type.links[link.name]
    for function in ours.functions.values():
        assert function == theirs.functions[function.name]
    assert sum(len(each.type.fields) for each in ours.sets.values()) > 60


def test_the_limits_stand_in_the_model() -> None:
    model = read_v2("API_SALES_ORDER_SRV", SALES)
    order = model.entity_set("A_SalesOrder").type
    assert order.has_etag and order.fields["LastChangeDateTime"].is_etag
    assert order.fields["LastChangeDateTime"].precision == 7
    quantity = model.entity_set("A_SalesOrderItem").type.fields["RequestedQuantity"]
    assert (quantity.type, quantity.precision, quantity.scale) == (EdmType.DECIMAL, 15, 3)
    assert model.field("A_SalesOrder", "RequestedDeliveryDate").is_date
    assert not model.field("A_SalesOrder", "TotalNetAmount").creatable
    assert model.field("A_SalesOrder", "SalesOrder").length_max == 10
    assert model.field("A_SalesOrderText", "LongText").length_max is None
    assert not model.field("A_SalesOrderText", "LongText").filterable
    item = model.link_of(order, "to_Item")
    assert item.is_many and model.target_of(item).name == "A_SalesOrderItemType"


def test_one_number_for_precision_and_scale_of_a_parameter_is_its_scale() -> None:
    model = read_v2("API_OUTBOUND_DELIVERY_SRV", packaged()["API_OUTBOUND_DELIVERY_SRV"])
    quantity = model.function("PickOneItemWithSalesQuantity").parameters["ActualDeliveryQuantity"]
    assert (quantity.precision, quantity.scale) == (None, 3)


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda model: model.entity_set("A_Order"), "service S, A_Order: there is no entity set A_Order"),
        (lambda model: model.entity_set("a_salesorder"), "there is A_SalesOrder"),
        (
            lambda model: model.field("A_SalesOrder", "Activity"),
            "S, A_SalesOrderType.Activity: there is no field",
        ),
        (lambda model: model.function("Release"), "service S, Release: there is no function"),
        (lambda model: model.link_of(model.sets["A_SalesOrder"].type, "to_Items"), "no navigation to_Items"),
        (lambda model: model.type("X"), "no type X"),
    ],
)
def test_what_is_missing_is_named_with_service_entity_and_field(
    ask: Callable[[ServiceModel], object], words: str
) -> None:
    with pytest.raises(DefinitionFault) as fault:
        ask(read_v2("S", SALES))
    assert words in str(fault.value)
    assert fault.value.service == "S"


SCHEMAS_WITH_ALIASES = """<edmx:Edmx Version="1.0" xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx"
    xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata" xmlns:sap="http://www.sap.com/Protocols/SAPData">
<edmx:DataServices m:DataServiceVersion="2.0">
<Schema Namespace="Z.TYPES" Alias="T" xmlns="http://schemas.microsoft.com/ado/2008/09/edm">
<EntityType Name="Order" sap:label="製造指図"><Key><PropertyRef Name="Id"/></Key>
<Property Name="Id" Type="Edm.String" Nullable="false" MaxLength="12" sap:label="Auftragsnr. für &quot;Müller&quot;"/>
</EntityType></Schema>
<Schema Namespace="Z.SERVICE" Alias="SELF" xmlns="http://schemas.microsoft.com/ado/2008/09/edm">
<EntityContainer Name="C" m:IsDefaultEntityContainer="true"><EntitySet Name="Orders" EntityType="T.Order"/>
<FunctionImport Name="Release" ReturnType="Collection(T.Order)" EntitySet="Orders" m:HttpMethod="POST"/>
</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>"""


def test_a_name_may_begin_with_the_alias_of_its_schema() -> None:
    model = read_v2("S", SCHEMAS_WITH_ALIASES.encode())
    assert model.field("Orders", "Id").length_max == 12
    release = model.function("Release")
    assert (release.method, release.returns, release.returns_many) == ("POST", "Order", True)


@pytest.mark.parametrize("aliases", [("", "T"), ("T", ""), ("T", "T"), ("T", "U")])
def test_a_namespace_may_be_told_in_parts_of_which_each_has_an_alias_or_none(aliases: tuple[str, str]) -> None:
    first, second = (f'Alias="{each}"' if each else "" for each in aliases)
    document = SCHEMAS_WITH_ALIASES.replace('Alias="T"', first).replace('Z.SERVICE" Alias="SELF"', f'Z.TYPES" {second}')
    model = read_v2("S", document.encode())
    assert list(model.types) == ["Order"] and model.function("Release").returns == "Order"


def test_an_alias_of_two_schemas_says_nothing() -> None:
    with pytest.raises(DefinitionFault, match="service S: two of its schemas have one alias"):
        read_v2("S", SCHEMAS_WITH_ALIASES.replace('Alias="SELF"', 'Alias="T"').encode())


BOMB = (
    '<!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(8))
    + "]><edmx:Edmx xmlns:edmx='http://schemas.microsoft.com/ado/2007/06/edmx'>&i;</edmx:Edmx>"
)
V4 = (
    '<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>'
    '<Schema Namespace="N" xmlns="http://docs.oasis-open.org/odata/ns/edm"/></edmx:DataServices></edmx:Edmx>'
)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (BOMB.encode(), "declare a document type|no XML: .*amplification"),
        (
            b"<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/hostname'>]>"
            b"<edmx:Edmx xmlns:edmx='http://schemas.microsoft.com/ado/2007/06/edmx'>&a;</edmx:Edmx>",
            "declare a document type",
        ),
        (b"<!DOCTYPE x SYSTEM 'http://127.0.0.1:1/x.dtd'><x/>", "declare a document type"),
        (b"", "no XML"),
        (b"{}", "no XML"),
        (b"<a>" * 300 + b"</a>" * 300, "nested|no XML"),
        (b"<html><body>Log on</body></html>", "begin with html of no namespace"),
        (b" " * ((8 << 20) + 1), "larger than"),
        (V4.encode(), "speaks OData V4, which is not supported yet"),
        (small("", schema="http://docs.oasis-open.org/odata/ns/edm"), "speaks OData V4"),
        (small("", schema="http://example.com/edm"), "unknown namespace, http://example.com/edm"),
        (small("", edmx="http://example.com/edmx"), "begin with Edmx of http://example.com/edmx"),
        (
            b'<edmx:Edmx xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx"><edmx:DataServices/></edmx:Edmx>',
            "have no Schema",
        ),
        (small('<EntityContainer Name="C"><EntitySet Name="A" EntityType="N.None"/></EntityContainer>'), "contradict"),
        (small(THING.format('<Property Name="P" Type="Edm.Decimal" Precision="x"/>')), "contradict"),
        (
            small(THING.format('<NavigationProperty Name="to" Relationship="N.none" FromRole="a" ToRole="b"/>')),
            "contradict",
        ),
    ],
)
def test_what_are_no_metadata_of_v2_is_refused_in_words(document: bytes, words: str) -> None:
    with pytest.raises(DefinitionFault, match=f"^service S: .*({words})"):
        read_v2("S", document)


def test_a_field_whose_type_is_not_read_does_not_spoil_the_rest() -> None:
    model = read_v2("S", small(THING.format('<Property Name="Picture" Type="Edm.Stream"/>')))
    assert model.field("Things", "Id").type is EdmType.STRING
    with pytest.raises(DefinitionFault, match=r"Thing.Picture: its type Edm.Stream is none that we read"):
        model.field("Things", "Picture")


def test_what_is_not_said_is_unknown_and_not_zero() -> None:
    fields = '<Property Name="A" Type="Edm.Decimal"/><Property Name="B" Type="Edm.Decimal" Precision="5"/>'
    fields += (
        '<Property Name="C" Type="Edm.String" MaxLength="Max"/><Property Name="D" Type="Edm.DateTime" Precision="0"/>'
    )
    known = read_v2("S", small(THING.format(fields))).sets["Things"].type.fields
    assert (known["A"].precision, known["A"].scale) == (None, None)
    assert (known["B"].precision, known["B"].scale) == (5, 0)
    assert known["C"].length_max is None
    assert known["D"].precision == 0


def test_reading_leaves_no_trace_in_the_library(caplog: pytest.LogCaptureFixture) -> None:
    before = len(edm.SAP_ANNOTATION_VALUE_LIST)
    annotated = SALES.replace(
        b"</Schema>", b'<Annotations Target="x" xmlns="http://docs.oasis-open.org/odata/ns/edm"/></Schema>'
    )
    read_v2("S", annotated)
    assert len(edm.SAP_ANNOTATION_VALUE_LIST) == before
    assert not caplog.records


def schemas(*parts: tuple[str, str], edm_of: str = "2008/09") -> bytes:
    """Metadata of several schemas, each with its namespace."""
    inside = "".join(
        f'<Schema Namespace="{name}" xmlns="http://schemas.microsoft.com/ado/{edm_of}/edm">{part}</Schema>'
        for name, part in parts
    )
    return (
        '<edmx:Edmx Version="1.0" xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx" '
        'xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"><edmx:DataServices>'
        f"{inside}</edmx:DataServices></edmx:Edmx>"
    ).encode()


def container(inside: str) -> str:
    return f'<EntityContainer Name="C">{inside}</EntityContainer>'


def test_two_schemas_may_each_have_a_type_of_one_name() -> None:
    key = '<Key><PropertyRef Name="Id"/></Key><Property Name="Id" Type="Edm.{}" Nullable="false"/>'
    link = '<NavigationProperty Name="to_Other" Relationship="A.Pair" FromRole="Mine" ToRole="Theirs"/>'
    pair = (
        '<Association Name="Pair"><End Type="A.Order" Multiplicity="1" Role="Mine"/>'
        '<End Type="B.Order" Multiplicity="*" Role="Theirs"/></Association>'
    )
    model = read_v2(
        "S",
        schemas(
            ("A", f'<EntityType Name="Order">{key.format("String")}{link}</EntityType>{pair}'),
            (
                "B",
                f'<EntityType Name="Order">{key.format("Int32")}<Property Name="B" Type="Edm.Guid"/></EntityType>'
                '<EntityType Name="Item"><Key><PropertyRef Name="N"/></Key>'
                '<Property Name="N" Type="Edm.Int16" Nullable="false"/></EntityType>',
            ),
            (
                "C",
                container(
                    '<EntitySet Name="Ours" EntityType="A.Order"/><EntitySet Name="Theirs" EntityType="B.Order"/>'
                    '<EntitySet Name="Items" EntityType="B.Item"/>'
                    '<FunctionImport Name="Last" ReturnType="B.Order" EntitySet="Theirs"/>'
                ),
            ),
        ),
    )
    assert model.field("Ours", "Id").type is EdmType.STRING and model.field("Theirs", "Id").type is EdmType.INT32
    assert model.target_of(model.entity_set("Ours").type.links["to_Other"]) is model.entity_set("Theirs").type
    assert "B" in model.type(model.function("Last").returns).fields
    assert "Item" in model.types, "a name that only one of them has stays as it is"


def test_a_type_has_what_its_base_has() -> None:
    special = '<EntityType Name="Special" BaseType="{}"><Property Name="Extra" Type="Edm.Int32"/></EntityType>'
    sets = container('<EntitySet Name="Specials" EntityType="N.Special"/>')
    thing = THING.partition("<EntityContainer")[0].format('<Property Name="More" Type="Edm.Guid"/>')
    middle = '<EntityType Name="Middle" BaseType="N.Thing"/>'
    model = read_v2("S", schemas(("N", special.format("N.Middle") + middle + thing + sets)))
    found = model.entity_set("Specials").type
    assert found.key == ("Id",) and set(found.fields) == {"Id", "More", "Extra"} and not found.fields["Id"].nullable
    for base in ("N.Nowhere", "N.Special"):
        with pytest.raises(DefinitionFault, match="service S, Special: its base"):
            read_v2("S", schemas(("N", special.format(base) + thing + sets)))


def test_what_types_inherit_is_bounded() -> None:
    many = "".join(f'<Property Name="P{n}" Type="Edm.Int32"/>' for n in range(600))
    heirs = "".join(f'<EntityType Name="H{n}" BaseType="N.Thing"/>' for n in range(100))
    with pytest.raises(DefinitionFault, match="inherit more than"):
        read_v2("S", schemas(("N", THING.format(many) + heirs)))
    line = "".join(f'<EntityType Name="L{n}" BaseType="N.L{n + 1}"/>' for n in range(5000))
    with pytest.raises(DefinitionFault, match="more than 40 bases"):
        read_v2("S", schemas(("N", line + '<EntityType Name="L5000"/>')))


def test_a_function_that_cannot_be_called_does_not_spoil_the_rest() -> None:
    parameters = (
        '<Parameter Name="Where" Type="N.Place" Mode="In"/>',
        '<Parameter Name="Where" Type="Collection(Edm.String)" Mode="In"/>',
        '<Parameter Name="Where" Type="Edm.Stream" Mode="In"/>',
    )
    place = '<ComplexType Name="Place"><Property Name="City" Type="Edm.String"/></ComplexType>'
    for parameter in parameters:
        function = f'<FunctionImport Name="Move" m:HttpMethod="POST">{parameter}</FunctionImport>'
        model = read_v2("S", schemas(("N", THING.format("") + place), ("M", container(function))))
        assert model.field("Things", "Id").type is EdmType.STRING
        with pytest.raises(DefinitionFault, match=r"service S, Move\.Where: its type .* is none that we read"):
            call_address(model, model.function("Move"), {})


def test_a_list_is_no_single_value() -> None:
    model = read_v2("S", schemas(("N", THING.format('<Property Name="Tags" Type="Collection(Edm.String)"/>'))))
    with pytest.raises(DefinitionFault, match=r"service S, Thing\.Tags: its type Collection\(Edm\.String\)"):
        model.field("Things", "Tags")


@pytest.mark.parametrize("edm_of", ["2006/04", "2007/05", "2008/01", "2008/09", "2009/08", "2009/11"])
def test_what_csdl_leaves_to_a_default_is_read(edm_of: str) -> None:
    inside = (
        '<EntityType Name="Order"><Key><PropertyRef Name="Id"/></Key><Property Name="Id" Type="String" Nullable="0"/>'
        '<Property Name="Kind" Type="N.Kinds"/>'
        '<NavigationProperty Name="to_Item" Relationship="N.OrderItem" FromRole="Order" ToRole="Item"/></EntityType>'
        '<EntityType Name="Item"><Key><PropertyRef Name="Id"/></Key>'
        '<Property Name="Id" Type="Edm.String" Nullable="false"/></EntityType>'
        '<EnumType Name="Kinds"><Member Name="One"/></EnumType>'
        '<Association Name="OrderItem"><End Type="N.Order" Multiplicity="1"/>'
        '<End Type="N.Item" Multiplicity="*"/></Association>'
    )
    sets = container(
        '<EntitySet Name="Orders" EntityType="N.Order"/>'
        '<FunctionImport Name="Newest"><ReturnType Type="Collection(N.Order)" EntitySet="Orders"/></FunctionImport>'
    )
    model = read_v2("S", schemas(("N", inside), ("N", sets), edm_of=edm_of))
    order = model.entity_set("Orders").type
    assert order.fields["Id"].type is EdmType.STRING and not order.fields["Id"].nullable
    assert order.links["to_Item"].is_many and model.target_of(order.links["to_Item"]).name == "Item"
    assert order.unread == {"Kind": "N.Kinds"}
    newest = model.function("Newest")
    assert newest.returns_many and model.type(newest.returns) is order
