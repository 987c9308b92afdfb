"""`doselane connect check` of an SAP system: what would fail is named before anything is exchanged."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import Response

from adapters.courier_ups import ADAPTER as UPS
from adapters.erp_sap import ADAPTER
from adapters.sandbox.sap import SapSystem, SapTwin, away
from adapters.sandbox.sap.edmx import packaged
from services.kernel.clock import SystemClock, VirtualClock
from tests.support.certificates import Authority
from tests.support.connecting import Gate, a_gate, on_a_socket
from tests.support.couriers import NOW
from tests.support.idocs import TERMS
from tests.support.sap_plant import MAPPING, OPTIONS, ORDER, PASSWORD, PLANT, PROCESS, SALES, USER

# The outcomes have words, so that they fit into a field of three characters.
FITTING = MAPPING.replace('"NO": REFUSED}', '"NO": REFUSED, KP: KEPT, GB: GIVEN_BACK}')


@pytest.fixture
def dsn(courier_dsn: str) -> str:
    return courier_dsn


@asynccontextmanager
async def checked(
    dsn: str,
    folder: Path,
    *,
    mapping: str = FITTING,
    documents: Mapping[str, bytes] | None = None,
    connection: Mapping[str, Any] | None = None,
    now: datetime = NOW,
    **options: Any,
) -> AsyncIterator[tuple[Gate, SapTwin]]:
    """A gateway with an account of SAP, one of another partner's, and SAP."""
    clock = VirtualClock(now)
    twin = SapTwin(SapSystem(clock, documents), USER, PASSWORD)
    there = twin.system.services[PROCESS].sets["A_ProcessOrder_2"].type.fields
    order = {name: value for name, value in ORDER.items() if name in there}
    twin.system.put(PROCESS, "A_ProcessOrder_2", ManufacturingOrder="1000101", **order)
    file = folder / "s4.yaml"
    file.write_text(mapping)
    async with on_a_socket(twin.app) as url:
        reached = {
            "url": url, "credentials": {"type": "basic", "user": USER, "password": PASSWORD},
            "csrf": {"token_url": f"{url}/sap/opu/odata/sap/{PROCESS}/"}, **(connection or {}),
        }  # fmt: skip
        auth = {"type": "header_key", "header": "x-api-key", "secrets": ["the-key-of-the-webhook-1"]}
        accounts = {
            "s4": {"partner": PLANT, "adapter": "erp_sap", "manufacturer": True, "mapping": str(file), "auth": auth,
                   "options": {**OPTIONS, **options}, "connection": reached},
            "swift-ups": {"partner": "partners/swift", "adapter": "courier_ups", "auth": auth},
        }  # fmt: skip
        async with a_gate(dsn, accounts, {"erp_sap": ADAPTER, "courier_ups": UPS}, clock) as gate:
            yield gate, twin


def without(service: str, *changes: tuple[str, str]) -> Mapping[str, bytes]:
    """The packaged services, one of them with other metadata."""
    documents = packaged()
    text = documents[service].decode()
    for before, after in changes:
        assert text.count(before) >= 1, before
        text = text.replace(before, after)
    return {**documents, service: text.encode()}


async def test_a_system_that_has_all_is_ready_and_nothing_is_changed_in_it(dsn: str, tmp_path: Path) -> None:
    async with checked(dsn, tmp_path) as (gate, twin):
        done = await gate.run("--json", "connect", "check", "s4", partner=PLANT)
        assert (done.code, done.told["ready"], done.findings()) == (0, True, []), done.out + done.err
        assert (done.told["name"], done.told["partner"], done.told["adapter"]) == ("accounts/s4", PLANT, "erp_sap")
        assert datetime.fromisoformat(done.told["checkTime"]) == NOW
        samples = {each["reaction"]: each for each in done.told["samples"]}
        assert samples.keys() == {
            "sap.yield", "sap.usage_decision", "sap.goods_issue", "sap.order_outcome", "sap.new_sales_order",
        }  # fmt: skip
        assert json.loads(samples["sap.yield"]["body"])["MfgOrderConfirmedYieldQty"] == "148123.457"
        assert not any(each["problem"] for each in done.told["samples"])
        assert twin.executed == ["POST $batch"]  # which only reads
        shown = await gate.run("connect", "check", "accounts/s4", "--samples", partner=PLANT)
        assert shown.code == 0
        assert "ready: 0 ERROR, 1 WARNING" in shown.out and "MfgOrderConfirmedYieldQty" in shown.out
        assert "PurchaseOrderByCustomer takes 35 characters" in " ".join(shown.out.split())


async def test_of_idocs_it_is_asked_whether_anybody_takes_them(dsn: str, tmp_path: Path) -> None:
    writes = [*OPTIONS["writes"], "idoc_order_responses"]
    async with checked(dsn, tmp_path, writes=writes, idoc=TERMS) as (gate, twin):
        done = await gate.run("--json", "connect", "check", "s4", partner=PLANT)
        assert (done.code, done.told["ready"]) == (0, True), done.out + done.err
        (note,) = [each for each in done.told["findings"] if "IDoc" in each["detail"]]
        assert (note["severity"], "idoc_order_responses go by IDoc" in note["detail"]) == ("NOTE", True)
        assert twin.idocs.stored == []
        twin.idocs.is_active = False
        done = await gate.run("--json", "connect", "check", "s4", partner=PLANT)
        assert (done.code, done.findings()) == (1, [("SERVICE", "/sap/bc/idoc_xml", "")])


FAULTS = [
    pytest.param(
        {"documents": without(PROCESS, ('Name="ProductionVersion"', 'Name="ProdVersion"'))},
        ("FIELD", "API_PROCESS_ORDER_2_SRV A_ProcessOrder_2.ProductionVersion", "production_order.line"),
        "there is no field ProductionVersion", id="a field that is read is missing",
    ),
    pytest.param(
        {"documents": without(SALES, ('Name="PurchaseOrderByShipToParty" Type="Edm.String" MaxLength="35"',
                                      'Name="PurchaseOrderByShipToParty" Type="Edm.String" MaxLength="20"'))},
        ("FIELD", "API_SALES_ORDER_SRV A_SalesOrder.PurchaseOrderByShipToParty", "order_outcome.slot"),
        "has 32 characters and may have 20", id="a field that is written is too short",
    ),
    pytest.param(
        {"documents": without(SALES, ('="DeliveryBlockReason"', '="DeliveryBlockReason" sap:updatable="false"'))},
        ("PERMISSION", "API_SALES_ORDER_SRV A_SalesOrder.DeliveryBlockReason", "order_outcome.delivery_block"),
        "cannot be changed (sap:updatable)", id="a field that is written cannot be changed",
    ),
    pytest.param(
        {"mapping": MAPPING},
        ("FIELD", "API_SALES_ORDER_SRV A_SalesOrder.SDDocumentReason", "order_outcome.outcome"),
        "has 4 characters and may have 3", id="an outcome without a word that fits",
    ),
    pytest.param(
        {"event_topics": ["sap.s4.events"],
         "connection": {"kafka": {"bootstrap": ["127.0.0.1:1"], "tls": False}}},
        ("LOGIN", "sap.s4.events", ""), "no broker can be reached: 127.0.0.1:1: ", id="no broker is there",
    ),
    pytest.param(
        {"services": {"inspection_lots": "API_NOT_THERE_SRV"}},
        ("SERVICE", "API_NOT_THERE_SRV", ""), "404", id="a service is not active",
    ),
    pytest.param(
        {"site_zones": {"sites/other": "Europe/Berlin"}},
        ("MAPPING", "", "sites/lakeside"), "no zone in options.site_zones", id="a zone is missing",
    ),
    pytest.param(
        {"connection": {"credentials": {"type": "basic", "user": USER, "password": "wrong-password-1"}}},
        ("LOGIN", "API_PROCESS_ORDER_2_SRV", ""), "does not let us in: 401", id="a wrong password",
    ),
    pytest.param(
        {"connection": {"csrf": {"token_url": "http://127.0.0.1:9/"}}},
        ("PERMISSION", "API_PROCESS_ORDER_2_SRV", ""), "no CSRF token", id="no token for changes",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "place", "words"), FAULTS)
async def test_a_planted_fault_is_named_with_what_to_do(
    dsn: str, tmp_path: Path, fault: Mapping[str, Any], place: tuple[str, str, str], words: str
) -> None:
    async with checked(dsn, tmp_path, **fault) as (gate, _):
        done = await gate.run("--json", "connect", "check", "s4", partner=PLANT)
        assert (done.code, done.told["ready"]) == (1, False), done.out + done.err
        assert place in done.findings()
        found = [
            each for each in done.told["findings"] if (each["area"], each["systemPlace"], each["ourName"]) == place
        ]
        assert any(words in each["detail"] for each in found), found
        assert all(each["remedy"] for each in found)
        shown = await gate.run("connect", "check", "s4", partner=PLANT)
        assert shown.code == 1 and "not ready" in shown.out and place[0] in shown.out


async def test_the_line_of_the_mapping_is_named(dsn: str, tmp_path: Path) -> None:
    wrong = FITTING.replace("yield.run: OrderLongText", "yield.run: ZZ_RUN")
    async with checked(dsn, tmp_path, mapping=wrong) as (gate, _):
        done = await gate.run("--json", "connect", "check", "s4", partner=PLANT)
        (found,) = [each for each in done.told["findings"] if each["severity"] == "ERROR"]
        assert (found["mappingPlace"], found["ourName"]) == ("s4.yaml:3", "yield.run")
        (sample,) = [each for each in done.told["samples"] if each["reaction"] == "sap.yield"]
        assert "ZZ_RUN" in sample["problem"]


async def test_a_v4_service_is_called_one(dsn: str, tmp_path: Path) -> None:
    v4 = b'<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"/>'
    async with checked(dsn, tmp_path) as (gate, twin):
        twin.faults.append(lambda: Response(v4, media_type="application/xml"))
        done = await gate.run("--json", "connect", "check", "s4", partner=PLANT)
        (found,) = [each for each in done.told["findings"] if each["severity"] == "ERROR"]
        assert (found["area"], done.code) == ("SERVICE", 1)
        assert "OData V4" in found["detail"] and "V2 service" in found["remedy"]


async def test_after_a_wrong_password_nobody_asks_again(dsn: str, tmp_path: Path) -> None:
    """SAP locks a user after some wrong log-ons."""
    credentials = {"type": "basic", "user": USER, "password": "wrong-password-1"}
    async with checked(dsn, tmp_path, connection={"credentials": credentials}) as (gate, twin):
        await gate.run("connect", "check", "s4", partner=PLANT)
        assert len(twin.calls) == 1


async def test_a_system_that_is_away_is_a_finding(dsn: str, tmp_path: Path) -> None:
    async with checked(dsn, tmp_path) as (gate, twin):
        twin.faults.append(away)
        done = await gate.run("--json", "connect", "check", "s4", partner=PLANT)
        assert (done.code, done.findings()) == (1, [("LOGIN", PROCESS, "")])


async def test_a_certificate_of_theirs_that_has_ended_is_told_as_that(dsn: str, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(*authority.issue("theirs", days=-1))
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=tls)
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    there = {"url": url, "csrf": {"token_url": f"{url}/"}, "tls": {"authorities_file": str(authority.file)}}
    async with server, checked(dsn, tmp_path, connection=there) as (gate, twin):
        done = await gate.run("--json", "connect", "check", "s4", partner=PLANT)
        assert (done.code, done.findings(), twin.calls) == (1, [("LOGIN", PROCESS, "")], [])
        (found,) = [each for each in done.told["findings"] if each["area"] == "LOGIN"]
        assert "certificate has expired" in found["detail"], found


async def test_words_of_documents_without_a_meaning_are_told_beforehand(dsn: str, tmp_path: Path) -> None:
    async with checked(dsn, tmp_path) as (gate, twin):
        other = {**ORDER, "ProductionPlant": "2020", "Material": "OTHER", "ProductionUnit": "KG"}
        twin.system.put(PROCESS, "A_ProcessOrder_2", ManufacturingOrder="1000102", **other)
        for number, sold_to in (("401", "0017100001"), ("402", "17100077")):
            twin.system.put(SALES, "A_SalesOrder", SalesOrder=number, SoldToParty=sold_to)
        done = await gate.run("--json", "connect", "check", "s4", partner=PLANT)
        told = {name: place for area, place, name in done.findings("WARNING") if area == "MAPPING"}
        assert told == {
            "production_order.plant": "2020", "production_order.product": "OTHER", "production_order.unit": "KG",
            "SoldToParty": "17100077",
        }  # fmt: skip
        assert done.code == 0


async def test_a_certificate_that_ends_soon_is_told(dsn: str, tmp_path: Path) -> None:
    certificate, key = Authority(tmp_path).issue("us")  # it holds for a day
    tls, today = {"certificate_file": certificate, "key_file": key}, SystemClock().now()
    async with checked(dsn, tmp_path, connection={"tls": tls}, now=today) as (gate, _):
        done = await gate.run("--json", "connect", "check", "s4", partner=PLANT)
        assert ("CERTIFICATE", "", "") in done.findings("WARNING") and done.code == 0
    async with checked(dsn, tmp_path, connection={"tls": tls}, now=today + timedelta(days=2)) as (gate, _):
        done = await gate.run("--json", "connect", "check", "s4", partner=PLANT)
        assert ("CERTIFICATE", "", "") in done.findings() and done.code == 1


async def test_another_partners_account_does_not_exist(dsn: str, tmp_path: Path) -> None:
    async with checked(dsn, tmp_path) as (gate, twin):
        theirs = await gate.run("--json", "connect", "check", "s4", partner="partners/swift")
        nobodys = await gate.run("--json", "connect", "check", "nobodys", partner="partners/swift")
        assert (theirs.code, nobodys.code) == (6, 6)
        assert theirs.told["error"]["kind"] == nobodys.told["error"]["kind"] == "NOT_FOUND"
        assert theirs.out.replace("accounts/s4", "") == nobodys.out.replace("accounts/nobodys", "")
        assert twin.calls == []


async def test_an_adapter_that_cannot_ask_says_so(dsn: str, tmp_path: Path) -> None:
    async with checked(dsn, tmp_path) as (gate, _):
        done = await gate.run("--json", "connect", "check", "swift-ups", partner="partners/swift")
        (found,) = done.told["findings"]
        assert (done.code, found["severity"]) == (0, "NOTE")
        assert "courier_ups has no way to ask" in found["detail"]
        listed = await gate.run("--json", "connect", "accounts", partner="partners/swift")
        assert [(each["name"], each["port"]) for each in listed.told["accounts"]] == [("accounts/swift-ups", "courier")]
        shown = await gate.run("connect", "accounts", partner=PLANT)
        assert "s4" in shown.out and "erp_sap" in shown.out and "swift-ups" not in shown.out


async def test_what_is_wrong_with_the_command_or_the_way_is_told_with_what_to_do(dsn: str, tmp_path: Path) -> None:
    async with checked(dsn, tmp_path) as (gate, _):
        used = await gate.run("connect", "check", "A B", partner=PLANT)
        assert used.code == 2 and "ACCOUNT: must look like accounts" in used.err, used.err
        assert (await gate.run("connect", "check")).code == 2
        assert (await gate.run("connect", "chek", "s4")).code == 2
        assert (await gate.run("--address", "nowhere", "connect", "check", "s4", partner=PLANT)).code == 2
        nobody = await gate.run("connect", "check", "s4")
        assert nobody.code == 2 and "doselane login" in nobody.err
        denied = await gate.run("connect", "check", "s4", DOSELANE_TOKEN="wrong")
        assert denied.code == 5 and "what to do: Send the access token as it came" in denied.err
        token = gate.issuer.token(PLANT, ("exchange.read",))
        scope = await gate.run("connect", "check", "s4", DOSELANE_TOKEN=token)
        assert scope.code == 5 and "exchange.operate" in scope.err
        lost = await gate.run(
            "--address", "http://127.0.0.1:9", "--timeout-s", "0.5", "connect", "check", "s4", partner=PLANT
        )
        assert lost.code == 3 and "what to do: Try again" in lost.err
        secret = gate.issuer.token(PLANT, ("exchange.operate",))
        assert all(secret not in each.out + each.err for each in (denied, scope, lost))
