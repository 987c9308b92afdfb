"""What is answered is what OpenAPI says: for every call, every role, and a client that a generator made."""

import importlib
import inspect
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from jsonschema_rs import Draft202012Validator

from services.edge import api, openapi
from services.kernel.quotas import HEADERS as QUOTA_HEADERS
from services.local.world import HARBOR, MANUFACTURER, NORTHLAKE
from tests.support import rest
from tests.support.belongings import Belongings
from tests.support.calls import API, BINDINGS, SCOPES, STREAMS
from tests.support.gateway import Desk
from tests.support.isolation import requests_of

ROLES = {
    "northlake": (NORTHLAKE, ()),
    "harbor": (HARBOR, ()),
    "operator": (MANUFACTURER, ("operator", "clock.advance")),
}
VALIDATORS: dict[str, Draft202012Validator] = {}
PARAMETERS = {
    "facility": "-",
    "feed": "-",
    "name": "sites/lakeside-clinic",
    "departure_from_time": datetime(2026, 11, 1, tzinfo=UTC),
    "departure_until_time": datetime(2026, 11, 8, tzinfo=UTC),
}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The document of today's protos."""
    return openapi.as_3_1(openapi.document(api.load(), "1.0.0", "/oauth/token", "https://doselane.example"))


@pytest.mark.slow
@pytest.mark.parametrize("role", ROLES)
async def test_every_answer_to_every_call_is_valid_by_its_schema_and_a_generated_client_reads_every_list(
    desk: Desk, northlakes: tuple[Belongings, ...], document: dict[str, Any], generated: str, role: str
):
    if role != "harbor":
        await _read_every_list(desk, northlakes[0], generated, role)  # before anything is changed or ended
    partner, more = ROLES[role]
    token, counted = desk.gateway.token(partner, *SCOPES, *more), Counter[int]()
    async with httpx.AsyncClient(base_url=desk.gateway.rest_url, timeout=30) as client:
        for names in northlakes:
            for method, request in _in_order(requests_of(desk, names)):
                answer = await rest.call(client, method, request, token)
                _check(document, method, answer, staff=bool(more))
                counted[answer.status_code] += 1
        for method in ("CapacityService/WatchRuns", "StatusService/WatchTimeline", "QualityService/WatchBatches"):
            request = requests_of(desk, northlakes[0])[method]
            if role != "harbor" or method != "StatusService/WatchTimeline":
                first = await anext(rest.events(client, method, request, token))
                _validate(document, _operation(document, method)["responses"]["200"]["x-doselane-event-data"], first)
    assert counted.total() == 2 * (len(BINDINGS) - len(STREAMS))
    assert counted[200] > {"northlake": 40, "harbor": 20, "operator": 60}[role], counted


def test_a_checker_of_answers_finds_a_field_of_another_kind(document: dict[str, Any]):
    reference = {"$ref": "#/components/schemas/Run"}
    _validate(document, reference, {"name": "runs/1", "lossFraction": 0.05})
    for wrong in ({"name": 1}, {"lossFraction": "0.05"}, {"state": "ASLEEP"}, {"useByTime": "tomorrow"}):
        with pytest.raises(AssertionError):
            _validate(document, reference, wrong)


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a client that openapi-python-client made of the document."""
    folder = tmp_path_factory.mktemp("generated")
    document = openapi.as_3_0(openapi.document(API, "1.0.0", "/oauth/token", "https://doselane.example"))
    (folder / "openapi.json").write_text(json.dumps(document))
    (folder / "config.yaml").write_text("post_hooks: []\n")
    program = Path(sys.executable).with_name("openapi-python-client")
    command = [program, "generate", "--meta", "none", "--path", "openapi.json", "--config", "config.yaml"]
    name = "generated_doselane_client"
    answer = subprocess.run([*command, "--output-path", name], cwd=folder, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    sys.path.insert(0, str(folder))
    return name


async def _read_every_list(desk: Desk, names: Belongings, generated: str, role: str) -> None:
    """What a client that was generated from the document reads."""
    partner, more = ROLES[role]
    client = importlib.import_module(f"{generated}.client").AuthenticatedClient(
        base_url=desk.gateway.rest_url, token=desk.gateway.token(partner, *SCOPES, *more)
    )
    problem = importlib.import_module(f"{generated}.models").Problem
    read = 0
    parameters = PARAMETERS | {
        kind: getattr(names, kind).partition("/")[2] for kind in ("dose", "batch", "shipment", "endpoint")
    }
    for method, binding in BINDINGS.items():
        if not binding.method.name.startswith("List"):
            continue
        service, name = (_snake(part) for part in method.split("/"))
        ask = importlib.import_module(f"{generated}.api.{service}.{name}").asyncio
        needed = [each.name for each in inspect.signature(ask).parameters.values() if each.default is each.empty]
        facts = {each: parameters[each] for each in needed if each != "client"}
        answer = await ask(client=client, **facts, **({"partner": NORTHLAKE} if "Usages" in method and more else {}))
        assert answer is not None, method
        read += not isinstance(answer, problem)
    assert read >= {"northlake": 11, "operator": 15}[role]


def _in_order(requests: Mapping[str, Message]) -> list[tuple[str, Message]]:
    """Reads first, as other calls change or end what there is; nothing that takes long or moves the clock far."""
    requests["PlanningService/ProposePlan"].solve_seconds_max = 1  # type: ignore[attr-defined]
    requests["ClockService/AdvanceClock"].by.CopyFrom(Duration(seconds=1))  # type: ignore[attr-defined]
    unary = [(method, request) for method, request in requests.items() if method not in STREAMS]
    return sorted(unary, key=lambda each: BINDINGS[each[0]].http_method != "GET")


def _operation(document: Mapping[str, Any], method: str) -> Mapping[str, Any]:
    binding = BINDINGS[method]
    found: Mapping[str, Any] = document["paths"][binding.template.openapi(API.singular_of)[0]]
    operation: Mapping[str, Any] = found[binding.http_method.lower()]
    return operation


def _check(document: Mapping[str, Any], method: str, answer: httpx.Response, *, staff: bool) -> None:
    responses = _operation(document, method)["responses"]
    assert str(answer.status_code) in responses, f"{method} answered {answer.status_code}: {answer.text}"
    described = responses[str(answer.status_code)]
    kind = answer.headers["content-type"].partition(";")[0]
    assert kind in described["content"], f"{method} answered {kind}"
    for header in described["headers"]:
        if header in QUOTA_HEADERS:
            assert (header in answer.headers) is not staff, f"{method} answered {answer.headers}"
        elif header not in ("www-authenticate", "retry-after") or answer.status_code in (401, 429, 503):
            assert header in answer.headers, f"{method} answered {answer.status_code} without {header}"
    _validate(document, described["content"][kind]["schema"], answer.json(), f"{method}: ")


def _validate(document: Mapping[str, Any], schema: Mapping[str, Any], value: Any, where: str = "") -> None:
    key = json.dumps(schema)
    if key not in VALIDATORS:  # there is one document, and to make a validator takes longer than all that it judges
        VALIDATORS[key] = Draft202012Validator({**schema, "components": document["components"]}, validate_formats=True)
    errors = list(VALIDATORS[key].iter_errors(value))
    assert not errors, where + "; ".join(f"{error.instance_path} {error.message}" for error in errors)


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
