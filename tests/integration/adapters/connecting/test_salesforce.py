"""`doselane connect check` of a Salesforce organisation: what would fail is named before anything is exchanged."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapters.crm_salesforce import ADAPTER
from adapters.sandbox.salesforce.login import ClientApp
from adapters.sandbox.salesforce.organisation import Organisation
from services.kernel.clock import VirtualClock
from tests.support.connecting import Gate, a_gate, on_a_socket
from tests.support.salesforce import CLIENT, KEY, NOW, USER, connection

SPONSOR = "partners/lakeside"
MAPPING = """\
version: 1
tables:
  order_state: {Draft: DRAFT, Requested: WANTED, Cancelled: WITHDRAWN}
  slot_state: {Booked: CONFIRMED}
"""
OPTIONS = {"order_event": "Dose_Order_Request__e"}
Plant = Callable[[Organisation], None]
Place = tuple[str, str, str]


@pytest.fixture
def dsn(courier_dsn: str) -> str:
    return courier_dsn


@asynccontextmanager
async def checked(
    dsn: str, folder: Path, *, plant: Plant = lambda _: None, mapping: str = MAPPING, **options: Any
) -> AsyncIterator[tuple[Gate, Organisation]]:
    """A gateway with an account of an organisation in which the kit was deployed, and a fault planted."""
    clock = VirtualClock(NOW)
    organisation = Organisation(clock, ClientApp(CLIENT, USER, KEY.public_key(), secret="s" * 20))
    plant(organisation)
    file = folder / "org.yaml"
    file.write_text(mapping)
    port = await organisation.pubsub.start()
    async with on_a_socket(organisation.rest.app) as url:
        organisation.rest.log_in.instance_url = url
        reached = {"pubsub_url": f"http://127.0.0.1:{port}", **OPTIONS, **options}
        account = {"partner": SPONSOR, "adapter": "crm_salesforce", "mapping": str(file), "options": reached,
                   "connection": connection(url)}  # fmt: skip
        async with a_gate(dsn, {"org": account}, {"crm_salesforce": ADAPTER}, clock) as gate:
            yield gate, organisation
    await organisation.pubsub.stop()


def field(sobject: str, name: str, **changes: Any) -> Plant:
    """Changes a field of an object; with nothing it is gone."""

    def plant(organisation: Organisation) -> None:
        known = organisation.org.objects[sobject]
        fields = [replace(each, **changes) if each.name == name else each for each in known.fields]
        kept = [each for each in fields if changes or each.name != name]
        assert fields != list(known.fields) or len(kept) < len(known.fields)
        organisation.org.objects = {**organisation.org.objects, sobject: replace(known, fields=tuple(kept))}

    return plant


def without(sobject: str) -> Plant:
    def plant(organisation: Organisation) -> None:
        kept = {name: each for name, each in organisation.org.objects.items() if name != sobject}
        organisation.org.objects = kept

    return plant


def not_installed(organisation: Organisation) -> None:
    organisation.rest.log_in.app.installed = False


async def test_an_organisation_with_the_kit_is_ready_and_nothing_is_changed_in_it(dsn: str, tmp_path: Path) -> None:
    async with checked(dsn, tmp_path) as (gate, organisation):
        done = await gate.run("--json", "connect", "check", "org", partner=SPONSOR)
        assert (done.code, done.told["ready"], done.findings()) == (0, True, []), done.out + done.err
        assert (done.told["adapter"], done.told["partner"]) == ("crm_salesforce", SPONSOR)
        samples = [(each["reaction"], json.loads(each["body"])) for each in done.told["samples"]]
        assert [name for name, _ in samples] == [
            "salesforce.order_outcome", "salesforce.order_outcome", "salesforce.dose",
        ]  # fmt: skip
        assert samples[0][1]["Outcome__c"] == "PROMISED" and samples[2][1]["Slot_State__c"] == "Booked"
        assert not any(each["problem"] for each in done.told["samples"])
        assert not organisation.orders() and not organisation.doses()
        theirs = await gate.run("--json", "connect", "check", "org", partner="partners/other")
        assert (theirs.code, theirs.told["error"]["kind"]) == (6, "NOT_FOUND")


FAULTS = [
    pytest.param(field("Dose__c", "Run__c"), ("FIELD", "Dose__c.Run__c", "dose.run"),
                 "has no field Run__c", id="a field is missing"),
    pytest.param(field("Dose__c", "Run__c", visible=False), ("FIELD", "Dose__c.Run__c", "dose.run"),
                 "that our user may see", id="a field is hidden"),
    pytest.param(field("Dose_Order__c", "Slot__c", length=20), ("FIELD", "Dose_Order__c.Slot__c", "outcome.slot"),
                 "takes 20 characters, and what we write may have 42", id="a field is too short"),
    pytest.param(field("Dose__c", "Courier__c", may_update=False),
                 ("PERMISSION", "Dose__c.Courier__c", "dose.courier"), "cannot be changed", id="no permission to edit"),
    pytest.param(field("Dose__c", "Dose_Id__c", unique=False), ("FIELD", "Dose__c.Dose_Id__c", "dose.dose"),
                 "not unique", id="the external id is not unique"),
    pytest.param(field("Dose__c", "Dose_Id__c", external_id=False), ("FIELD", "Dose__c.Dose_Id__c", "dose.dose"),
                 "no external id", id="no external id"),
    pytest.param(field("Dose__c", "Slot_State__c", type="picklist", words=("Booked", "HELD")),
                 ("FIELD", "Dose__c.Slot_State__c", "dose.slot_state"), "restricted picklist without",
                 id="a restricted picklist without our words"),
    pytest.param(field("Dose__c", "Run__c", type="double"), ("FIELD", "Dose__c.Run__c", "dose.run"),
                 "is of type double", id="another type"),
    pytest.param(without("Dose__c"), ("OBJECT", "Dose__c", ""), "no object Dose__c", id="an object is missing"),
]  # fmt: skip


@pytest.mark.parametrize(("plant", "place", "words"), FAULTS)
async def test_a_planted_fault_is_named_with_what_to_do(
    dsn: str, tmp_path: Path, plant: Plant, place: Place, words: str
) -> None:
    async with checked(dsn, tmp_path, plant=plant) as (gate, _):
        done = await gate.run("--json", "connect", "check", "org", partner=SPONSOR)
        assert (done.code, done.findings()) == (1, [place]), done.out + done.err
        (found,) = [each for each in done.told["findings"] if each["severity"] == "ERROR"]
        assert words in found["detail"] and found["remedy"]
        shown = await gate.run("connect", "check", "org", partner=SPONSOR)
        assert shown.code == 1 and "not ready: 1 ERROR" in shown.out and place[0] in shown.out
        assert shown.out.startswith(f"accounts/org of {SPONSOR} (crm_salesforce), checked at ")


async def test_a_topic_that_is_not_there_is_told(dsn: str, tmp_path: Path) -> None:
    async with checked(dsn, tmp_path, dose_event="Dose_Moved__e") as (gate, _):
        done = await gate.run("--json", "connect", "check", "org", partner=SPONSOR)
        assert (done.code, done.findings()) == (1, [("EVENT", "/event/Dose_Moved__e", "")])


async def test_an_app_that_is_not_installed_is_told_with_the_step(dsn: str, tmp_path: Path) -> None:
    async with checked(dsn, tmp_path, plant=not_installed) as (gate, _):
        done = await gate.run("--json", "connect", "check", "org", partner=SPONSOR)
        assert (done.code, done.findings()) == (1, [("LOGIN", "", "")])
        assert "install the app in the organisation" in done.told["findings"][0]["detail"]


async def test_a_version_that_is_retired_is_told(dsn: str, tmp_path: Path) -> None:
    async with checked(dsn, tmp_path, api_version="20.0") as (gate, _):
        done = await gate.run("--json", "connect", "check", "org", partner=SPONSOR)
        assert (done.code, done.findings()) == (1, [("SERVICE", "/services/data/v20.0", "")])


async def test_a_mapping_that_takes_no_order_is_told_with_its_line(dsn: str, tmp_path: Path) -> None:
    mapping = MAPPING.replace("Requested: WANTED", "Asked: DRAFT")
    async with checked(dsn, tmp_path, mapping=mapping) as (gate, _):
        done = await gate.run("--json", "connect", "check", "org", partner=SPONSOR)
        assert (done.code, done.findings()) == (1, [("MAPPING", "Dose_Order__c.Status__c", "order.state")])
        lines = {each["mappingPlace"] for each in done.told["findings"] if each["area"] == "MAPPING"}
        assert "org.yaml:3" in lines


async def test_calls_that_are_used_up_are_told(dsn: str, tmp_path: Path) -> None:
    async with checked(dsn, tmp_path, calls_percent_max=40) as (gate, organisation):
        organisation.rest.calls_made = organisation.rest.calls_per_day // 2
        done = await gate.run("--json", "connect", "check", "org", partner=SPONSOR)
        assert ("LIMIT", "DailyApiRequests", "") in done.findings()
