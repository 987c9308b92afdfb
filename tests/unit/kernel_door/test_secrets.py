"""Nobody writes a secret out by accident: not into a log, an error, a dataclass or JSON."""

import dataclasses
import io
import json
import logging
import traceback

import pytest
from pydantic import SecretStr

from adapters.host.settings import Settings as CourierSettings
from services.kernel import log
from services.kernel.bus.kafka_settings import KafkaSettings
from services.kernel.identity import Caller
from services.kernel.rpc import Behalf, Call
from services.kernel.standalone import BackingSettings
from services.local.issuer import IssuerClient
from services.local.world import CLIENTS

VALUE = "hunter2-and-more"
SECRET = SecretStr(VALUE)
TOKEN = "opaque-hunter2-and-more"  # not even one that looks like a token


@dataclasses.dataclass
class Note:
    """Something that holds a secret under a harmless name."""

    said: object


SETTINGS = (
    BackingSettings(database_url=SECRET, token_issuer="https://issuer", jwks="{}"),
    CourierSettings(accounts=SECRET),
    KafkaSettings(
        bootstrap="b:1", security_protocol="SASL_SSL", sasl_mechanism="PLAIN", sasl_username="u", sasl_password=SECRET
    ),
)
HOLDERS = (
    SECRET,
    Note(SECRET),
    Note({"x": [SECRET]}),
    {"note": SECRET},
    [SECRET, (SECRET,)],
    *SETTINGS,
    IssuerClient(SECRET, "partners/acme", ("slotting.read",)),
    Behalf(VALUE, None),
    Call(Caller("partners/acme", "orders", frozenset()), "", None, VALUE),
)


@pytest.fixture
def written() -> io.StringIO:
    """What the log says."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(log.JsonFormatter())
    logger = logging.getLogger("doselane.secrets")
    logger.handlers, logger.propagate, logger.level = [handler], False, logging.DEBUG
    return stream


@pytest.mark.parametrize("holder", HOLDERS, ids=lambda holder: type(holder).__name__)
def test_a_log_says_no_secret_whatever_holds_it_and_whatever_it_is_called(written, holder):
    logger = logging.getLogger("doselane.secrets")
    logger.info("got %s and %r", holder, holder, extra={"note": holder, "place": [holder], "more": {"a": holder}})
    try:
        raise ValueError(f"cannot use {holder}", holder)
    except ValueError:
        logger.exception("failed with %s", holder)
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    assert len(lines) == 2 and "exception" in lines[1]
    assert VALUE not in written.getvalue()


@pytest.mark.parametrize("holder", HOLDERS, ids=lambda holder: type(holder).__name__)
def test_nothing_that_holds_a_secret_shows_it(holder):
    assert VALUE not in f"{holder} {holder!r} {holder!s:>40} %s" % (holder,)
    try:
        raise RuntimeError(holder)
    except RuntimeError as error:
        assert VALUE not in "".join(traceback.format_exception(error))


def test_a_secret_is_no_text_so_that_json_does_not_take_it():
    for secret in (SECRET, {"note": SECRET}, [SECRET], *(client.secret for client in CLIENTS.values())):
        assert not isinstance(secret, str)
        with pytest.raises(TypeError):
            json.dumps(secret)
    assert VALUE not in json.dumps(dataclasses.asdict(Note(SECRET)), default=str)
    for settings in SETTINGS:
        assert VALUE not in settings.model_dump_json() + str(settings.model_dump())


def test_two_secrets_are_not_told_apart_by_what_is_shown():
    assert str(SecretStr("a")) == str(SecretStr("much longer"))
