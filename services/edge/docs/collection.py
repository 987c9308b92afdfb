"""The calls as a Postman collection (format 2.1), which Postman, Bruno, Insomnia and newman read."""

import json
from typing import Any

from services.edge.api import Api, Binding
from services.edge.openapi.examples import Examples

SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
_TOKEN_REQUEST = {
    "name": "Token",
    "request": {
        "method": "POST",
        "description": "Asks the issuer for a token with `clientId` and `clientSecret`, and keeps it in `token`.",
        "auth": {
            "type": "basic",
            "basic": [
                {"key": "username", "value": "{{clientId}}", "type": "string"},
                {"key": "password", "value": "{{clientSecret}}", "type": "string"},
            ],
        },
        "body": {"mode": "urlencoded", "urlencoded": [{"key": "grant_type", "value": "client_credentials"}]},
        "url": {"raw": "{{tokenUrl}}", "host": ["{{tokenUrl}}"]},
    },
    "event": [
        {
            "listen": "test",
            "script": {
                "type": "text/javascript",
                "exec": ["pm.collectionVariables.set('token', pm.response.json().access_token);"],
            },
        }
    ],
}
_VARIABLES = {
    "baseUrl": "http://localhost:8080",
    "tokenUrl": "http://localhost:8080/oauth/token",
    "clientId": "northlake-orchestrator",
    "clientSecret": "",
    "token": "",
}


def collection(api: Api) -> dict[str, Any]:
    """The whole collection: a folder a service, a request a call, variables for the address and the token."""
    examples, folders = Examples(api), dict[str, list[dict[str, Any]]]()
    for binding in api.bindings:
        folders.setdefault(binding.method.containing_service.name, []).append(_item(api, examples, binding))
    return {
        "info": {
            "name": "Doselane",
            "description": "Set `clientSecret`, send Token, then any other request. Made from the protos.",
            "schema": SCHEMA,
        },
        "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "{{token}}", "type": "string"}]},
        "variable": [
            {"key": name, "value": value, "type": "string"} for name, value in {**_VARIABLES, **_ids(api)}.items()
        ],
        "item": [_TOKEN_REQUEST, *({"name": name, "item": items} for name, items in sorted(folders.items()))],
    }


def _item(api: Api, examples: Examples, binding: Binding) -> dict[str, Any]:
    path, names = binding.template.openapi(api.singular_of)
    shown = path.strip("/")
    for name in names:
        shown = shown.replace(f"{{{name}}}", f"{{{{{name}}}}}", 1)
    request: dict[str, Any] = {
        "method": binding.http_method,
        "description": api.comment(binding.method.full_name),
        "header": [],
        "url": {"raw": f"{{{{baseUrl}}}}/{shown}", "host": ["{{baseUrl}}"], "path": shown.split("/")},
    }
    if binding.body:
        body = examples.body(binding)
        if isinstance(body, dict) and "requestId" in body:
            body["requestId"] = "{{$guid}}"
        request["header"] = [{"key": "content-type", "value": "application/json"}]
        request["body"] = {"mode": "raw", "raw": json.dumps(body, indent=2), "options": {"raw": {"language": "json"}}}
    return {"name": binding.method.name, "request": request}


def _ids(api: Api) -> dict[str, str]:
    """The ids in addresses, each a variable; `-` where a call takes it for all of the caller's."""
    found: dict[str, str] = {}
    for binding in api.bindings:
        fields = binding.method.input_type.fields_by_name
        told = " ".join(api.comment(fields[field].full_name) for field in binding.template.fields if field in fields)
        for name in binding.template.openapi(api.singular_of)[1]:
            found[name] = "-" if "/-`" in told else found.get(name, "")
    return dict(sorted(found.items()))
