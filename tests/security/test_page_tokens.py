"""A page token that was not given out for this very query is refused, by each list there is and at both doors."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from google.type.interval_pb2 import Interval

from services.kernel.errors import Invalid
from services.kernel.sealing import Cipher
from services.kernel.timestamps import stamp
from services.local.gateway import Gateway
from tests.security.surface import BINDINGS, LISTS, Clients, all_powerful, request_of

NOW = datetime.now(UTC)
# What a list asks for beside a page; a list that asks for more says so by refusing another field than page_token.
NEEDED: Mapping[str, Mapping[str, Any]] = {
    "ListRevisions": {"name": "sites/lakeside-clinic"},
    "ListLines": {"parent": "facilities/-"},
    "ListTimelineEntries": {"parent": "doses/1"},
    "ListFeedEvents": {"parent": "feeds/-"},
    **{
        f"List{what}": {"parent": "endpoints/0198f2c4-0000-7000-8000-000000000001"}
        for what in ("DeliveryAttempts", "ParkedEvents")
    },
    "ListMilestones": {"parent": "shipments/0198f2c4-0000-7000-8000-000000000001"},
    **{f"List{what}": {"batch": "batches/1"} for what in ("Vials", "Samples", "Results", "Decisions", "Documents")},
    "ListAllotmentUsages": {"partner": "partners/northlake-oncology"},
    "ListLaneReports": {"departure_from_time": stamp(NOW), "departure_until_time": stamp(NOW + timedelta(days=7))},
    "SearchOffers": {
        "product": "products/lu-ligand",
        "site": "sites/lakeside-clinic",
        "administration_interval": Interval(start_time=stamp(NOW), end_time=stamp(NOW + timedelta(days=7))),
    },
}
# Keys that real tokens could hold, under the digest that tokens had when it was no secret, and plain nonsense.
MADE_UP = (
    "x",
    "AAAA",
    "A" * 60,
    "A" * 5000,
    "====",
    "\u00e9" * 30,
    "xzoXCkCQPI6ljYs7Z2FyYmFnZQ",
    "MDAwMS0wMS0wMVQwMDowMDowMCsyMzo1OSB4",
    "eyJhZnRlciI6IDF9",
    "../../etc/passwd",
    "' OR 1=1 --",
)


def sealed_elsewhere(cipher: Cipher) -> list[str]:
    """Tokens that the service itself has sealed, but not for this query."""
    contents = (b'["1"]', b'["0001-01-01T00:00:00+23:59", "x"]')
    return [cipher.seal(content, *bound) for content in contents for bound in ((b"page",), (b"cursor", b"None"))]


@pytest.fixture
def gateway(shared_gateway: Gateway) -> Gateway:
    """One gateway for all: nothing here changes anything."""
    return shared_gateway


async def test_no_list_takes_a_page_token_that_it_did_not_give(gateway: Gateway) -> None:
    tried = 0
    ciphers = [await database.cipher() for database in gateway.databases.values()]
    foreign = [sealed for cipher in ciphers for sealed in sealed_elsewhere(cipher)]
    async with Clients(gateway, all_powerful(gateway)) as clients:
        for name, method in LISTS.items():
            for made_up in (*MADE_UP, *foreign):
                request = request_of(method, page_token=made_up, **NEEDED.get(method.name, {}))
                with pytest.raises(Invalid) as refused:
                    await clients.ask(method, request)
                assert refused.value.facts["field"] == "page_token", f"{name} said {refused.value}"
                tried += 1
    assert tried == len(LISTS) * (len(MADE_UP) + len(foreign)) > 500


def _in_query(name: str) -> dict[str, Any]:
    needed = NEEDED.get(name, {})
    return {key: said.ToJsonString() if isinstance(said, Timestamp) else said for key, said in needed.items()}


async def test_no_list_over_http_takes_one_either(gateway: Gateway) -> None:
    lists = [each for each in BINDINGS if each.method.full_name in LISTS and each.http_method == "GET"]
    plain = {each.template.text: each.method.name for each in lists if "{" not in each.template.text}
    headers = {"authorization": f"Bearer {all_powerful(gateway)}"}
    async with httpx.AsyncClient(base_url=gateway.rest_url, headers=headers, timeout=60) as http:
        for path, name in plain.items():
            for made_up in MADE_UP:
                answer = await http.get(path, params={"pageSize": "1", "pageToken": made_up, **_in_query(name)})
                fields = {answer.json()["facts"]["field"], answer.status_code}
                assert fields in ({"page_token", 400}, {"pageToken", 400}), (path, made_up, answer.text)
    assert len(plain) >= 8
