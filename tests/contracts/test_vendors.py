"""Our adapters work on what their contracts with vendors say, and the vendors' twins in the sandbox keep them."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pact import Pact

from adapters.host.client import client
from adapters.lims_limsml import port as limsml_port
from adapters.lims_limsml.client import LimsmlClient, SessionOver
from adapters.lims_limsml.samples import log_in
from adapters.lims_limsml.settings import settings
from adapters.lims_senaite.client import SenaiteClient, Spoilt
from adapters.lims_senaite.port import fetch_changed, look
from adapters.lims_senaite.registration import SampleThere, lacks, sample_order
from adapters.lims_senaite.translate import SenaiteReader
from adapters.manifest import Incoming
from adapters.outbound import Declined
from services.kernel.clock import VirtualClock
from services.local.contracts.verification import play
from tests.contracts.files import file_of, interactions, pact_files, text_of
from tests.contracts.vendors import CONTRACTS, VENDORS, limsml, senaite
from tests.contracts.vendors.twins import TWINS, senaite_twin
from tests.support.limsml import PASSWORD as LIMSML_PASSWORD
from tests.support.limsml import options
from tests.support.senaite import CLIENT, NOW, PASSWORD, USER, given


@pytest.mark.parametrize("consumer", CONTRACTS)
def test_the_committed_contract_is_what_the_adapter_needs(consumer: str) -> None:
    assert file_of(consumer, VENDORS).read_text() == text_of(CONTRACTS[consumer]()), (
        "Run `python -m tests.contracts write`, and look at what changed before it is committed."
    )


@pytest.mark.parametrize("file", pact_files(VENDORS), ids=lambda file: file.stem)
async def test_the_twin_keeps_the_contract(file: Path) -> None:
    async with TWINS[file.stem]() as (url, answering):
        verdict = await asyncio.to_thread(play, file, answering, rest_url=url)
    assert verdict.holds, str(verdict)


@asynccontextmanager
async def reached(*steps: Callable[[Pact], None], password: str = PASSWORD) -> AsyncIterator[SenaiteClient]:
    """The adapter, and a SENAITE that says what these interactions of the contract say, and no more."""
    pact = Pact(senaite.NAME, senaite.PROVIDER).with_specification("V4")
    for step in steps:
        step(pact)
    with pact.serve(addr="127.0.0.1") as server:
        credentials = {"type": "basic", "user": USER, "password": password}
        async with client({"url": str(server.url), "credentials": credentials}, VirtualClock(NOW)) as http:
            yield SenaiteClient(http, given())


async def nobody(cursor: str, limit: int) -> list[str]:
    return []


async def test_the_adapter_finds_a_sample_that_is_there_and_whole() -> None:
    steps = (senaite.finds_a_sample, senaite.reads_a_sample, senaite.lists_a_repeated_analysis)
    async with reached(*steps) as lims:
        receipt = await look(lims, senaite.an_order())
    assert receipt == f"registered as {senaite.SAMPLE_ID} ({senaite.SAMPLE_UID})"


async def test_the_adapter_finds_none_where_there_is_none() -> None:
    async with reached(senaite.finds_none) as lims:
        assert await look(lims, senaite.an_order()) is None


async def test_the_adapter_makes_a_sample_and_completes_one() -> None:
    order = sample_order(given(), senaite.an_order().body)
    async with reached(senaite.makes_a_sample, senaite.completes_a_sample) as lims:
        assert await lims.create(CLIENT, order.fields) is None
        half = SampleThere({"SampleType": "there", "DateSampled": "there"}, [])
        assert await lims.update(senaite.SAMPLE_UID, lacks(order, half, given().mapping)) is None


async def test_the_adapter_hears_a_no_under_a_status_of_success() -> None:
    async with reached(senaite.is_told_no_in_the_body) as lims:
        fields = {"Contact": senaite.CONTACT, "SampleType": senaite.UNKNOWN_UID, "ClientSampleID": senaite.SAMPLE}
        assert await lims.create(CLIENT, fields) == Spoilt("200: APIError: A sentence for people.", may_pass=False)


async def test_the_adapter_tells_wrong_credentials_and_what_is_not_there() -> None:
    async with reached(senaite.is_not_believed, password="another") as lims:
        with pytest.raises(Declined, match="401: Unauthorized"):
            await lims.read(senaite.SAMPLE_UID)
    async with reached(senaite.misses_a_sample) as lims:
        with pytest.raises(Declined, match="404: NotFound"):
            await lims.read(senaite.UNKNOWN_UID)


async def test_the_adapter_reads_what_was_changed_to_a_result() -> None:
    only_one = senaite.lists_one_verified_analysis
    steps = (senaite.lists_what_changed, senaite.reads_a_sample, only_one, senaite.reads_an_analysis)
    async with reached(*steps) as lims:
        fetched = await fetch_changed(lims, senaite.READ_UP_TO.written(), nobody)
    (body,) = fetched.bodies
    (fact,) = SenaiteReader(given()).translate(Incoming("senaite.samples", body, {}, NOW)).facts
    said: Any = fact.said
    assert (said.test, said.value, said.unit, fact.kind) == ("radiochemical_purity", "99.1", "%", "VERIFIED")
    assert said.capture_time.ToDatetime(NOW.tzinfo) == NOW


@asynccontextmanager
async def spoken_to(*steps: Callable[[Pact], None], password: str = LIMSML_PASSWORD) -> AsyncIterator[LimsmlClient]:
    """The adapter, and a LIMS that says what these interactions of its contract say, and no more."""
    pact = Pact(limsml.NAME, limsml.PROVIDER).with_specification("V4")
    for step in steps:
        step(pact)
    with pact.serve(addr="127.0.0.1") as server:
        async with client({"url": str(server.url)}, VirtualClock(NOW)) as http:
            yield LimsmlClient(settings(options(password=password)), http)


@pytest.mark.parametrize(
    ("step", "receipt"), [(limsml.finds_a_sample, "logged in as 41"), (limsml.finds_none, None)], ids=["there", "none"]
)
async def test_limsml_finds_a_sample_in_a_session_of_its_own(step: Callable[[Pact], None], receipt: str | None) -> None:
    async with spoken_to(limsml.logs_in, step, limsml.logs_out) as lims:
        assert await limsml_port.look(lims, limsml.OURS) == receipt


async def test_limsml_logs_a_sample_in() -> None:
    async with spoken_to(limsml.logs_in, limsml.logs_a_sample_in, limsml.logs_out) as lims, lims.session() as session:
        await session.change(log_in(lims.settings, limsml.OURS))


async def test_limsml_reads_what_was_found() -> None:
    async def followed(cursor: str, limit: int) -> list[str]:
        return [limsml.SAMPLE]

    async with spoken_to(limsml.logs_in, limsml.finds_a_sample, limsml.reads_results, limsml.logs_out) as lims:
        fetched = await limsml_port.fetch(lims, "", followed)
    (body,) = fetched.bodies
    assert json.loads(body)["rows"] == [
        {"test_number": "7001", "name": "RCP", "result": "98.6", "units": "%", "status": "A"}
    ]


async def test_limsml_tells_a_wrong_password_and_a_session_that_is_over() -> None:
    async with spoken_to(limsml.is_not_believed, password="other") as lims:
        with pytest.raises(Declined, match="The password is wrong"):
            await limsml_port.look(lims, limsml.OURS)
    steps = (limsml.logs_in, limsml.is_told_that_the_session_is_over)
    async with spoken_to(*steps) as lims:
        with pytest.raises(SessionOver, match="The session has expired"):
            await limsml_port.look(lims, limsml.OURS)


async def test_a_twin_that_breaks_its_contract_is_found_out() -> None:
    """It believes nobody: nearly everything that the adapter asks for is refused."""
    async with senaite_twin(password="another") as (url, answering):
        verdict = await asyncio.to_thread(play, file_of(senaite.NAME, VENDORS), answering, rest_url=url)
    assert not verdict.holds


def test_every_operation_of_the_adapter_stands_in_its_contract() -> None:
    """Its README lists them; a new one begins as an interaction. LIMSML has one, which asks for commands."""
    asked = {_operation(each["request"]) for each in interactions(file_of(senaite.NAME, VENDORS))}
    assert asked == {
        ("GET", "AnalysisRequest"),
        ("GET", "Analysis"),
        ("GET", "{uid}"),
        ("POST", "AnalysisRequest/create/{uid}"),
        ("POST", "update/{uid}"),
    }
    written = file_of(limsml.NAME, VENDORS).read_text()
    for command in ("FIND", "LOGIN_SAMPLE", "GET_RESULTS", "LOGOUT"):
        assert f"&lt;command&gt;{command}&lt;/command&gt;" in written


def _operation(request: Mapping[str, Any]) -> tuple[str, str]:
    path = request["path"].partition("/v1/")[2]
    *first, last = path.split("/")
    return request["method"], "/".join([*first, "{uid}" if len(last) == 32 else last])
