"""The whole OpenAPI document, in the form that 3.0 and 3.1 share."""

from typing import Any
from urllib.parse import urljoin

from services.edge.api import Api
from services.edge.openapi.headers import described_headers
from services.edge.openapi.operations import Operations
from services.edge.openapi.schemas import Schemas

_PROBLEM = {
    "type": "object",
    "description": "An error (RFC 9457). Programs decide on `reason` and `facts`; `detail` is for people.",
    "required": ["type", "title", "status", "detail", "reason", "facts", "instance", "trace_id"],
    "properties": {
        "type": {"type": "string", "description": "A URN that ends with the reason."},
        "title": {"type": "string", "description": "The reason in words."},
        "status": {"type": "integer", "format": "int32", "description": "The HTTP status."},
        "detail": {"type": "string", "description": "What happened this time, in words."},
        "reason": {"type": "string", "description": "What happened, for programs, such as RUN_FULL."},
        "facts": {"allOf": [{"$ref": "#/components/schemas/ProblemFacts"}], "description": "What the reason is about."},
        "instance": {"type": "string", "description": "The address asked."},
        "trace_id": {"type": "string", "description": "The trace to quote when asking about it."},
    },
}
# What stands in headers stands here too: some readers see none.
_FACTS = {
    "type": "object",
    "description": (
        "What a reason is about, such as the run, or the field of the request at fault (`field`). `retry_after_ms` "
        "says how long to wait (429 and 503), `scope` which scope is missing (403), `acr_values` and `max_age` how to "
        "step up (401), `accepted` which bodies are taken (415)."
    ),
    "additionalProperties": {"type": "string"},
}

_ABOUT = (
    "Claim manufacturing slots of radiopharmaceuticals and follow each dose to the patient. Derived from the protos: "
    "the same calls are served over gRPC. Fields are in lowerCamelCase; the names of the protos are read too. Unknown "
    "fields are refused. 64-bit numbers are texts. Instants are RFC 3339."
)


# Scopes that say who somebody is, and what a courier may at the push door, which has an address of its own.
_BESIDE = {
    "operator": "Is the manufacturer's own staff, who see and act for all partners.",
    "agent": "Is an automated agent, which never signs.",
    "quality.designated_person": "Is a designated person, who assesses batches. No other scope implies it.",
    "quality.assurance": "Is of quality assurance, who approve specifications. No other scope implies it.",
    "quality.qualified_person": "Is a Qualified Person, who certifies batches. No other scope implies it.",
    "courier.push": "May report milestones as a courier: pushed, at /push, and by hand.",
}


def document(api: Api, version: str, token_url: str, public_url: str) -> dict[str, Any]:
    """Every derived call, described. `public_url` is where its readers reach the door."""
    schemas = Schemas(api)
    operations = Operations(api, schemas)
    paths: dict[str, dict[str, Any]] = {}
    tags: dict[str, str] = {}
    for binding in api.bindings:
        path, operation = operations.of(binding)
        paths.setdefault(path, {})[binding.http_method.lower()] = operation
        service = binding.method.containing_service
        tags[service.name] = schemas.describe(service.full_name)
    needed = [scope for binding in api.bindings for scope in (*binding.scopes, *binding.signer_roles)]
    scopes = {scope: _scope(scope) for scope in needed} | _BESIDE
    return {
        "openapi": "",
        "info": {
            "title": "Doselane",
            "version": version,
            "description": _ABOUT,
            "contact": {"name": "The operator of this gateway", "url": public_url},
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0.html"},
        },
        "servers": [{"url": public_url, "description": "This door."}],
        "tags": [{"name": name, "description": told} for name, told in sorted(tags.items())],
        "paths": dict(sorted(paths.items())),
        "components": {
            "headers": described_headers(api.bindings),
            "schemas": dict(sorted({**schemas.components, "Problem": _PROBLEM, "ProblemFacts": _FACTS}.items())),
            "securitySchemes": {
                "oauth2": {
                    "type": "oauth2",
                    "description": "Client credentials. The token says which partner it speaks for.",
                    "flows": {
                        "clientCredentials": {
                            "tokenUrl": urljoin(public_url, token_url),
                            "scopes": dict(sorted(scopes.items())),
                        }
                    },
                }
            },
        },
    }


def _scope(scope: str) -> str:
    subject, _, act = scope.partition(".")
    return f"May {act} in {subject}." if act else f"Scope {scope}."
