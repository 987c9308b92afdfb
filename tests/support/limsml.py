"""An account of a site that speaks LIMSML, as its twin in the sandbox is set up."""

import json
from typing import Any

MAPPING = """
version: 1
fields:
  {analysis: test_number, unit: units, status: status, changed: modified_on, replicate: replicate, replaces: retest_of}
tables:
  test: {RCP: radiochemical_purity, PH: ph, APPEARANCE: appearance}
  status: {A: VERIFIED, C: PRELIMINARY, V: PENDING, X: REJECTED, R: RETRACTED}
  unit: {APPEARANCE: NONE, PH: NONE}
"""
USER, PASSWORD = "doselane", "geheim"


def options(**changes: Any) -> dict[str, Any]:
    """The options of the account."""
    return {
        "user": USER,
        "password": PASSWORD,
        "log_in": {
            "action": "LOGIN_SAMPLE",
            "parameters": {"TEMPLATE": "RADIOLIGAND"},
            "fields": {"customer_ref": "{sample}", "lot": "{batch}"},
            "analyses": {"radiochemical_purity": "HPLC_RCP", "ph": "PH", "appearance": "VISUAL"},
        },
        "find": {"table": "SAMPLE", "column": "customer_ref", "field": "customer_ref"},
        **changes,
    }


def body(*rows: dict[str, str], sample: str = "batches/b/samples/s", number: str = "41") -> bytes:
    """What is kept of an answer of GET_RESULTS."""
    columns = ["test_number", "name", "result", "units", "status", "replicate", "retest_of", "modified_on"]
    return json.dumps({"sample": sample, "number": number, "columns": columns, "rows": rows}).encode()


def row(**changes: str) -> dict[str, str]:
    """A row of the table of results, padded with blanks as columns of fixed width are."""
    said = {"test_number": "7001", "name": "RCP", "result": "98.6", "units": "%", "status": "A",
            "modified_on": "2026-11-22T10:00:00", **changes}  # fmt: skip
    return {name: f"{value:<20}" for name, value in said.items() if value}
