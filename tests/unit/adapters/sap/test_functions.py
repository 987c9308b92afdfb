"""Function modules by their WSDL: lengths and digits are read from it, what does not fit is refused, never cut."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from adapters.erp_sap.functions.client import load_wsdl
from adapters.erp_sap.functions.fitting import UnfitValues, fitted, missing_places, scale_of
from adapters.erp_sap.functions.messages import judge
from adapters.erp_sap.functions.signatures import (
    FunctionParameter,
    FunctionSignature,
    FunctionValue,
    UnreadableWsdl,
    canonical,
    read_wsdl,
)
from adapters.erp_sap.settings import settings
from adapters.outbound import Declined, Uncertain
from adapters.sandbox.sap.function_modules import PATH, WSDL

TEXT = WSDL.read_text()
SERVICE = read_wsdl(WSDL.read_bytes())
HEADER = {"ORDERID": "000001000101", "YIELD": Decimal("147.123"), "POSTG_DATE": "2026-12-01", "CONF_QUAN_UNIT": "GBQ"}
# As the service of the web services' first generation (/sap/bc/soap/wsdl) words it, and as mc-style does.
OLD = """<definitions targetNamespace="urn:sap-com:document:sap:rfc:functions" xmlns="http://schemas.xmlsoap.org/wsdl/"
 xmlns:s0="urn:sap-com:document:sap:rfc:functions" xmlns:xsd="http://www.w3.org/2001/XMLSchema"
 xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"><types><xsd:schema targetNamespace="{0}">
 <xsd:element name="{1}"><xsd:complexType><xsd:all><xsd:element name="{2}">
 <xsd:simpleType><xsd:restriction base="xsd:string"><xsd:maxLength value="10"/></xsd:restriction></xsd:simpleType>
 </xsd:element></xsd:all></xsd:complexType></xsd:element>
 <xsd:element name="{1}.Response"><xsd:complexType><xsd:all><xsd:element name="E_RESULT" type="xsd:int"/></xsd:all>
 </xsd:complexType></xsd:element></xsd:schema></types>
 <message name="In"><part name="parameters" element="s0:{1}"/></message>
 <message name="Out"><part name="parameters" element="s0:{1}.Response"/></message>
 <portType name="P"><operation name="{1}"><input message="s0:In"/><output message="s0:Out"/></operation></portType>
 <binding name="B" type="s0:P"><soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
 <operation name="{1}"><soap:operation soapAction="http://www.sap.com/{1}"/><input><soap:body use="literal"/></input>
 <output><soap:body use="literal"/></output></operation></binding>
 <service name="S"><port name="B" binding="s0:B"><soap:address location="http://ecc:8000/sap/bc/soap/rfc"/></port>
 </service></definitions>"""


def function(name: str) -> FunctionSignature:
    return SERVICE.functions[canonical(name)]


def confirmed(**changes: Any) -> dict[str, Any]:
    return fitted(function("BAPI_PROCORDCONF_CREATE_HDR"), {"ATHDRLEVELS": [{**HEADER, **changes}]})


def test_a_wsdl_says_what_there_is_and_how_long_each_value_may_be() -> None:
    assert (SERVICE.path, SERVICE.has_session) == (PATH, True)
    header = function("BAPI_PROCORDCONF_CREATE_HDR").takes["ATHDRLEVELS"]
    assert (header.line, header.is_needed) == ("item", True)
    quantity, text, day = (header.parts[name].value for name in ("YIELD", "CONFTEXT", "POSTGDATE"))
    assert quantity is not None and text is not None and day is not None
    assert (quantity.digits, quantity.scale, text.length_max, day.pattern) == (13, 3, 40, r"\d\d\d\d-\d\d-\d\d")
    assert scale_of(function("BAPI_PROCORDCONF_CREATE_HDR"), "ATHDRLEVELS.YIELD") == 3


@pytest.mark.parametrize("name", ["ORDER_ID", "OrderId"])
def test_both_naming_styles_are_read(name: str) -> None:
    found = read_wsdl(OLD.format("urn:sap-com:document:sap:rfc:functions", "Z_THING", name).encode())
    assert found.path == "/sap/bc/soap/rfc" and found.has_session is None
    assert fitted(found.functions["ZTHING"], {"ORDER_ID": "1" * 10}) == {name: "1" * 10}
    with pytest.raises(UnfitValues, match=f"Z_THING.{name} takes 10 characters, and '11111111111' has 11"):
        fitted(found.functions["ZTHING"], {"ORDER_ID": "1" * 11})


def test_what_the_wsdl_wants_and_nobody_gave_is_what_abap_takes_for_not_given() -> None:
    found = confirmed()
    (line,) = found["ATHDRLEVELS"]["item"]
    assert list(line) == [
        "ORDERID", "FIN_CONF", "CLEAR_RES", "POSTG_DATE", "CONF_TEXT", "YIELD", "SCRAP", "CONF_QUAN_UNIT",
        "CONF_QUAN_UNIT_ISO",
    ]  # fmt: skip
    assert (line["SCRAP"], line["CONF_TEXT"]) == (Decimal(0), "")
    assert found["DETAIL_RETURN"] == {"item": []}  # SAP fills only tables that it was given
    assert "TESTRUN" not in found
    empty = fitted(function("BAPI_PROCORDCONF_CREATE_HDR"), {"ATHDRLEVELS": [{}]})["ATHDRLEVELS"]["item"][0]
    assert empty["POSTG_DATE"] == "0000-00-00"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"CONF_TEXT": "x" * 41}, "CONF_TEXT takes 40 characters"),
        ({"CONF_TEXT": "\U0001f600" * 21}, "CONF_TEXT takes 40 characters"),  # ABAP counts each as two
        ({"CONF_TEXT": 7}, "CONF_TEXT takes a text, not 7"),
        ({"YIELD": Decimal("1.2345")}, "YIELD takes 3 digits after the point, and 1.2345 has 4"),
        ({"YIELD": Decimal("12345678901")}, "YIELD takes 10 digits before the point"),
        ({"YIELD": Decimal("1E+30")}, "YIELD takes 10 digits before the point"),
        ({"YIELD": Decimal("NaN")}, "YIELD takes a number"),
        ({"YIELD": 1.5}, "YIELD takes a number, not 1.5"),
        ({"POSTG_DATE": "01.12.2026"}, "POSTG_DATE must look like"),
        ({"POSTG_DATE": "2026-12-0\N{ARABIC-INDIC DIGIT ONE}"}, "POSTG_DATE must look like"),
        ({"ORDER": "1"}, r"ATHDRLEVELS\[0\] has no ORDER"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(UnfitValues, match=words):
        confirmed(**changes)


def test_the_largest_that_fits_is_taken_and_all_that_is_wrong_is_told_at_once() -> None:
    (line,) = confirmed(CONF_TEXT="\U0001f600" * 20, YIELD=Decimal("9999999999.999"))["ATHDRLEVELS"]["item"]
    assert line["YIELD"] == Decimal("9999999999.999")
    with pytest.raises(UnfitValues, match=r"CONF_TEXT takes .*; .*YIELD takes"):
        confirmed(CONF_TEXT="x" * 41, YIELD=Decimal("0.0001"))
    with pytest.raises(UnfitValues, match="ATHDRLEVELS is a table"):
        fitted(function("BAPI_PROCORDCONF_CREATE_HDR"), {"ATHDRLEVELS": HEADER})
    assert list(missing_places(function("BAPI_DELIVERY_GETLIST"), ["IT_VBELN.LOW"], ["ET_X", "RETURN.TYPE"])) == [
        "BAPI_DELIVERY_GETLIST has no IT_VBELN.LOW", "BAPI_DELIVERY_GETLIST has no ET_X",
    ]  # fmt: skip


COMMIT = 'operation name="BAPI_TRANSACTION_COMMIT"'


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("<wsdl:types>", '<wsdl:import namespace="x" location="other.wsdl"/><wsdl:types>'), "imports 'other.wsdl'"),
        (('<xsd:simpleType name="char1">', '<xsd:include schemaLocation="file:///etc/passwd"/><xsd:simpleType '
          'name="char1">'), "imports 'file:///etc/passwd'"),
        (("<wsdl:definitions", '<!DOCTYPE x [<!ENTITY a "b">]><wsdl:definitions'), "has a document type"),
        (("</wsdl:definitions>", ""), "is no XML"),
        (('element="tns:BAPI_DELIVERY_GETLIST"', 'type="tns:char1"'), "is not document/literal"),
        (('name="char12"', 'name="char13"'), "has no simpleType char12"),
        (('value="40"', 'value="many"'), "maxLength is 'many'"),
        (("<soap:binding ", "<soap:bound "), "no binding of SOAP 1.1 or 1.2"),
        (('<xsd:restriction base="xsd:string"><xsd:maxLength value="1"/>', '<xsd:restriction base="tns:char1">'),
         "go round in circles"),
        (("<wsdl:definitions", "<wsdl:description"), "is no XML"),
        (('base="xsd:decimal"', 'base="xsd:gYear"'), "xsd:gYear are not known"),
    ],
)  # fmt: skip
def test_a_wsdl_that_cannot_be_used_is_refused_with_why(change: tuple[str, str], words: str) -> None:
    assert change[0] in TEXT
    with pytest.raises(UnreadableWsdl, match=words):
        read_wsdl(TEXT.replace(change[0], change[1], 1).encode())


def test_a_bomb_is_refused_before_it_goes_off() -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 20))
    bomb = f'<!DOCTYPE x [<!ENTITY e0 "ha">{entities}]><x>&e19;</x>'
    with pytest.raises(UnreadableWsdl, match=r"document type|entity"):
        read_wsdl(bomb.encode())


@pytest.mark.parametrize(
    ("change", "terms", "words"),
    [
        ((), {"wsdl": "/nowhere.wsdl"}, "/nowhere.wsdl: it cannot be read: FileNotFoundError"),
        (("BAPI_PROCORDCONF_GETLIST", "BAPI_X"), {}, "has no BAPI_PROCORDCONF_GETLIST, which function_yields calls"),
        (('name="CONF_TEXT"', 'name="KTEXT"'), {}, "has no ATHDRLEVELS.CONF_TEXT, which function_yields needs"),
        (("BAPI_TRANSACTION_COMMIT", "Z_COMMIT"), {}, "has no BAPI_TRANSACTION_COMMIT, without which"),
        (("Session>true", "Session>false"), {}, "has no session"),
        ((), {"names": {"BAPI_DELIVERY_GETLIST": "Z_LIST"}}, "has no Z_LIST, which function_goods_issues calls"),
        ((), {"zone": "Berlin"}, "options.functions.zone: must be a time zone"),
        ((), {"unit": "KG"}, "options.functions.unit"),
        ((), {"paths": "/x"}, "there is no option 'functions.paths'"),
    ],
)  # fmt: skip
def test_an_account_is_refused_whose_wsdl_has_not_what_it_writes(
    change: tuple[str, str] | tuple[()], terms: dict[str, Any], words: str, tmp_path: Path
) -> None:
    file = tmp_path / "functions.wsdl"
    file.write_text(TEXT.replace(*change) if change else TEXT)
    given = {"wsdl": str(file), "zone": "Europe/Berlin", **terms}
    with pytest.raises(ValueError, match="functions") as raised:
        settings({"writes": ["function_yields", "function_goods_issues"], "functions": given})
    assert words in str(raised.value)


def test_an_account_is_taken_whose_functions_commit_themselves(tmp_path: Path) -> None:
    file = tmp_path / "functions.wsdl"
    changed = TEXT.replace("BAPI_TRANSACTION_COMMIT", "Z_COMMIT").replace("Session>true", "Session>false")
    file.write_text(changed.replace("BAPI_PROCORDCONF_CREATE_HDR", "Z_DOSELANE_CONFIRM"))
    terms = {"wsdl": str(file), "zone": "UTC", "commits_itself": True}
    given = {**terms, "names": {"BAPI_PROCORDCONF_CREATE_HDR": "Z_DOSELANE_CONFIRM"}}
    assert settings({"writes": ["function_yields"], "functions": given}).functions is not None
    with pytest.raises(ValueError, match=r"options\.functions is missing"):
        settings({"writes": ["function_yields"]})
    assert load_wsdl(str(file)).service.has_session is False


def said(kind: str, words: str = "as SAP words it") -> dict[str, Any]:
    return {"TYPE": kind, "ID": "RU", "NUMBER": "007", "MESSAGE": words}


@pytest.mark.parametrize(
    "answer",
    [
        {}, {"RETURN": None}, {"RETURN": said("", "")}, {"RETURN": {"item": [said("S"), said("W"), said("I")]}},
        {"Return": {"item": [{"Type": "S", "Message": "done"}]}},
    ],
)  # fmt: skip
def test_what_was_done_with_or_without_a_warning_is_done(answer: dict[str, Any]) -> None:
    judge("BAPI_X", answer)


@pytest.mark.parametrize("kind", ["E", "A", "X"])
def test_one_message_of_failure_among_others_is_a_no_with_the_words_of_all(kind: str) -> None:
    answer = {
        "RETURN": said("", ""),
        "DETAIL_RETURN": {"item": [said("S"), said(kind, "not released"), said("E", "b")]},
    }
    with pytest.raises(Declined, match=rf"BAPI_X: {kind} RU/007: not released; E RU/007: b"):
        judge("BAPI_X", answer)


@pytest.mark.parametrize("kind", ["", "Z"])
def test_a_message_of_no_known_type_leaves_open_what_became_of_it(kind: str) -> None:
    with pytest.raises(Uncertain, match="no type that is known"):
        judge("BAPI_X", {"RETURN": said(kind)})


def test_a_whole_number_is_written_as_one_and_nothing_else_is() -> None:
    counts = FunctionSignature("Z", {"COUNT": FunctionParameter("Count", True, FunctionValue("int"))}, {})
    assert fitted(counts, {"COUNT": 7}) == {"Count": 7}
    for other in ("7", True, 7.0):
        with pytest.raises(UnfitValues, match="takes a whole number"):
            fitted(counts, {"COUNT": other})
