"""The chart, rendered by Helm itself: the wheel helm-python-sdk carries Helm's own library, so nothing is installed."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import helm_python
import yaml

try:
    from yaml import CSafeLoader as Loader
except ImportError:
    from yaml import SafeLoader as Loader

CHART = Path(__file__).parents[3] / "helm" / "doselane"

# What has no default, because only who installs the chart can know it.
REQUIRED: dict[str, Any] = {
    "database": {"existingSecret": "doselane-database"},
    "identity": {"issuer": "https://login.example.com", "jwksUrl": "https://login.example.com/jwks.json"},
}

# Everything that can be switched on, on; so that each branch of the template is rendered.
EVERYTHING: dict[str, Any] = {
    "image": {"digest": "sha256:" + "ab" * 32, "pullSecrets": ["registry"]},
    "kafka": {
        "bootstrap": "kafka-0.kafka:9092,kafka-1.kafka:9092",
        "securityProtocol": "SASL_SSL",
        "sasl": {
            "mechanism": "OAUTHBEARER",
            "username": "doselane",
            "existingSecret": "doselane-kafka",
            "tokenUrl": "https://login.example.com/token",
            "scope": "kafka",
        },
        "tls": {"existingSecret": "doselane-kafka-tls", "certificate": "tls.crt", "privateKey": "tls.key"},
    },
    "identity": {"agentConsents": {"existingSecret": "doselane-agent-consents"}},
    "telemetry": {"otlpEndpoint": "http://collector.observability:4317"},
    "ingress": {
        "enabled": True,
        "className": "nginx",
        "host": "doselane.example.com",
        "tlsSecret": "doselane-tls",
        "annotations": {"example.com/owner": "operations"},
    },
    "networkPolicy": {
        "ingressFrom": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress"}}}],
        "scrapeFrom": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}],
        "databaseTo": [{"ipBlock": {"cidr": "10.1.0.0/24"}}],
        "kafkaTo": [{"podSelector": {"matchLabels": {"app": "kafka"}}}],
    },
    "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
    "podLabels": {"team": "gateway"},
    "podAnnotations": {"example.com/note": "text"},
    "nodeSelector": {"kubernetes.io/os": "linux"},
    "tolerations": [{"key": "dedicated", "operator": "Exists"}],
    "priorityClassName": "important",
    "virtualClock": True,
    "quotas": {"of": "partners/northlake-oncology=200/20000,partners/harbor-pharma=0.5/10"},
    "defaults": {
        "autoscaling": {"enabled": True},
        "ingress": {"enabled": True, "annotations": {"example.com/protocol": "any"}},
        "serviceAnnotations": {"example.com/service": "yes"},
        "serviceAccount": {"annotations": {"example.com/role": "gateway"}},
        "extraEnv": [{"name": "TZ", "value": "UTC"}],
    },
}


def render(*layers: dict[str, Any], release: str = "rel") -> list[dict[str, Any]]:
    """The objects that the chart makes of these values, later layers over earlier ones."""
    values = laid(REQUIRED, *layers)
    return json.loads(_rendered(json.dumps(values), release))


@cache
def _rendered(values: str, release: str) -> str:
    """The objects as JSON; the same values are rendered once."""
    with helm_python.Chart.load(CHART) as chart:
        files = chart.render(json.loads(values), name=release, namespace="factory")
    texts = [text for name, text in files.items() if name.endswith((".yaml", ".yml"))]
    return json.dumps([item for text in texts for item in yaml.load_all(text, Loader) if item])


def laid(*layers: dict[str, Any]) -> dict[str, Any]:
    """The layers as one, as `helm --values` lays files over each other."""
    merged: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.items():
            both = isinstance(value, dict) and isinstance(merged.get(key), dict)
            merged[key] = laid(merged[key], value) if both else value
    return merged


def of_kind(objects: list[dict[str, Any]], kind: str) -> dict[str, dict[str, Any]]:
    """The objects of one kind, by component."""
    return {item["metadata"]["labels"]["app.kubernetes.io/component"]: item for item in objects if item["kind"] == kind}


def containers(objects: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each component's name and only container."""
    for name, deployment in of_kind(objects, "Deployment").items():
        (container,) = deployment["spec"]["template"]["spec"]["containers"]
        yield name, container


def default_values() -> dict[str, Any]:
    """The chart's own values."""
    return yaml.safe_load((CHART / "values.yaml").read_text())
