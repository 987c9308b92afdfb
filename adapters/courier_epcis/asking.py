"""What every page of the REST binding asks of a request, and how it answers: versions, formats, pages, JSON."""

import json
from urllib.parse import quote

from adapters.courier_epcis.headers import check_versions
from adapters.manifest import PageRequest, Refused, Reply

PAGE_DEFAULT = 30
PAGE_MAX = 1000
ADDRESS_CHARACTERS_MAX = 8000
PAGING = frozenset({"perPage", "nextPageToken"})
_FORMATS = ("No_Preference", "Never_Translates")
_TRANSLATED = ("Always_GS1_Digital_Link", "Always_EPC_URN")


def may_answer(request: PageRequest) -> None:
    """Refuses what asks for another version, for another format than JSON, or for names in another form."""
    check_versions(request.headers)
    accepted = request.headers.get("accept", "*/*").lower()
    if not any(kind in accepted for kind in ("*/*", "application/*", "application/json", "application/ld+json")):
        raise Refused("FORMAT_NOT_SUPPORTED", "Answers are application/json.", status=406)
    wanted = request.headers.get("gs1-epc-format", _FORMATS[0])
    if wanted in _TRANSLATED:
        detail = f"Names are given as they were captured (GS1-EPC-Format: Never_Translates), not as {wanted}."
        raise Refused("EPC_FORMAT_NOT_SUPPORTED", detail, status=406)
    if wanted not in _FORMATS:
        raise Refused("HEADER_NOT_VALID", f"GS1-EPC-Format cannot be {wanted[:40]!r}.")
    if len(request.path) + sum(len(name) + len(value) for name, value in request.query) > ADDRESS_CHARACTERS_MAX:
        detail = f"The address is longer than {ADDRESS_CHARACTERS_MAX} characters; name the query with POST /queries."
        raise Refused("ADDRESS_TOO_LONG", detail, status=414)


def page_size(request: PageRequest) -> int:
    """How many a page may hold."""
    asked = request.asked("perPage", str(PAGE_DEFAULT))
    if not (asked.isascii() and asked.isdigit() and int(asked[:9]) > 0):
        raise Refused("PAGE_SIZE_NOT_VALID", "perPage must be a whole number above 0.")
    return min(int(asked[:9]), PAGE_MAX)


def no_more_than_paging(request: PageRequest) -> None:
    """Refuses any other parameter than those of pages."""
    for name, _ in request.query:
        if name not in PAGING:
            detail = f"{name[:80]} is no parameter of this address."
            raise Refused("QUERY_PARAMETER_NOT_VALID", detail)


def next_link(request: PageRequest, size: int, token: str) -> tuple[tuple[str, str], ...]:
    """The header that says where the next page is: the same address, with a token."""
    kept = [(name, value) for name, value in request.query if name not in PAGING]
    pairs = [*kept, ("perPage", str(size)), ("nextPageToken", token)]
    query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)
    return (("Link", f'<{request.path}?{query}>; rel="next"'),)


def json_reply(value: object, headers: tuple[tuple[str, str], ...] = (), status: int = 200) -> Reply:
    """A value as the answer."""
    return Reply(status, headers, json.dumps(value, ensure_ascii=False).encode())
