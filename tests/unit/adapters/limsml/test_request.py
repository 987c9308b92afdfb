"""LIMSML requests, byte by byte: the key of their credentials is made of their own text."""

import pytest

from adapters.lims_limsml.obscuring import checksum, key_of, obscured, padded
from adapters.lims_limsml.request import LimsmlEntity, LimsmlTransaction, request_text
from adapters.outbound import Declined
from adapters.sandbox.limsml_wire import SERVICE, NotUnderstood, envelope, request_of

LOGOUT = LimsmlTransaction(LimsmlEntity("user", "logout"))
LOG_IN = LimsmlTransaction(
    LimsmlEntity(
        "sample",
        "login_sample",
        {"template": "R&D"},
        {"customer_ref": "batches/b/samples/s <1>"},
        (LimsmlEntity("test", fields={"analysis": "PH"}),),
    ),
    "system",
)
FIND = LimsmlTransaction(LimsmlEntity("limsml_entity_action", "find", {"PAGESIZE": "1000"}))


def test_a_transaction_is_written_with_a_blank_in_each_empty_element() -> None:
    inner = (
        '<entity type="USER"><actions><action><command>LOGOUT</command></action></actions>'
        "<fields /><children /></entity></system></transaction>"
    )
    assert LOGOUT.text == f'<transaction><system response_type="data">{inner}'
    assert LOGOUT.document == (
        '<?xml version="1.0" encoding="utf-8"?><transaction xmlns:xsd="http://www.w3.org/2001/XMLSchema" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><system response_type="data" '
        f'xmlns="http://www.thermo.com/informatics/xmlns/limsml/1.0">{inner}'
    )


def test_values_are_escaped_and_only_the_outermost_entity_has_an_action() -> None:
    assert LOG_IN.text == (
        '<transaction><system response_type="system"><entity type="SAMPLE"><actions><action><command>LOGIN_SAMPLE'
        '</command><parameter name="TEMPLATE">R&amp;D</parameter></action></actions><fields><field id="customer_ref" '
        'direction="in" datatype="Text">batches/b/samples/s &lt;1&gt;</field></fields><children><entity type="TEST">'
        '<actions /><fields><field id="analysis" direction="in" datatype="Text">PH</field></fields><children />'
        "</entity></children></entity></system></transaction>"
    )


def test_the_checksum_the_key_and_the_cipher_are_those_of_another_reckoning() -> None:
    """Reckoned in another language, from the description alone."""
    assert checksum(b"123456789") == 4233047017
    assert checksum(LOGOUT.document.encode()) == 4161272751
    key = key_of(LOGOUT.document)
    assert key.hex() == "516e3d56c60000000000000000000000"
    assert obscured(key, "doselane") == "2c19ad98cc7b0b1839e870edfb5c9830"
    assert obscured(key, padded("geheim")) == "2f19a798d77b0b183ce87cedb55cdd30d0b5f86a"


def test_a_short_password_is_padded_to_ten_and_a_long_one_is_left() -> None:
    assert (padded("geheim"), padded("long-enough-it-is")) == ("geheim    ", "long-enough-it-is")


def sent(*transactions: LimsmlTransaction, change: tuple[str, str] = ("", "")) -> bytes:
    key = key_of("".join(each.document for each in transactions))
    header = {"USER": obscured(key, "dösel"), "SESSION": obscured(key, " 7 "), "CONNECT": "ContinueSession"}
    text = request_text(header, transactions).replace(*change)
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    return envelope(f'<Process xmlns="{SERVICE}"><request>{escaped}</request></Process>')


@pytest.mark.parametrize("transactions", [(LOGOUT,), (LOG_IN,), (FIND, LOG_IN)])
def test_the_other_side_can_read_the_header(transactions: tuple[LimsmlTransaction, ...]) -> None:
    asked = request_of(sent(*transactions))
    assert asked.header == {"USER": "dösel", "SESSION": " 7 ", "CONNECT": "ContinueSession"}
    assert [each.command for each in asked.actions] == [each.entity.command.upper() for each in transactions]


def user_in(envelope: bytes) -> str:
    """Who the other side takes the sender for."""
    try:
        return request_of(envelope).header["USER"]
    except NotUnderstood:
        return ""


@pytest.mark.parametrize("change", [("<fields />", "<fields  />"), ("LOGOUT", "LOGOUR"), ('"data"', '"system"')])
def test_one_byte_otherwise_and_the_other_side_cannot_read_it(change: tuple[str, str]) -> None:
    assert user_in(sent(LOGOUT)) == "dösel"
    assert user_in(sent(LOGOUT, change=change)) != "dösel"


@pytest.mark.parametrize("value", ["", "schön", "a\nb", "a\0b"])
def test_what_no_source_says_how_to_write_is_not_sent(value: str) -> None:
    wrong = LimsmlTransaction(LimsmlEntity("sample", "find", {}, {"customer_ref": value}))
    with pytest.raises(Declined, match="customer_ref must be printable ASCII"):
        _ = wrong.text
