"""The processes that the chart starts, started here with the chart's own environments, are one gateway."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from tenacity import Retrying, retry_if_exception_type, retry_if_result, stop_after_delay, wait_fixed

from services.kernel.ids import uuid7
from services.local.issuer import Issuer
from services.local.world import MANUFACTURER, NORTHLAKE, PLANNER_SCOPES, SPONSOR_SCOPES
from tests.integration.helm.chart import default_values
from tests.integration.helm.test_settings import environment

ROOT = Path(__file__).parents[3]
COMPONENTS: dict[str, Any] = default_values()["components"]
PATIENCE_S = 60.0
STOPS_WITHIN_S = 40.0


def with_patience(status: int = 200) -> Retrying:
    """Until it answers so: the processes start in any order and hear of each other by events."""
    return Retrying(
        retry=retry_if_exception_type(httpx.HTTPError) | retry_if_result(lambda answer: answer.status_code != status),
        stop=stop_after_delay(PATIENCE_S),
        wait=wait_fixed(0.1),
    )


@dataclass(frozen=True)
class Deployed:
    """What stands in for a cluster: a process a component, each on ports of its own."""

    issuer: Issuer
    ports: Mapping[tuple[str, str], int]
    processes: Mapping[str, "subprocess.Popen[bytes]"]

    def ask(self, token: str, method: str, path: str, **sent: Any) -> httpx.Response:
        """One request at the edge."""
        url = f"http://127.0.0.1:{self.ports['edge', 'http']}{path}"
        return httpx.request(method, url, headers={"authorization": f"Bearer {token}"}, timeout=15, **sent)


def free_ports() -> dict[tuple[str, str], int]:
    """A port of this machine for each port of each component."""
    with ExitStack() as held:
        ports = {}
        for name, component in COMPONENTS.items():
            for port in component["ports"]:
                holder = held.enter_context(socket.socket())
                holder.bind(("127.0.0.1", 0))
                ports[name, port] = holder.getsockname()[1]
    return ports


def on_this_machine(name: str, dsn: str, issuer: Issuer, ports: Mapping[tuple[str, str], int]) -> dict[str, str]:
    """A component's environment, with addresses of this machine where the cluster's stood, and the secrets put in."""
    environ = environment(name)
    for key, value in environ.items():
        environ[key] = re.sub(r"rel-doselane-([a-z]+):\d+", lambda found: f"127.0.0.1:{ports[found[1], 'grpc']}", value)
        if key.endswith("LISTEN"):
            number = int(value.rpartition(":")[2])
            (port,) = (port for port, told in COMPONENTS[name]["ports"].items() if told == number)
            environ[key] = f"127.0.0.1:{ports[name, port]}"
    if "DOSELANE_DATABASE_URL" in environ:
        environ["DOSELANE_DATABASE_URL"] = dsn
    return {**environ, "DOSELANE_JWKS": json.dumps(issuer.jwks())}


@pytest.fixture
def deployed(database_dsn: str, tmp_path: Path) -> Iterator[Deployed]:
    """All components, running; killed at the end if they did not stop by themselves."""
    issuer = Issuer.open(tmp_path, environment("slotting")["DOSELANE_TOKEN_ISSUER"], {})
    ports = free_ports()
    processes = {}
    for name, component in COMPONENTS.items():
        environ = {**os.environ, **on_this_machine(name, database_dsn, issuer, ports)}
        processes[name] = subprocess.Popen([sys.executable, "-m", component["module"]], cwd=ROOT, env=environ)
    try:
        yield Deployed(issuer, ports, processes)
    finally:
        for process in processes.values():
            process.kill()
            process.wait()


def a_run(ends: datetime) -> dict[str, Any]:
    """A Lu-177 run of four vials, as a planner sends it."""
    return {
        "product": "products/lu-ligand",
        "nuclide": "NUCLIDE_LU_177",
        "line": "facilities/tidewater/lines/hot-cell-1",
        "endOfSynthesisTime": ends.isoformat(),
        "claimCutoffTime": (ends - timedelta(hours=4)).isoformat(),
        "useByTime": (ends + timedelta(hours=72)).isoformat(),
        "pledged": {"referenceActivityKbq": "80000000", "vials": 4},
        "vialReferenceActivityMaxKbq": "20000000",
    }


def a_product() -> dict[str, Any]:
    """What the run makes: a sponsor sees the runs of products that name it."""
    product = {
        "nuclide": "NUCLIDE_LU_177",
        "partners": [NORTHLAKE],
        "activityNominalMbq": 7400,
        "shelfLifeMinutes": 4320,
        "vialReferenceActivityMaxKbq": "20000000",
    }
    return {"product": product, "productId": "lu-ligand", "requestId": str(uuid7())}


def a_site(ends: datetime) -> dict[str, Any]:
    """A centre that may receive what the run makes."""
    until = (ends + timedelta(days=90)).isoformat()
    licence = {"nuclide": "NUCLIDE_LU_177", "activityMaxMbq": 20000, "validUntilTime": until}
    site = {"timeZone": "America/Chicago", "partners": [NORTHLAKE], "licences": [licence]}
    return {"site": site, "siteId": "lakeside", "requestId": str(uuid7())}


def a_claim(ends: datetime) -> dict[str, Any]:
    """A claim of 7.4 GBq, a day after end of synthesis."""
    administration = {"activityMbq": 7400, "time": (ends + timedelta(hours=24)).isoformat()}
    wanted = {"run": "runs/chart-run", "site": "sites/lakeside", "administration": administration}
    return {"demand": {**wanted, "orderReference": "A-1"}, "requestId": str(uuid7())}


@pytest.mark.slow
def test_the_processes_of_the_chart_claim_a_slot_follow_its_dose_and_stop_in_order(deployed: Deployed) -> None:
    staff = deployed.issuer.sign("planner", MANUFACTURER, PLANNER_SCOPES)
    sponsor = deployed.issuer.sign("orchestrator", NORTHLAKE, SPONSOR_SCOPES)
    ends = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=24)
    with_patience()(deployed.ask, staff, "POST", "/v1/products", json=a_product())
    with_patience()(deployed.ask, staff, "POST", "/v1/sites", json=a_site(ends))
    planned = {"run": a_run(ends), "runId": "chart-run", "requestId": str(uuid7())}
    with_patience()(deployed.ask, staff, "POST", "/v1/runs", json=planned)
    with_patience()(deployed.ask, staff, "POST", "/v1/runs/chart-run:open", json={"requestId": str(uuid7())})
    slot = with_patience()(deployed.ask, sponsor, "POST", "/v1/slots:claim", json=a_claim(ends)).json()
    dose = with_patience()(deployed.ask, sponsor, "GET", f"/v1/{slot['name'].replace('slots/', 'doses/')}").json()
    assert (dose["slot"], dose["orderReference"]) == (slot["name"], "A-1")
    move = {"by": "3600s", "requestId": str(uuid7())}
    refused = with_patience(409)(deployed.ask, staff, "POST", "/v1/clock:advance", json=move)
    assert refused.json()["reason"] == "CLOCK_FIXED"  # nobody moves the time of an installation
    push = f"http://127.0.0.1:{deployed.ports['exchange', 'http']}/push/epcis/nobody/capture"
    with_patience(401)(httpx.post, push, json={})
    with_patience()(deployed.ask, staff, "GET", "/v1/batches")
    for process in deployed.processes.values():
        process.send_signal(signal.SIGTERM)
    ended = {name: process.wait(timeout=STOPS_WITHIN_S) for name, process in deployed.processes.items()}
    assert ended == dict.fromkeys(COMPONENTS, 0)
