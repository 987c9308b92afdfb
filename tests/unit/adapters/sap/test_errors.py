"""What SAP says when it says no: the real reason comes out, and what follows from it is right."""

import json
from datetime import timedelta
from typing import Any

import pytest

from adapters.erp_sap.odata.entities import SapEntity
from adapters.erp_sap.odata.errors import (
    AlreadyExecuted,
    EntityMissing,
    RepetitionRefused,
    StateChanged,
    error_of,
    fault_of,
    messages_of,
    refusal_in,
)
from adapters.erp_sap.odata.model import EntityType
from adapters.outbound import Away, Declined, Uncertain
from tests.support.interfaces import interface

JSON = {"content-type": "application/json;charset=utf-8"}
XML = {"content-type": "application/xml;charset=utf-8"}


def a_body(code: str = "V1/302", words: str = "no", **inner: Any) -> bytes:
    return json.dumps(
        {"error": {"code": code, "message": {"lang": "en", "value": words}, "innererror": inner}}
    ).encode()


def test_the_sample_is_told_with_its_field_and_transaction() -> None:
    error = error_of(400, JSON, interface("sap/samples/error.json").read_bytes())
    told = "400 V1/302: Sold-to party 17100001 not maintained for sales area 1710 10 00 (SoldToParty)"
    assert str(error) == f"{told} [transaction 00000000000000000000000000000001]"


def test_the_first_grave_detail_that_is_no_exception_class_is_the_reason() -> None:
    details = [
        {"code": "X/001", "message": "only a hint", "severity": "info"},
        {"code": "/IWBEP/CX_MGW_BUSI_EXCEPTION", "message": "An exception was raised", "severity": "error"},
        {"code": "ZCX_OWN", "message": "again", "severity": "error"},
        {"code": "CO/469", "message": "Order is not released", "severity": "error", "propertyref": "Order/Status"},
        {"code": "CO/470", "message": "later", "severity": "error"},
    ]
    error = error_of(400, JSON, a_body("/IWBEP/CX_MGW_BUSI_EXCEPTION", "An exception was raised", errordetails=details))
    assert str(error) == "400 CO/469: Order is not released (Order/Status)"


@pytest.mark.parametrize(
    "details",
    [
        {"innererror": {"errordetails": {"errordetail": [{"code": "CO/469", "message": "Not released"}]}}},
        {"innererror": {"errordetails": {"errordetail": {"code": "CO/469", "message": "Not released"}}}},
        {"innererror": {"errordetails": {"code": "CO/469", "message": "Not released", "severity": "error"}}},
        {"details": [{"code": "CO/469", "message": "Not released", "@Common.numericSeverity": 4}]},
    ],
)
@pytest.mark.parametrize("name", ["error", "odata.error"])
def test_the_reason_is_found_wherever_a_gateway_puts_it(details: dict[str, Any], name: str) -> None:
    top = {"code": "/IWBEP/CX_MGW_BUSI_EXCEPTION", "message": {"value": "An exception was raised"}}
    assert str(error_of(400, JSON, json.dumps({name: top | details}).encode())) == "400 CO/469: Not released"


@pytest.mark.parametrize("prefix", ["", "m:"])
def test_an_error_in_xml_may_have_a_prefix_and_another_type(prefix: str) -> None:
    name = f'xmlns{":m" if prefix else ""}="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"'
    code, words = f"<{prefix}code>CO/469</{prefix}code>", f"<{prefix}message>Gone</{prefix}message>"
    body = f"<{prefix}error {name}>{code}{words}</{prefix}error>"
    assert isinstance(fault_of(404, {"content-type": "text/html"}, body.encode(), changes=False), EntityMissing)


def test_words_are_in_the_encoding_that_the_answer_names() -> None:
    for kind, raw in (
        ("iso-8859-1", "f\u00fcr".encode("latin-1")),
        ("none-such", "f\u00fcr".encode()),
        ("ascii", "f\u00fcr".encode()),
        ("undefined", "f\u00fcr".encode()),  # Python has a codec of that name, which fails in a way of its own
    ):
        assert str(error_of(400, {"content-type": f'text/plain; charset="{kind}"'}, raw)) == "400: f\u00fcr"


def test_the_same_is_read_of_xml() -> None:
    body = (
        b'<?xml version="1.0"?><error xmlns="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">'
        b'<code>SY/530</code><message xml:lang="en">Generic</message><innererror><transactionid>T1</transactionid>'
        b"<errordetails><errordetail><code>V1/302</code><message>Real</message><severity>error</severity>"
        b"<target>Field</target></errordetail></errordetails></innererror></error>"
    )
    assert str(error_of(400, XML, body)) == "400 V1/302: Real (Field) [transaction T1]"
    for kind in ("text/html;charset=utf-8", "application/atom+xml", "text/plain", ""):
        assert str(error_of(400, {"content-type": kind}, body)) == "400 V1/302: Real (Field) [transaction T1]"


@pytest.mark.parametrize("kind", ["application/json", "application/json;odata=verbose", "text/html", ""])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_an_error_in_json_is_read_whatever_a_gateway_says_it_is(kind: str, mark: bytes) -> None:
    body = mark + b'{"error":{"code":"CO/469","message":{"lang":"en","value":"Order is not released"}}}'
    assert error_of(404, {"content-type": kind}, body).code == "CO/469"
    assert isinstance(fault_of(404, {"content-type": kind}, body, changes=True), EntityMissing)


@pytest.mark.parametrize(
    ("headers", "body", "words"),
    [
        ({"content-type": "text/html"}, b"<html><style>x{}</style><h1>Log on</h1> now</html>", "403: Log on now"),
        ({"content-type": "text/plain"}, b" CSRF token validation failed ", "403: CSRF token validation failed"),
        ({}, b"", "403: without words (no content type)"),
        (JSON, b"{", "403: {"),
        (JSON, b"[]", "403: []"),
        (JSON, b'{"error":"text"}', '403: {"error":"text"}'),
        (JSON, b'{"error":{"code":"A/1","message":"plain"}}', "403 A/1: plain"),
        (JSON, b'{"error":{"code":7,"message":{"value":null},"innererror":[]}}', "403 7: "),
        (XML, b"<error", "403: <error"),
        (XML, b"<!DOCTYPE x [<!ENTITY a 'b'>]><error><code>&a;</code><message>m</message></error>", "403 &a;: m"),
        ({"content-type": "text/plain"}, b"\xff", "403: \ufffd"),
    ],
)
def test_whatever_form_it_has_words_come_out_of_it(headers: dict[str, str], body: bytes, words: str) -> None:
    assert str(error_of(403, headers, body)) == words


@pytest.mark.parametrize("body", [b"<" * 1_000_000, b"<script" * 1_000_000, b"<a " * 1_000_000])
def test_a_page_of_nothing_but_beginnings_is_soon_read(body: bytes) -> None:
    assert len(error_of(500, {"content-type": "text/html"}, body).words) == 2000


def test_no_more_than_the_first_characters_are_kept() -> None:
    assert len(error_of(500, {"content-type": "text/plain"}, b"x" * 9000).words) == 2000
    assert len(error_of(500, JSON, a_body(words="x" * 9000)).words) == 2000


@pytest.mark.parametrize(
    ("status", "read", "changed", "repeated"),
    [
        (302, Declined, Declined, Declined),
        (400, Declined, Declined, Declined),
        (401, Declined, Declined, Declined),
        (403, Declined, Declined, Declined),
        (404, EntityMissing, EntityMissing, EntityMissing),
        (405, Declined, Declined, Declined),
        (408, Away, Away, Away),
        (412, StateChanged, StateChanged, StateChanged),
        (413, Declined, Declined, Declined),
        (428, StateChanged, StateChanged, StateChanged),
        (429, Away, Away, Away),
        (500, Away, Uncertain, Away),
        (502, Away, Uncertain, Away),
        (503, Away, Uncertain, Away),
        (504, Away, Uncertain, Away),
    ],
)
def test_what_follows_depends_on_status_and_on_what_was_asked(
    status: int, read: type, changed: type, repeated: type
) -> None:
    def kind(*, changes: bool, repeatable: bool) -> type:
        return type(fault_of(status, JSON, a_body(), changes=changes, repeatable=repeatable))

    assert kind(changes=False, repeatable=False) is read
    assert kind(changes=True, repeatable=False) is changed
    assert kind(changes=True, repeatable=True) is repeated


def test_a_service_that_is_missing_is_no_missing_entity() -> None:
    for body, headers in ((a_body("/IWFND/MED/170"), JSON), (b"<html>Not found</html>", {"content-type": "text/html"})):
        assert type(fault_of(404, headers, body, changes=False)) is Declined


@pytest.mark.parametrize("code", ["/IWBEP/CM_COS/005", "/IWBEP/CM_COS/5", "/iwbep/cm_cos/005"])
def test_an_outdated_request_was_executed(code: str) -> None:
    for body in (a_body(code), a_body("CX_X", errordetails=[{"code": code, "message": "RequestID is outdated"}])):
        assert type(fault_of(400, JSON, body, changes=True, repeatable=True)) is AlreadyExecuted
    assert issubclass(AlreadyExecuted, Uncertain)
    assert type(fault_of(400, JSON, a_body("/IWBEP/CM_COS/006"), changes=True)) is Declined


def test_a_server_that_cannot_promise_it_did_nothing() -> None:
    headers = {**JSON, "repeatabilityresult": "unsupported"}
    assert type(fault_of(501, headers, a_body(), changes=True)) is RepetitionRefused


def test_how_long_to_wait_is_heeded() -> None:
    fault = fault_of(503, {"retry-after": "9"}, b"", changes=False)
    assert isinstance(fault, Away) and fault.retry_after == timedelta(seconds=9)


def test_a_message_of_error_or_abort_is_a_refusal_inside_a_yes() -> None:
    kind = EntityType("FunctionMessage", (), {}, {})
    said = {"SystemMessageIdentification": "CO", "SystemMessageNumber": "469", "SystemMessageVariable2": "1000101"}
    fine = [SapEntity(kind, {"SystemMessageType": each}) for each in ("S", "I", "W", "", None)]
    assert refusal_in(fine) is None
    for grave in ("E", "A"):
        refused = refusal_in([*fine, SapEntity(kind, {**said, "SystemMessageType": grave})])
        assert str(refused) == "CO/469: 1000101"
    words = {**said, "SystemMessageType": "E", "SystemMessageLongText": "Not released"}
    assert str(refusal_in([SapEntity(kind, words)])) == "CO/469: Not released"
    assert str(refusal_in([SapEntity(kind, {"SystemMessageType": "E"})])) == "no code: no words"


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({}, ""),
        (
            {"sap-messages": '{"code":"A/1","message":"m","severity":"info","details":[{"code":"B/2"}]}'},
            "info A/1: m; B/2:",
        ),
        ({"sap-message": '[{"code":"A/1","message":"m"}]'}, "A/1: m"),
        ({"sap-messages": "plain"}, "plain"),
        ({"sap-messages": "7"}, ""),
    ],
)
def test_what_is_added_to_a_success_is_read(headers: dict[str, str], words: str) -> None:
    assert messages_of(headers) == words
