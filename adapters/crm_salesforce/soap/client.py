"""The calls to the Partner SOAP API: records made, written by their external id, and read."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from adapters.crm_salesforce.rest.client import MalformedCall
from adapters.crm_salesforce.rest.errors import SalesforceError, fault_of
from adapters.crm_salesforce.rest.records import Record, RecordOutcome, by_halves, merged
from adapters.crm_salesforce.soap.sobjects import read_record, written_record
from adapters.grants import grant
from adapters.host.client.soap import SoapService, wsdl_of
from adapters.outbound import Away, Declined, Uncertain

BINDING = "{urn:partner.soap.sforce.com}SoapBinding"
RECORDS_MAX = 200  # of one call
_WSDL = wsdl_of(Path(__file__).parent / "partner.wsdl")
_SESSION_OVER = "INVALID_SESSION_ID"
# What one record does to a whole call.
_OF_ONE = frozenset({"INVALID_FIELD", "MALFORMED_ID", "INVALID_ID_FIELD"})


class SalesforceSessionOver(Away):
    """The session is over: a new one is asked for, once."""


class SalesforceSoap:
    """The API of one organisation, in one version, with the account's token as its session."""

    def __init__(self, http: httpx.AsyncClient, version: str) -> None:
        """`version` such as `66.0`."""
        self._http = http
        self._soap = SoapService(_WSDL, http, f"/services/Soap/u/{version}", binding=BINDING, meaning=fault_meaning)

    async def upsert_many(
        self, sobject: str, field: str, records: Sequence[Record], *, all_or_none: bool = False
    ) -> list[RecordOutcome]:
        """As `rest.records.upsert_many`: what became of each, by position."""
        outcomes: list[RecordOutcome] = [Declined(f"{field} is missing")] * len(records)
        calls = merged(field, records)
        if all_or_none and len(calls) > 1:
            raise ValueError(f"{len(records)} records do not fit into one call, so they cannot be all or none")

        async def send(part: Sequence[Any]) -> list[RecordOutcome]:
            values = {"externalIDFieldName": field, "sObjects": part}
            return await self._outcomes("upsert", len(part), values, all_or_none=all_or_none)

        for call in calls:
            sent = [written_record(sobject, record) for record, _ in call]
            try:
                found = await send(sent) if all_or_none else await by_halves(send, sent)
            except (Away, Declined, Uncertain) as fault:
                found = [fault] * len(sent)
            for (_, positions), outcome in zip(call, found, strict=True):
                for position in positions:
                    outcomes[position] = outcome
        return outcomes

    async def create(
        self, sobject: str, records: Sequence[Record], *, all_or_none: bool = False
    ) -> list[RecordOutcome]:
        """Makes records, at most 200, and answers what became of each. The same again makes them again.

        Raises Away, Declined or Uncertain if that is true of all of them.
        """
        if len(records) > RECORDS_MAX:
            raise ValueError(f"{len(records)} records do not fit into one call")
        sent = [written_record(sobject, record) for record in records]
        return await self._outcomes("create", len(sent), {"sObjects": sent}, all_or_none=all_or_none)

    async def retrieve(
        self, sobject: str, fields: Sequence[str], ids: Sequence[str]
    ) -> list[dict[str, str | None] | None]:
        """The records with these ids, at most 200, by position; None where there is none. Raises Away or Declined."""
        if len(ids) > RECORDS_MAX:
            raise ValueError(f"{len(ids)} records do not fit into one call")
        values = {"fieldList": ", ".join(fields), "sObjectType": sobject, "ids": list(ids)}
        found = await self._called("retrieve", values, changes=False)
        if len(found) != len(ids):
            raise Away(f"{len(ids)} records were answered by {len(found)}")
        # A record that is nil comes without a type.
        return [None if each is None or not each.type else read_record(each, fields) for each in found]

    async def _outcomes(
        self, operation: str, count: int, values: Mapping[str, Any], *, all_or_none: bool
    ) -> list[RecordOutcome]:
        results = await self._called(operation, values, all_or_none=all_or_none)
        if len(results) != count:
            return [Uncertain(f"{count} records were answered by {len(results)}")] * count
        return [_outcome(each) for each in results]

    async def _called(
        self, operation: str, values: Mapping[str, Any], *, changes: bool = True, all_or_none: bool = False
    ) -> Sequence[Any]:
        call = self._soap.change if changes else self._soap.read
        refused = ""
        for attempt in (1, 2):
            # The token is in the envelope, so a fault of the other side may repeat it.
            session = await grant(self._http, refused)
            headers: dict[str, Any] = {"SessionHeader": {"sessionId": session.token}}
            if all_or_none:
                headers["AllOrNoneHeader"] = {"allOrNone": True}
            try:
                found: Sequence[Any] = await call(operation, _soapheaders=headers, **values) or []
            except SalesforceSessionOver:
                if attempt == 2:
                    raise
                refused = session.token
                continue
            except (Away, Declined, Uncertain) as fault:
                fault.args = (str(fault).replace(session.token, "…"),)
                raise
            return found
        raise AssertionError("the second attempt answers or raises")


def fault_meaning(code: str, message: str) -> Exception | None:
    """What a fault says, by its code without its prefix. None: nothing of Salesforce's own. Pure."""
    if code == _SESSION_OVER:
        return SalesforceSessionOver(f"{code}: {message}")
    if not code.isupper():
        # SOAP's own, `Server` or `Client`: the latter is a value that the parser does not take.
        return MalformedCall(f"{code}: {message}") if code == "Client" else None
    fault = fault_of([SalesforceError(code, message.removeprefix(f"{code}: "))])
    return MalformedCall(str(fault)) if code in _OF_ONE else fault


def _outcome(result: Any) -> RecordOutcome:
    if result.success is True:
        return str(result.id or "")
    if result.success is not False:
        return Uncertain("the answer does not say whether the record was written")
    errors = [
        SalesforceError(str(each.statusCode), str(each.message or ""), tuple(map(str, each.fields or ())))
        for each in result.errors or ()
    ]
    return fault_of(errors)
