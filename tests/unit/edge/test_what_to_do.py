"""Every reason in the tree says what to do about it, and no other does."""

from pathlib import Path

import pytest
from doselane.remedies import what_to_do

from services.edge.docs.reasons import Reason, ReasonStatus, reasons


@pytest.fixture(scope="module")
def found() -> dict[str, Reason]:
    return reasons()


def test_every_reason_has_a_sentence_of_what_to_do(found: dict[str, Reason]):
    told = what_to_do()
    assert len(found) > 250
    unsaid = found.keys() - told.keys()
    assert not unsaid, f"Say in proto/doselane/what_to_do.yaml what to do about {sorted(unsaid)}."
    assert not told.keys() - found.keys(), "These reasons are gone: take them out of what_to_do.yaml."


def test_every_reason_says_what_it_means_once(found: dict[str, Reason]):
    for name, said in what_to_do().items():
        means = " ".join(found[name].means) if isinstance(said, str) else said["means"]
        do = said if isinstance(said, str) else said["do"]
        assert means and do.endswith("."), name
        assert isinstance(said, str) or not found[name].means, f"{name} is explained by its class already"


def test_reasons_are_read_with_the_ways_in_which_they_travel(found: dict[str, Reason]):
    assert found["RUN_FULL"].statuses == {ReasonStatus(409, "REFUSED", "FAILED_PRECONDITION")}
    assert found["DEADLINE_EXCEEDED"].statuses == {ReasonStatus(504, grpc="DEADLINE_EXCEEDED")}
    assert found["HEADERS_TOO_LARGE"].statuses == {ReasonStatus(431)}
    assert found["EVENT_TOO_LARGE"].pushed and not found["BODY_TOO_LARGE"].pushed


def test_a_new_reason_is_found_however_it_is_written(tmp_path: Path):
    (tmp_path / "services").mkdir()
    (tmp_path / "services" / "errors.py").write_text(
        'class Base(GatewayError):\n    """Base."""\n\n    kind = Kind.BUSY\n\n\n'
        'class First(Base):\n    """Means one\n    thing.\n\n    More."""\n\n    reason = "FIRST"\n\n\n'
        'class Second(Error):\n    kind, reason = Kind.INVALID, "SECOND"\n\n\n'
        'def refuse():\n    raise HttpProblem(418, "THIRD", "words")\n\n\n'
        'def push():\n    raise Refused("FOURTH", "words", status=HTTPStatus.GONE)\n'
    )
    found = reasons(tmp_path)
    assert found["FIRST"].means == ["Means one thing."]
    assert found["FIRST"].statuses == {ReasonStatus(429, "BUSY", "RESOURCE_EXHAUSTED")}
    assert found["SECOND"].statuses == {ReasonStatus(400, "INVALID", "INVALID_ARGUMENT")}
    assert found["THIRD"].statuses == {ReasonStatus(418)}
    assert (found["FOURTH"].statuses, found["FOURTH"].pushed) == ({ReasonStatus(410)}, True)
