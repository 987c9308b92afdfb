"""What is switched off is not rendered, and what is open is open to those named only."""

from ipaddress import ip_address, ip_network
from typing import Any

import helm_python
import pytest

from tests.integration.helm.chart import EVERYTHING, containers, default_values, of_kind, render

COMPONENTS = sorted(default_values()["components"])


def callees(component: dict[str, Any]) -> set[str]:
    """The components that one calls."""
    told = component.get("calls", {}).values()
    return {name for each in told for name in (each.values() if isinstance(each, dict) else [each])}


def callers(name: str) -> set[str]:
    """The components that cannot do without one: those that call it, those that call these, and so on."""
    direct = {other for other, component in default_values()["components"].items() if name in callees(component)}
    return direct.union(*(callers(other) for other in direct))


def off(*path: str) -> dict[str, Any]:
    """Values that switch off what lies at `path`."""
    values: Any = False
    for key in reversed((*path, "enabled")):
        values = {key: values}
    return values


@pytest.mark.parametrize("name", COMPONENTS)
def test_a_component_switched_off_leaves_nothing(name: str) -> None:
    objects = render(EVERYTHING, {"components": {each: {"enabled": False} for each in (name, *callers(name))}})
    assert [item for item in objects if item["metadata"]["labels"]["app.kubernetes.io/component"] == name] == []
    assert name not in str([item["metadata"]["name"].rsplit("-", 1)[-1] for item in objects])


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (off("networkPolicy"), "NetworkPolicy"),
        (off("defaults", "disruptionBudget"), "PodDisruptionBudget"),
        (off("defaults", "autoscaling"), "HorizontalPodAutoscaler"),
        (off("serviceMonitor"), "ServiceMonitor"),
        (off("ingress"), "Ingress"),
        ({"defaults": {"serviceAccount": {"create": False}}}, "ServiceAccount"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_off_switch_works(values: dict[str, Any], kind: str) -> None:
    assert of_kind(render(EVERYTHING), kind)
    assert not of_kind(render(EVERYTHING, values), kind)


def test_one_component_can_differ_from_the_defaults() -> None:
    values = {"components": {"slotting": {"disruptionBudget": {"enabled": False}, "replicas": 7}}}
    objects = render(values)
    assert sorted(of_kind(objects, "PodDisruptionBudget")) == [name for name in COMPONENTS if name != "slotting"]
    assert of_kind(objects, "Deployment")["slotting"]["spec"]["replicas"] == 7
    assert of_kind(objects, "Deployment")["status"]["spec"]["replicas"] == 2


def test_an_autoscaled_deployment_leaves_its_size_to_the_autoscaler() -> None:
    objects = render({"components": {"slotting": {"autoscaling": {"enabled": True, "maxReplicas": 12}}}})
    assert "replicas" not in of_kind(objects, "Deployment")["slotting"]["spec"]
    scaler = of_kind(objects, "HorizontalPodAutoscaler")["slotting"]["spec"]
    assert scaler["scaleTargetRef"]["name"] == of_kind(objects, "Deployment")["slotting"]["metadata"]["name"]
    assert scaler["maxReplicas"] == 12


def test_only_what_is_opened_has_an_ingress() -> None:
    opened = {"ingress": {"enabled": True, "host": "doselane.example.com"}}
    by_default = of_kind(render(opened), "Ingress")
    assert sorted(by_default) == sorted(
        name
        for name, component in default_values()["components"].items()
        if component.get("ingress", {}).get("enabled")
    )
    assert by_default["edge"]["spec"]["rules"][0]["host"] == "doselane.example.com"


def test_a_component_lets_in_only_those_that_call_it() -> None:
    objects = render()
    for name, policy in of_kind(objects, "NetworkPolicy").items():
        callers = {
            peer["podSelector"]["matchLabels"]["app.kubernetes.io/component"]
            for rule in policy["spec"]["ingress"]
            for peer in rule["from"]
        }
        expected = {
            caller for caller, component in default_values()["components"].items() if name in callees(component)
        }
        assert callers == expected
        assert set(policy["spec"]["policyTypes"]) == {"Ingress", "Egress"}


def test_a_component_without_a_database_may_not_reach_one() -> None:
    ports = {
        name: {entry["port"] for rule in policy["spec"]["egress"] for entry in rule.get("ports", ())}
        for name, policy in of_kind(render(), "NetworkPolicy").items()
    }
    assert 5432 in ports["slotting"]
    assert 5432 not in ports["edge"]


@pytest.mark.parametrize("ports", [[], [443, 9093]])
def test_what_sends_to_partners_reaches_public_addresses_and_nothing_else_does(ports: list[int]) -> None:
    policies = of_kind(render({"networkPolicy": {"partnersPorts": ports}}), "NetworkPolicy")
    sending = {}
    for name, policy in policies.items():
        rules = [rule for rule in policy["spec"]["egress"] if any("ipBlock" in peer for peer in rule.get("to", ()))]
        if rules:
            (sending[name],) = rules
    assert list(sending) == ["streams"]
    rule = sending["streams"]
    assert [entry["port"] for entry in rule.get("ports", ())] == ports
    blocks = [
        (ip_network(peer["ipBlock"]["cidr"]), list(map(ip_network, peer["ipBlock"]["except"]))) for peer in rule["to"]
    ]

    def reaches(address: str) -> bool:
        found = ip_address(address)
        return any(found in whole and not any(found in each for each in but) for whole, but in blocks)

    assert all(map(reaches, ("93.184.215.14", "2606:2800:21f:cb07::1")))
    private = "10.0.0.1 172.31.0.1 192.168.0.1 127.0.0.1 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1 255.255.255.255"
    assert not any(map(reaches, (*private.split(), "::1", "fd00::1", "fe80::1", "::ffff:10.0.0.1", "64:ff9b::a00:1")))


def test_without_a_collector_no_trace_leaves() -> None:
    for _, container in containers(render()):
        assert "OTEL_EXPORTER_OTLP_ENDPOINT" not in {entry["name"] for entry in container["env"]}


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"database": {"existingSecret": ""}}, "database.existingSecret"),
        ({"identity": {"issuer": ""}}, "identity.issuer"),
        ({"identity": {"jwksUrl": ""}}, "identity.jwksUrl"),
        ({"ingress": {"enabled": True}}, "ingress.host"),
        ({"components": {"slotting": {"enabled": False}}}, "calls slotting"),
        ({"components": {"edge": {"terminationGraceSeconds": 5}}}, "terminationGraceSeconds"),
        ({"components": {"edge": {"autoscaling": {"enabled": True, "minReplicas": 9}}}}, "maxReplicas"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_work_is_refused_with_the_value_to_mend(values: dict[str, Any], word: str) -> None:
    with pytest.raises(helm_python.HelmError, match=word):
        render(values)
