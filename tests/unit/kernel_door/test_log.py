"""Logs: one JSON object a line, and no secrets in it."""

import io
import json
import logging

import pytest

from services.kernel import log, telemetry
from tests.support.traces import server_span


@pytest.fixture
def lines():
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(log.JsonFormatter())
    logger = logging.getLogger("doselane.test")
    logger.addHandler(handler)
    logger.propagate = False
    logger.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logger.removeHandler(handler)


logger = logging.getLogger("doselane.test")


def test_a_record_is_one_line_with_its_trace_and_facts(lines):
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"
    with telemetry.setup("slotting", environ={}).active(), server_span("x", trace):
        logger.info("run %s\nis full", "runs/1", extra={"free_kbq": 0})
    [entry] = lines()
    assert entry["message"] == "run runs/1\nis full"
    assert entry["trace_id"] == trace[3:35]
    assert (entry["service"], entry["level"], entry["free_kbq"]) == ("slotting", "INFO", 0)
    assert entry["time"].endswith("Z")


def test_an_exception_stays_on_the_line(lines):
    try:
        raise ValueError("no password=hunter2 here")
    except ValueError:
        logger.exception("failed")
    [entry] = lines()
    assert "ValueError" in entry["exception"]
    assert "hunter2" not in entry["exception"]


@pytest.mark.parametrize(
    "text",
    [
        "authorization: Bearer s3cr3t.token-x",
        "eyJhbGciOiJFZERTQSJ9.s3cr3t.s3cr3t",
        "postgresql://me:s3cr3t@host/db",
        "client_secret=s3cr3t&x=1",
        '{"password": "s3cr3t"}',
    ],
)
def test_what_looks_like_a_secret_is_blotted_out(lines, text):
    logger.info("got %s", text, extra={"note": text, "api_key": "s3cr3t", "client_secret": "s3cr3t"})
    assert "s3cr3t" not in json.dumps(lines())


def test_a_value_that_is_no_json_is_shown_as_text(lines):
    logger.info("x", extra={"thing": {1, 2}})
    assert lines()[0]["thing"] == "{1, 2}"
