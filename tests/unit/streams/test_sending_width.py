"""How much is sent to one endpoint at once, by how quickly it answers."""

import pytest

from services.streams.usecases.sending_width import SendingWidth


@pytest.mark.parametrize(("answers_ms", "at_once"), [((), 8), ((1,), 8), ((20,), 20), ((400,), 32), ((400, 3, 90), 8)])
def test_as_many_at_once_as_the_quickest_answer_wants_for_a_thousand_a_second(
    answers_ms: tuple[int, ...], at_once: int
) -> None:
    width = SendingWidth()
    for each in answers_ms:
        width.took(each)
    assert width.at_once == at_once
