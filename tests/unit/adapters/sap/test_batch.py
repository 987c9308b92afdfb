"""Batches as bytes: written as the protocol says, read by their boundaries, and refused where it is not sure."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.erp_sap.odata.batch import (
    BatchFault,
    BatchOperation,
    ChangeSet,
    ChangeSetAnswer,
    OperationAnswer,
    read_batch,
    written_batch,
)
from tests.support.interfaces import interface

READ = BatchOperation("GET", "A_SalesOrder?$top=1&$format=json", {"Accept": "application/json"})
MAKE = BatchOperation("POST", "A_SalesOrder", {"Content-Type": "application/json"}, b'{"a":"\xc3\xbc"}', "1")
CHANGE = BatchOperation("PATCH", "A_SalesOrder('401')", {"If-Match": 'W/"1"'}, b"{}", "2")
BOTH = (READ, ChangeSet((MAKE, CHANGE)))
KIND = "multipart/mixed; boundary=RESP"
SAMPLE_KIND = KIND


def sample(name: str) -> bytes:
    return interface(f"sap/samples/{name}").read_bytes()


def a_part(inner: bytes, head: bytes = b"Content-Type: application/http\r\n") -> bytes:
    return b"--RESP\r\n" + head + b"\r\n" + inner + b"\r\n"


def test_a_batch_is_written_as_the_protocol_says() -> None:
    kind, body = written_batch(BOTH, "b")
    assert kind == "multipart/mixed; boundary=b"
    assert body.decode() == (
        "--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        "GET A_SalesOrder?$top=1&$format=json HTTP/1.1\r\nAccept: application/json\r\n\r\n\r\n"
        "--b\r\nContent-Type: multipart/mixed; boundary=set_2_b\r\n\r\n"
        "--set_2_b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\nContent-ID: 1\r\n\r\n"
        'POST A_SalesOrder HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{"a":"ü"}\r\n'
        "--set_2_b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\nContent-ID: 2\r\n\r\n"
        "PATCH A_SalesOrder('401') HTTP/1.1\r\nIf-Match: W/\"1\"\r\nContent-Length: 2\r\n\r\n{}\r\n"
        "--set_2_b--\r\n\r\n--b--\r\n"
    )


def test_the_boundary_is_none_that_a_body_holds() -> None:
    inside = BatchOperation("POST", "A", {}, b"\r\n--b\r\n--bx")
    kind, body = written_batch((ChangeSet((inside,)),), "b")
    assert kind == "multipart/mixed; boundary=bxx"
    assert body.count(b"--bxx\r\n") == 1


def test_no_boundary_begins_with_another_one() -> None:
    """A line that begins with a boundary is one, whatever follows (RFC 2046, 5.1.1)."""
    _, body = written_batch([ChangeSet((MAKE, CHANGE))] * 12, "b")
    found = set(re.findall(rb"boundary=(\S+)", body)) | {b"b"}
    assert len(found) == 13
    assert not [(one, other) for one in found for other in found if one != other and one.startswith(other)]


WRONG_PARTS = [
    ((), "1 to 1000 operations, not 0"),
    ((READ,) * 1001, "not 1001"),
    ((ChangeSet(()),), "1 to 1000|at least one"),
    ((READ, ChangeSet(())), "at least one change"),
    ((MAKE,), "POST stands outside of a change set"),
    ((ChangeSet((READ,)),), "GET stands inside a change set"),
    ((ChangeSet((MAKE, MAKE)),), "stands twice"),
    ((BatchOperation("GET", "A B"),), "cannot be sent"),
    ((BatchOperation("GET", "A\r\nX: y"),), "cannot be sent"),
    ((BatchOperation("GET", "A", {"x": "a\r\nb"}),), "cannot be sent"),
    ((BatchOperation("GET", "Ä"),), "cannot be sent"),
]


@pytest.mark.parametrize(("parts", "words"), WRONG_PARTS, ids=range(len(WRONG_PARTS)))
def test_what_is_no_batch_is_not_written(parts: tuple[BatchOperation | ChangeSet, ...], words: str) -> None:
    with pytest.raises(BatchFault, match=words):
        written_batch(parts, "b")


@pytest.mark.parametrize("boundary", ["", "a b", 'a"', "b" * 51])
def test_a_boundary_that_cannot_be_one_is_refused(boundary: str) -> None:
    with pytest.raises(BatchFault, match="cannot be a boundary"):
        written_batch(BOTH, boundary)


@pytest.mark.parametrize("ends", [b"\r\n", b"\n"])
def test_the_answer_of_a_gateway_is_read(ends: bytes) -> None:
    body = sample("batch-response-ok.txt").replace(b"\r\n", ends)
    read, changed = read_batch(SAMPLE_KIND, body, BOTH)
    assert isinstance(read, OperationAnswer) and (read.status, read.body) == (200, b'{"d":{"results":[]}}')
    assert isinstance(changed, ChangeSetAnswer) and changed.error is None
    made, updated = changed.answers
    assert (made.status, made.content_id, made.body) == (201, "1", b'{"d":{"SalesOrder":"402"}}')
    assert made.headers["location"].endswith("A_SalesOrder('402')")
    assert (updated.status, updated.content_id, updated.body.strip()) == (204, "2", b"")


def test_one_error_is_the_answer_to_a_whole_change_set() -> None:
    read, failed = read_batch(SAMPLE_KIND, sample("batch-response-changeset-failed.txt"), BOTH)
    assert isinstance(read, OperationAnswer) and read.is_success
    assert isinstance(failed, ChangeSetAnswer) and not failed.answers
    assert failed.error is not None and failed.error.status == 400
    assert b"V4/219" in failed.error.body


def test_a_failed_answer_inside_a_set_fails_the_set() -> None:
    inner = b"--C\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 201 Created\r\n\r\n\r\n"
    inner += b"--C\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 400 Bad Request\r\n\r\nno\r\n--C--"
    body = a_part(inner, b"Content-Type: multipart/mixed; boundary=C\r\n") + b"--RESP--"
    (failed,) = read_batch(KIND, body, (ChangeSet((MAKE, CHANGE)),))
    assert isinstance(failed, ChangeSetAnswer) and failed.error is not None and failed.error.body == b"no"


def test_changes_are_put_in_their_order_by_their_names() -> None:
    inner = b"".join(
        b"--C\r\ncontent-type: application/http\r\ncontent-id: %s\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n\r\n" % name
        for name in (b"2", b"1")
    )
    body = a_part(inner + b"--C--", b'content-type: Multipart/Mixed; Boundary="C"\r\n') + b"--RESP--"
    (changed,) = read_batch(KIND, body, (ChangeSet((MAKE, CHANGE)),))
    assert isinstance(changed, ChangeSetAnswer) and [each.content_id for each in changed.answers] == ["1", "2"]


def a_set(*answers: bytes) -> bytes:
    parts = b"".join(b"--C\r\nContent-Type: application/http\r\n" + each + b"\r\n" for each in answers)
    return a_part(parts + b"--C--\r\n", b"Content-Type: multipart/mixed;\r\n\tboundary=C\r\n") + b"--RESP--"


def test_a_name_in_angle_brackets_is_that_name() -> None:
    two = b"Content-ID: <2>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"
    one = b"Content-ID: <1>\r\n\r\nHTTP/1.1 201 Created\r\n\r\n{}"
    (answered,) = read_batch(KIND, a_set(two, one), (ChangeSet((MAKE, CHANGE)),))
    assert isinstance(answered, ChangeSetAnswer) and [each.status for each in answered.answers] == [201, 204]


def test_one_error_inside_a_set_is_the_answer_to_all_of_it() -> None:
    no = b'\r\nHTTP/1.1 400 Bad Request\r\nContent-Type: application/json;\r\n charset=utf-8\r\n\r\n{"error":{}}'
    (answered,) = read_batch(KIND, a_set(no), (ChangeSet((MAKE, CHANGE)),))
    assert isinstance(answered, ChangeSetAnswer) and answered.error is not None and not answered.answers
    assert (answered.error.status, answered.error.body) == (400, b'{"error":{}}')
    assert answered.error.headers["content-type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize(
    "body",
    [
        b"preamble\r\n" + a_part(b"HTTP/1.1 200 OK\r\n\r\n{}") + b"--RESP--",
        a_part(b"HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n{}") + b"--RESP--\r\nepilogue",
        a_part(b"\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{}") + b"--RESP--  ",
        a_part(b"HTTP/1.1 200 OK\r\n\r\n{}", b"") + b"--RESP--",
        a_part(b"HTTP/1.1 200\r\n\r\n{}", b"CONTENT-TYPE:application/http;msgtype=response\r\n") + b"--RESP--",
    ],
)
def test_what_servers_leave_out_or_count_wrongly_is_read_by_the_boundaries(body: bytes) -> None:
    (read,) = read_batch(KIND, body, (READ,))
    assert isinstance(read, OperationAnswer) and (read.status, read.body) == (200, b"{}")


def test_a_boundary_inside_a_line_or_with_more_behind_it_is_text() -> None:
    body = a_part(b"HTTP/1.1 200 OK\r\n\r\nx--RESP--\r\n--RESPECT\r\n--RESP-") + b"--RESP--"
    (read,) = read_batch(KIND, body, (READ,))
    assert isinstance(read, OperationAnswer) and read.body == b"x--RESP--\r\n--RESPECT\r\n--RESP-"


OK = a_part(b"HTTP/1.1 200 OK\r\n\r\n{}")
SET = a_part(b"--C--", b"Content-Type: multipart/mixed; boundary=C\r\n")
WRONG_ANSWERS = [
    ("text/html", OK, "no multipart with a boundary: text/html"),
    ("multipart/mixed", OK + b"--RESP--", "no multipart with a boundary"),
    ("", OK, "no content type"),
    (KIND, b"", "cut"),
    (KIND, OK, "cut"),
    (KIND, OK + OK + b"--RESP--", "1 parts were sent, and 2 answered"),
    (KIND, b"--RESP--", "1 parts were sent, and 0 answered"),
    (KIND, SET + b"--RESP--", "a read was answered as a change set"),
    (KIND, a_part(b"<html>") + b"--RESP--", "no HTTP"),
    (KIND, a_part(b"HTTP/1.1 200 OK", b"Content-Type: text/plain\r\n") + b"--RESP--", "no HTTP"),
    (KIND, a_part(b"HTTP/1.1 999 ?") + b"--RESP--", "no HTTP"),
    (KIND, a_part(b"HTTP/1.1 200 OK", b"nothing here\r\n") + b"--RESP--", "no header where one must be"),
]


@pytest.mark.parametrize(("kind", "body", "words"), WRONG_ANSWERS, ids=range(len(WRONG_ANSWERS)))
def test_an_answer_that_is_not_sure_is_refused(kind: str, body: bytes, words: str) -> None:
    with pytest.raises(BatchFault, match=words):
        read_batch(kind, body, (READ,))


def test_an_answer_to_a_set_that_is_not_sure_is_refused() -> None:
    pair = (ChangeSet((MAKE, CHANGE)),)
    with pytest.raises(BatchFault, match="one success"):
        read_batch(KIND, OK + b"--RESP--", pair)
    with pytest.raises(BatchFault, match="2 changes were sent in a set, and 0 answered"):
        read_batch(KIND, SET + b"--RESP--", pair)


bodies = st.binary(max_size=60) | st.sampled_from([b"--b", b"\r\n--set_1_b--\r\n", b"\r\n", b"--"])
names = st.text("abcdefghij", min_size=1, max_size=6)
changes = st.builds(BatchOperation, st.sampled_from(["POST", "PATCH", "DELETE"]), names, st.just({}), bodies)
reads = st.builds(BatchOperation, st.just("GET"), names)
parts = st.lists(reads | st.lists(changes, min_size=1, max_size=3).map(ChangeSet), min_size=1, max_size=4)


@given(parts)
def test_what_is_written_is_taken_apart_as_it_was(given_parts: list[BatchOperation | ChangeSet]) -> None:
    """An answer made of the very bodies that were sent, with the boundaries of the request."""
    kind, body = written_batch(given_parts, "b")
    answered = re.sub(rb"(?:GET|POST|PATCH|DELETE) [a-j]+ HTTP/1\.1\r\n", b"HTTP/1.1 200 OK\r\n", body)
    found = read_batch(kind, answered, given_parts)
    for part, answer in zip(given_parts, found, strict=True):
        if isinstance(part, ChangeSet):
            assert isinstance(answer, ChangeSetAnswer)
            assert [each.body for each in answer.answers] == [each.body for each in part.operations]
        else:
            assert isinstance(answer, OperationAnswer) and answer.body == b""


@given(st.binary(max_size=200) | st.lists(st.sampled_from([b"--RESP", b"--", b"\r\n", b"HTTP/1.1 200 OK", b":"])))
def test_whatever_comes_is_read_or_refused(given_bytes: bytes | list[bytes]) -> None:
    body = given_bytes if isinstance(given_bytes, bytes) else b"".join(given_bytes)
    try:
        read_batch(KIND, body, BOTH)
    except BatchFault:
        pass
