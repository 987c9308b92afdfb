"""A POST to the other side, and how it may fail: what passes by itself, a no, an answer that was lost."""

from collections.abc import Mapping

import httpx

from adapters.outbound import Away, Declined, Uncertain
from adapters.waiting import asked_to_wait

_WORDS_MAX = 300


async def post(http: httpx.AsyncClient, path: str, content: bytes, headers: Mapping[str, str]) -> httpx.Response:
    """The other side's yes."""
    try:
        answer = await http.post(path, content=content, headers=dict(headers))
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as fault:
        raise Away(f"the other side cannot be reached: {fault!r}") from fault
    except httpx.TransportError as fault:
        raise Uncertain(f"the answer was lost: {fault!r}") from fault
    check(answer)
    return answer


def check(answer: httpx.Response) -> None:
    """What passes by itself is tried again; of 409 only what the other side asks to be tried again."""
    after = asked_to_wait(answer.headers)
    passing = answer.status_code in (408, 425, 429) or answer.is_server_error
    if passing or (answer.status_code == httpx.codes.CONFLICT and after is not None):
        raise Away(words_of(answer), after)
    if not answer.is_success:
        raise Declined(words_of(answer))


def words_of(answer: httpx.Response) -> str:
    """What was answered, for people."""
    return f"{answer.status_code} {answer.reason_phrase} {answer.text[:_WORDS_MAX]}".strip()
