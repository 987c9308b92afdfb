"""What follows from each way in which a call of the Pub/Sub API fails."""

from datetime import timedelta

import grpc
import grpc.aio
import pytest

from adapters.crm_salesforce.pubsub.faults import ADVICE, PREFIX, Advice, PubSubFault, fault_of
from adapters.outbound import Away, Declined

Status = grpc.StatusCode


def error(status: grpc.StatusCode, name: str = "", words: str = "words rpcId: 7") -> grpc.aio.AioRpcError:
    trailers = grpc.aio.Metadata(*([("error-code", PREFIX + name)] if name else []))
    return grpc.aio.AioRpcError(status, grpc.aio.Metadata(), trailers, details=words)


@pytest.mark.parametrize("name", sorted(ADVICE))
def test_the_trailer_decides_whatever_the_status(name: str) -> None:
    for status in (Status.INTERNAL, Status.INVALID_ARGUMENT, Status.UNAVAILABLE):
        fault = fault_of(error(status, name))
        assert (fault.name, fault.advice) == (name, ADVICE[name])
        assert name in str(fault.outcome)
        assert str(fault.outcome).count("rpcId: 7") == 1


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (Status.UNAVAILABLE, Advice.REPEAT),
        (Status.INTERNAL, Advice.REPEAT),
        (Status.UNKNOWN, Advice.REPEAT),
        (Status.DEADLINE_EXCEEDED, Advice.REPEAT),
        (Status.UNAUTHENTICATED, Advice.NEW_TOKEN),
        (Status.RESOURCE_EXHAUSTED, Advice.SLOWER),
        (Status.PERMISSION_DENIED, Advice.TELL),
        (Status.INVALID_ARGUMENT, Advice.TELL),
        (Status.UNIMPLEMENTED, Advice.TELL),
    ],
)
def test_without_a_name_that_we_know_the_status_decides(status: grpc.StatusCode, advice: Advice) -> None:
    assert fault_of(error(status)).advice is advice
    assert fault_of(error(status, "some.new.error")).advice is advice
    assert fault_of(error(status, "some.new.error")).name == "some.new.error"


def test_a_name_that_stands_in_the_text_alone_counts() -> None:
    words = f"{PREFIX}subscription.fetch.replayid.corrupted: The Replay ID is corrupted. rpcId: 7"
    assert fault_of(error(Status.INVALID_ARGUMENT, words=words)).advice is Advice.REREAD


@pytest.mark.parametrize(
    ("advice", "kind", "after"),
    [
        (Advice.REPEAT, Away, None),
        (Advice.NEW_TOKEN, Away, None),
        (Advice.REREAD, Away, None),
        (Advice.SLOWER, Away, timedelta(minutes=1)),
        (Advice.STAY_AWAY, Away, timedelta(hours=1)),
        (Advice.TELL, Declined, None),
    ],
)
def test_what_the_host_is_told(advice: Advice, kind: type[Exception], after: timedelta | None) -> None:
    outcome = PubSubFault("x", advice, "words").outcome
    assert (type(outcome), getattr(outcome, "retry_after", None)) == (kind, after)


def test_no_token_comes_into_the_words() -> None:
    fault = fault_of(error(Status.UNAUTHENTICATED, words="no session 00D!secret here"), "00D!secret")
    assert "00D!secret" not in f"{fault} {fault!r} {fault.outcome}"
