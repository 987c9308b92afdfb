"""One contract in the forms that Pact's libraries write, and a document that it holds with. All of it is invented."""

import copy
from collections.abc import Callable
from typing import Any

from doselane.contracts.events import EventDocument
from doselane.contracts.over_http import HttpDocument

NAME = "^slots/[^/]+$"
EVENT = "doselane.slotting.slot.confirmed.v1"
SLOT = {"name": "slots/a1", "state": "HELD", "kbq": "8421337", "vials": 2, "activityMbq": 7400.5}

OPENAPI: dict[str, Any] = {
    "openapi": "3.0.3",
    "paths": {
        "/v1/slots": {
            "get": {
                "parameters": [
                    {"in": "query", "name": "orderReference", "schema": {"type": "string"}},
                    {"in": "query", "name": "pageSize", "schema": {"type": "integer", "maximum": 100}},
                ],
                "security": [{"oauth2": ["slotting.read"]}],
                "responses": {
                    "200": {
                        "headers": {"x-trace-id": {"schema": {"type": "string"}}},
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Page"}}},
                    },
                    "400": {
                        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
                    },
                },
            }
        },
        "/v1/slots/{slot}": {
            "get": {
                "parameters": [
                    {
                        "in": "path",
                        "name": "slot",
                        "required": True,
                        "schema": {"type": "string", "pattern": "^[^/:]+$"},
                    }
                ],
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Slot"}}}}
                },
            }
        },
        "/v1/slots:claim": {
            "post": {
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Claim"}}},
                },
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Slot"}}}},
                    "409": {"content": {"application/problem+json": {"schema": {"type": "object", "properties": {}}}}},
                },
            }
        },
    },
    "components": {
        "schemas": {
            "Page": {
                "type": "object",
                "properties": {
                    "slots": {"type": "array", "items": {"$ref": "#/components/schemas/Slot"}, "maxItems": 100},
                    "nextPageToken": {"type": "string"},
                },
            },
            "Slot": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string", "pattern": "^slots/"},
                    "state": {"allOf": [{"$ref": "#/components/schemas/State"}], "description": "Where it stands."},
                    "kbq": {"type": "string", "format": "int64"},
                    "vials": {"type": "integer"},
                    "activityMbq": {"type": "number"},
                    "facts": {"type": "object", "additionalProperties": {"type": "string"}},
                    "createTime": {"type": "string", "format": "date-time"},
                    "title": {"type": "string", "deprecated": True, "x-sunset": "2027-09-01"},
                },
            },
            "State": {"type": "string", "enum": ["STATE_UNSPECIFIED", "HELD", "CONFIRMED"]},
            "Claim": {
                "type": "object",
                "required": ["run"],
                "properties": {
                    "run": {"type": "string", "pattern": "^runs/"},
                    "vials": {"type": "integer", "minimum": 1},
                    "kbq": {"type": "string"},
                    "orderReference": {"type": "string"},
                },
            },
            "Problem": {"type": "object", "properties": {"reason": {"type": "string"}}},
        }
    },
}
ASYNCAPI: dict[str, Any] = {
    "asyncapi": "3.0.0",
    "channels": {
        "slotting": {"address": "doselane.slotting", "messages": {EVENT: {"$ref": f"#/components/messages/{EVENT}"}}}
    },
    "components": {
        "messages": {
            EVENT: {
                "headers": {
                    "allOf": [
                        {"$ref": "#/components/schemas/KafkaHeaders"},
                        {"type": "object", "properties": {"ce_type": {"const": EVENT}}},
                    ]
                },
                "payload": {"$ref": "#/components/schemas/Slot"},
            }
        },
        "schemas": {
            **OPENAPI["components"]["schemas"],
            "KafkaHeaders": {
                "type": "object",
                "properties": {"ce_type": {"type": "string"}, "ce_sequence": {"type": "string", "pattern": "^[1-9]"}},
            },
        },
    },
}

Change = Callable[[dict[str, Any]], Any]


def http(change: Change = lambda _: None) -> HttpDocument:
    """The OpenAPI document, changed."""
    document = copy.deepcopy(OPENAPI)
    change(document)
    return HttpDocument(document)


def events(change: Change = lambda _: None) -> EventDocument:
    """The AsyncAPI document, changed."""
    document = copy.deepcopy(ASYNCAPI)
    change(document)
    return EventDocument(document)


def _parties(**metadata: Any) -> dict[str, Any]:
    return {
        "consumer": {"name": "northlake-orchestrator"},
        "provider": {"name": "doselane"},
        "metadata": metadata,
    }


def by_pact_ruby() -> dict[str, Any]:
    """Version 2 as the Ruby core writes it, on which pact-js 9 and pact-python 1 stand: one table of flat paths."""
    return _parties(pactSpecification={"version": "2.0.0"}) | {
        "interactions": [
            {
                "description": "a list of slots",
                "providerState": "a confirmed slot",
                "request": {
                    "method": "get",
                    "path": "/v1/slots",
                    "query": "orderReference=NL-1&pageSize=10",
                    "headers": {"Authorization": "Bearer x"},
                },
                "response": {
                    "status": 200,
                    "headers": {"Content-Type": "application/json; charset=utf-8"},
                    "body": {"slots": [dict(SLOT)]},
                    "matchingRules": {
                        "$.headers.Content-Type": {"match": "regex", "regex": "application/json.*"},
                        "$.body.slots": {"min": 1},
                        "$.body.slots[*].*": {"match": "type"},
                        "$.body.slots[*].name": {"match": "regex", "regex": NAME},
                    },
                },
            }
        ]
    }


def by_pact_jvm(specification: str = "3.0.0") -> dict[str, Any]:
    """Version 3 as pact-jvm writes it: rules by category, headers as texts, states as a list."""
    made = _parties(**{"pactSpecification": {"version": specification}, "pact-jvm": {"version": "4.2.7"}})
    rules = {
        "header": {"Content-Type": {"matchers": [{"match": "regex", "regex": "application/json.*"}], "combine": "AND"}},
        "body": {
            "$.slots": {"matchers": [{"match": "type", "min": 1}], "combine": "AND"},
            "$.slots[*].*": {"matchers": [{"match": "type"}], "combine": "AND"},
            "$.slots[*].name": {"matchers": [{"match": "regex", "regex": NAME}], "combine": "AND"},
        },
    }
    return made | {
        "interactions": [
            {
                "description": "a list of slots",
                "providerStates": [{"name": "a confirmed slot", "params": {"partner": "partners/northlake"}}],
                "request": {
                    "method": "GET",
                    "path": "/v1/slots",
                    "query": {"orderReference": ["NL-1"], "pageSize": ["10"]},
                    "headers": {"Authorization": "Bearer x"},
                },
                "response": {
                    "status": 200,
                    "headers": {"Content-Type": "application/json; charset=UTF-8"},
                    "body": {"slots": [dict(SLOT)]},
                    "matchingRules": rules,
                },
            }
        ]
    }


def by_pact_net() -> dict[str, Any]:
    """Version 3 as the Rust core writes it for pact-net and pact-go."""
    made = by_pact_jvm()
    made["metadata"] = {
        "pactRust": {"ffi": "0.4.0", "models": "1.0.4"},
        "pactSpecification": {"version": "3.0.0"},
    }
    made["interactions"][0]["request"]["headers"] = {"Authorization": "Bearer x"}
    return made


def by_pact_js() -> dict[str, Any]:
    """Version 4 as the Rust core writes it for pact-js, pact-python, pact-go and pact-net: bodies are wrapped."""
    made = by_pact_jvm("4.0")
    made["metadata"] = {"pactRust": {"ffi": "0.5.0"}, "pactSpecification": {"version": "4.0"}}
    (interaction,) = made["interactions"]
    interaction |= {"type": "Synchronous/HTTP", "key": "8d1495aa", "pending": False, "comments": {"text": []}}
    interaction["request"]["headers"] = {"Authorization": ["Bearer x"]}
    response = interaction["response"]
    response["headers"] = {"Content-Type": ["application/json"]}
    response["body"] = {"content": {"slots": [dict(SLOT)]}, "contentType": "application/json", "encoded": False}
    return made


def event_v3(key: str = "metaData") -> dict[str, Any]:
    """Version 3 of a message; pact-jvm and the Rust core spell its metadata in two ways."""
    return _parties(pactSpecification={"version": "3.0.0"}) | {
        "messages": [
            {
                "description": "a slot was confirmed",
                "providerStates": [{"name": "a confirmed slot"}],
                "contents": dict(SLOT),
                key: {"contentType": "application/json", "ce_type": EVENT, "ce_sequence": "2"},
                "matchingRules": {"body": {"$.name": {"matchers": [{"match": "regex", "regex": NAME}]}}},
            }
        ]
    }


def event_v4() -> dict[str, Any]:
    """Version 4 of the same."""
    made = event_v3("metadata")
    (message,) = made.pop("messages")
    message |= {
        "type": "Asynchronous/Messages",
        "contents": {"content": dict(SLOT), "contentType": "application/json", "encoded": False},
    }
    return made | {"metadata": {"pactSpecification": {"version": "4.0"}}, "interactions": [message]}
