"""What the chart renders is what Kubernetes takes, for every component and with every switch on and off."""

from typing import Any

import helm_python
import kubernetes_validate
import pytest
from jsonschema import validate

from tests.integration.helm.chart import CHART, EVERYTHING, REQUIRED, containers, default_values, of_kind, render

COMPONENTS = sorted(default_values()["components"])
ALWAYS = ("Deployment", "Service", "ServiceAccount", "PodDisruptionBudget", "NetworkPolicy")
# The oldest that Chart.yaml allows, and the newest whose schemas are at hand.
KUBERNETES = ("1.30", kubernetes_validate.latest_version())

# No schema of the operator's ships with Kubernetes; this is the part of its definition that the chart uses.
SERVICE_MONITOR: dict[str, Any] = {
    "type": "object",
    "required": ["apiVersion", "kind", "metadata", "spec"],
    "properties": {
        "apiVersion": {"const": "monitoring.coreos.com/v1"},
        "spec": {
            "type": "object",
            "required": ["selector", "endpoints"],
            "additionalProperties": False,
            "properties": {
                "selector": {"type": "object", "required": ["matchLabels"]},
                "endpoints": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        "type": "object",
                        "additionalProperties": False,
                        "properties": {key: {"type": "string"} for key in ("port", "path", "interval")},
                    },
                },
            },
        },
    },
}


@pytest.mark.parametrize("values", [{}, EVERYTHING], ids=["defaults", "everything"])
def test_helm_lint_finds_nothing(values: dict[str, Any]) -> None:
    report = helm_python.lint(CHART, {**REQUIRED, **values}, strict=True)
    assert report["errors"] == []
    assert [message for message in report["messages"] if message["severity"] > 1] == []


@pytest.mark.parametrize("values", [{}, EVERYTHING], ids=["defaults", "everything"])
@pytest.mark.parametrize("version", KUBERNETES)
def test_kubernetes_schemas_take_every_object(values: dict[str, Any], version: str) -> None:
    objects = render(values)
    assert objects
    for item in objects:
        if item["kind"] == "ServiceMonitor":
            validate(item, SERVICE_MONITOR)
        else:
            kubernetes_validate.validate(item, version, strict=True)


def test_the_schemas_would_notice_a_misspelled_field() -> None:
    deployment = next(iter(of_kind(render(), "Deployment").values()))
    deployment["spec"]["replica"] = deployment["spec"].pop("replicas")
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(deployment, KUBERNETES[0], strict=True)


@pytest.mark.parametrize("kind", ALWAYS)
def test_every_component_has_its_objects(kind: str) -> None:
    assert sorted(of_kind(render(), kind)) == COMPONENTS


def test_objects_of_a_kind_have_different_names() -> None:
    names = [(item["kind"], item["metadata"]["name"]) for item in render(EVERYTHING, release="r" * 53)]
    assert len(names) == len(set(names))
    assert max(len(name) for _, name in names) <= 63


def test_services_and_selectors_find_their_pods() -> None:
    objects = render(EVERYTHING)
    for name, deployment in of_kind(objects, "Deployment").items():
        labels = deployment["spec"]["template"]["metadata"]["labels"].items()
        service, budget = of_kind(objects, "Service")[name], of_kind(objects, "PodDisruptionBudget")[name]
        for selector in (
            deployment["spec"]["selector"]["matchLabels"],
            service["spec"]["selector"],
            budget["spec"]["selector"]["matchLabels"],
            of_kind(objects, "NetworkPolicy")[name]["spec"]["podSelector"]["matchLabels"],
        ):
            assert selector.items() <= labels
            assert selector["app.kubernetes.io/component"] == name


def test_a_new_component_is_a_new_entry_of_the_map() -> None:
    entry = {"module": "services.beacon.main", "envPrefix": "DOSELANE_BEACON", "ports": {"grpc": 9090}}
    objects = render({"components": {"beacon": entry}})
    for kind in ALWAYS:
        assert "beacon" in of_kind(objects, kind)


def test_pods_may_do_nothing_that_they_need_not() -> None:
    objects = render()
    for deployment in of_kind(objects, "Deployment").values():
        pod = deployment["spec"]["template"]["spec"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
    for _, container in containers(objects):
        context = container["securityContext"]
        assert context["readOnlyRootFilesystem"] is True
        assert context["allowPrivilegeEscalation"] is False
        assert context["capabilities"] == {"drop": ["ALL"]}


def test_components_with_grpc_are_asked_by_grpc_and_others_by_http() -> None:
    for name, container in containers(render()):
        expected = "grpc" if "grpc" in default_values()["components"][name]["ports"] else "httpGet"
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            assert expected in container[probe]


def test_no_secret_stands_in_a_manifest_only_its_name() -> None:
    objects = render(EVERYTHING)
    assert [item for item in objects if item["kind"] in ("Secret", "ConfigMap")] == []
    for name, container in containers(objects):
        if not default_values()["components"][name].get("backing", {}).get("enabled", True):
            continue
        (url,) = [entry for entry in container["env"] if entry["name"].endswith("_DATABASE_URL")]
        assert url["valueFrom"]["secretKeyRef"] == {"name": "doselane-database", "key": "url"}


def test_a_component_can_have_its_own_database_user() -> None:
    own = {"components": {"slotting": {"backing": {"databaseSecret": {"name": "slotting-database", "key": "dsn"}}}}}
    environment = {entry["name"]: entry for entry in dict(containers(render(own)))["slotting"]["env"]}
    reference = environment["DOSELANE_DATABASE_URL"]["valueFrom"]["secretKeyRef"]
    assert reference == {"name": "slotting-database", "key": "dsn"}


def test_a_component_can_have_its_own_user_of_kafka_and_files_are_mounted_where_they_are_read() -> None:
    own = {"username": "doselane-streams", "existingSecret": "streams-kafka", "key": "secret"}
    objects = render(EVERYTHING, {"components": {"streams": {"backing": {"kafkaUser": own}}}})
    for name, user, secret in (
        ("streams", "doselane-streams", {"name": "streams-kafka", "key": "secret"}),
        ("status", "doselane", {"name": "doselane-kafka", "key": "password"}),
    ):
        container = dict(containers(objects))[name]
        environment = {entry["name"]: entry for entry in container["env"]}
        assert environment["DOSELANE_KAFKA_SASL_USERNAME"]["value"] == user
        assert environment["DOSELANE_KAFKA_SASL_PASSWORD"]["valueFrom"]["secretKeyRef"] == secret
        (files,) = [each["mountPath"] for each in container["volumeMounts"] if each["name"] == "kafka"]
        read = [entry["value"] for key, entry in environment.items() if key.startswith("DOSELANE_KAFKA_TLS_")]
        assert sorted(read) == [f"{files}/{file}" for file in ("ca.crt", "tls.crt", "tls.key")]


def test_a_setting_from_a_secret_is_a_reference() -> None:
    secret = {"components": {"edge": {"secrets": {"signing_key": {"name": "edge-keys", "key": "signing"}}}}}
    environment = {entry["name"]: entry for entry in dict(containers(render(secret)))["edge"]["env"]}
    reference = environment["DOSELANE_EDGE_SIGNING_KEY"]["valueFrom"]["secretKeyRef"]
    assert reference == {"name": "edge-keys", "key": "signing"}


def test_a_large_whole_number_reaches_the_process_as_one() -> None:
    entry = {"module": "services.beacon.main", "envPrefix": "DOSELANE_BEACON", "ports": {"grpc": 9090}}
    settings = {"body_bytes_max": 10485760, "share": 0.25, "strict": False, "words": "1e3"}
    container = dict(containers(render({"components": {"beacon": {**entry, "settings": settings}}})))["beacon"]
    environment = {item["name"].removeprefix("DOSELANE_BEACON_"): item.get("value") for item in container["env"]}
    assert environment["BODY_BYTES_MAX"] == "10485760"
    assert (environment["SHARE"], environment["STRICT"], environment["WORDS"]) == ("0.25", "false", "1e3")


def test_pods_get_the_time_to_finish_after_they_were_told() -> None:
    for deployment in of_kind(render(), "Deployment").values():
        pod = deployment["spec"]["template"]["spec"]
        pause = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
        assert 0 < pause < pod["terminationGracePeriodSeconds"]
        assert deployment["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
