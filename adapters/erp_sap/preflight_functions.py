"""Looks whether function modules answer, by one that only reads, and shows what the others would be sent."""

import json
from collections.abc import Sequence
from datetime import datetime

from adapters.erp_sap import samples
from adapters.erp_sap.client.connection import SapConnection
from adapters.erp_sap.functions.fitting import Values
from adapters.erp_sap.functions.port import confirmation, goods_issue
from adapters.erp_sap.functions.terms import CONFIRM, DELIVERIES, ISSUE
from adapters.outbound import Away, Declined, Outgoing
from adapters.preflight import Area, ConnectionFinding, SamplePayload, Severity

_REACHED = (
    "see that connection.url and connection.proxy lead to SAP, and that the service is active in SICF (/sap/bc/srt)"
)
_LOGGED_ON = "correct connection.credentials, and see in SU01 that the user exists and is not locked"
_PUBLISHED = (
    "name in options.functions.path where SOAMANAGER has published the service, and let our user use it (S_SERVICE)"
)
_FITTED = "take the WSDL anew from the system, and compare options.functions with it"


async def function_findings(
    sap: SapConnection, writes: Sequence[str]
) -> tuple[list[ConnectionFinding], list[SamplePayload]]:
    """What stands in the way of these writes, and examples. Nothing is changed."""
    functions, terms = sap.functions, sap.settings.functions
    assert functions is not None and terms is not None, "an account that calls function modules says their terms"
    found: list[ConnectionFinding] = []
    if "function_goods_issues" in writes:
        asked = {"IS_DLV_DATA_CONTROL": {"HEAD_STATUS": "X"}, "IT_VBELN": [_chosen("DELIV_NUMB_LOW")]}
        found += await _asked(sap, DELIVERIES, asked)
    else:
        words = (
            f"{', '.join(writes)} are written by function modules; none of ours that only reads can be called at once"
        )
        found.append(ConnectionFinding(Severity.NOTE, Area.SERVICE, words))
    made: list[SamplePayload] = []
    for write in writes:
        name, reaction = (CONFIRM, "confirmation") if write == "function_yields" else (ISSUE, "goods_issue")
        outgoing = _example(write)
        try:
            values = confirmation(functions, terms, outgoing) if name == CONFIRM else goods_issue(outgoing)
            made.append(SamplePayload(f"sap.function_{reaction}", name, functions.written(name, values).decode(), ""))
        except Declined as no:
            made.append(SamplePayload(f"sap.function_{reaction}", name, outgoing.body.decode(), str(no)))
            found.append(ConnectionFinding(Severity.ERROR, Area.FIELD, str(no), _FITTED, name))
    return found, made


async def _asked(sap: SapConnection, name: str, values: Values) -> list[ConnectionFinding]:
    """Whether a function module answers; that it finds nothing is an answer."""
    assert sap.functions is not None
    try:
        await sap.functions.read(name, values)
    except Away as away:
        return [ConnectionFinding(Severity.ERROR, Area.LOGIN, f"SAP could not be asked: {away}", _REACHED, name)]
    except Declined as no:
        words = str(no)
        if words.startswith("401"):
            return [ConnectionFinding(Severity.ERROR, Area.LOGIN, f"SAP does not let us in: {words}", _LOGGED_ON, name)]
        if words[:3].isdigit():
            said = f"the service cannot be called: {words}"
            return [ConnectionFinding(Severity.ERROR, Area.SERVICE, said, _PUBLISHED, name)]
    return []


def _chosen(low: str) -> dict[str, str]:
    return {"SIGN": "I", "OPTION": "EQ", low: "0000000001"}


def _example(write: str) -> Outgoing:
    at = samples.AT
    if write == "function_yields":
        body = {**samples.yield_body(), "time": at.isoformat()}
    else:
        body = {"delivery": "80000301", "time": at.isoformat(), "bill_of_lading": ""}
    return Outgoing("example", json.dumps(body).encode(), datetime.max.replace(tzinfo=at.tzinfo))
