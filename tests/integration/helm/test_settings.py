"""The chart speaks to each process in the variables that its settings.py reads: none that it ignores, none left out."""

import importlib
import json
from typing import Any

import pytest

from services.kernel.bus.kafka_settings import KafkaSettings
from services.kernel.process import ListenSettings
from services.kernel.settings import Bounds, is_secret, load
from services.kernel.standalone import BackingSettings, IdentitySettings
from services.local.services import SERVICES
from tests.integration.helm.chart import CHART, EVERYTHING, containers, default_values, render

COMPONENTS = default_values()["components"]
OWN_PREFIX = "DOSELANE_"
# Between pods a mesh encrypts, or nobody: files would have to be mounted, and the kubelet's probes speak plain text.
NOT_OFFERED = {"DOSELANE_TLS_KEY", "DOSELANE_TLS_CERTIFICATE", "DOSELANE_TLS_CLIENT_CA", "DOSELANE_REUSE_PORT"}
# Read by services.kernel.process before there are settings, so that what is wrong with them can be logged.
READ_FIRST = {"DOSELANE_LOG_LEVEL"}
# What a Secret holds where not every text will do.
SAMPLES = {
    "DOSELANE_AGENT_CONSENT_KEY": "11" * 32,
    **{f"DOSELANE_{each}_SIGNATURE_KEY": "11" * 32 for each in ("QUALITY", "DISTRIBUTION")},
}
NOT_OFFERED_OF_OWN = {"tls_ca", "tls_key", "tls_certificate"}


def settings_of(name: str) -> dict[type[Any], str]:
    """The settings classes that a component reads, with their prefixes."""
    component = COMPONENTS[name]
    package = component["module"].rpartition(".")[0]
    own = importlib.import_module(f"{package}.settings").Settings
    shared: dict[type[Any], str] = {own: component["envPrefix"], ListenSettings: ListenSettings.PREFIX}
    if component.get("backing", {}).get("enabled", True):
        shared[BackingSettings] = BackingSettings.PREFIX
        shared[KafkaSettings] = KafkaSettings.PREFIX
    else:
        shared[IdentitySettings] = IdentitySettings.PREFIX
    return shared


def variables(kind: type[Any], prefix: str) -> set[str]:
    """The variables of a settings class."""
    return {f"{prefix}_{field.upper()}" for field in kind.model_fields}


def environment(name: str, *layers: dict[str, Any]) -> dict[str, str]:
    """What the component's process gets of ours; what comes from a Secret as a sample."""
    container = dict(containers(render(*layers)))[name]
    return {
        entry["name"]: entry.get("value", SAMPLES.get(entry["name"], "sample"))
        for entry in container["env"]
        if entry["name"].startswith(OWN_PREFIX)
    }


def own_schema(name: str) -> dict[str, Any]:
    """What the schema of the values says of a component's own settings."""
    schema = json.loads((CHART / "values.schema.json").read_text())
    _, own = schema["properties"]["components"]["properties"][name]["allOf"]
    return own["properties"]["settings"]["properties"]


def offered(name: str) -> set[str]:
    """The settings that the values may have for a component."""
    return set(own_schema(name))


@pytest.mark.parametrize("name", COMPONENTS)
@pytest.mark.parametrize("values", [{}, EVERYTHING], ids=["defaults", "everything"])
def test_every_variable_is_one_that_the_process_reads(name: str, values: dict[str, Any]) -> None:
    known = set().union(*(variables(kind, prefix) for kind, prefix in settings_of(name).items()))
    assert environment(name, values).keys() - known - READ_FIRST == set()


@pytest.mark.parametrize("name", COMPONENTS)
@pytest.mark.parametrize("values", [{}, EVERYTHING], ids=["defaults", "everything"])
def test_the_process_can_read_what_it_gets(name: str, values: dict[str, Any]) -> None:
    environ = environment(name, values)
    for kind, prefix in settings_of(name).items():
        assert isinstance(load(kind, environ, prefix), kind)


@pytest.mark.parametrize("name", COMPONENTS)
def test_every_own_setting_can_be_given(name: str) -> None:
    (own, prefix), *_ = settings_of(name).items()
    filled_in = {name.removeprefix(f"{prefix}_").lower() for name in environment(name)}
    secret = {field for field in own.model_fields if is_secret(own, field)}
    expected = set(own.model_fields) - filled_in - secret - NOT_OFFERED_OF_OWN
    assert offered(name) == expected, f"values.schema.json: settings of {name} are not the fields of its settings.py"


@pytest.mark.parametrize("name", COMPONENTS)
def test_the_schema_has_the_bounds_of_the_settings(name: str) -> None:
    (own, _), *_ = settings_of(name).items()
    for field, said in own.model_fields.items():
        bounds = [part for part in said.metadata if isinstance(part, Bounds)]
        if bounds and field in offered(name):
            told = own_schema(name)[field]
            assert (told.get("minimum"), told.get("maximum")) == (bounds[0].least, bounds[0].greatest), field


@pytest.mark.parametrize("name", COMPONENTS)
def test_every_shared_setting_is_given_or_left_out_for_a_reason(name: str) -> None:
    _, *shared = settings_of(name).items()
    expected = set().union(*(variables(kind, prefix) for kind, prefix in shared)) - NOT_OFFERED
    if "grpc" not in COMPONENTS[name]["ports"]:
        expected -= {"DOSELANE_LISTEN"}
    assert expected - environment(name, EVERYTHING).keys() == set()


@pytest.mark.parametrize("name", COMPONENTS)
def test_a_process_listens_where_its_service_points(name: str) -> None:
    ports = {port["name"]: port["containerPort"] for port in dict(containers(render()))[name]["ports"]}
    listening = {int(value.rpartition(":")[2]) for key, value in environment(name).items() if key.endswith("LISTEN")}
    assert listening == set(ports.values())


def test_the_module_of_every_component_can_be_run() -> None:
    for component in COMPONENTS.values():
        assert importlib.util.find_spec(component["module"]) is not None


def test_the_chart_has_the_services_of_the_gateway_and_the_door() -> None:
    modules = {each.name: each.module.__name__ for each in SERVICES}
    assert {name: told["module"] for name, told in COMPONENTS.items()} == {**modules, "edge": "services.edge.main"}
    assert set(COMPONENTS["edge"]["calls"]["targets"].values()) == set(modules)
