"""Calls of function modules: one at a time an account, what changes something together with its commit.

What a BAPI has changed counts once `BAPI_TRANSACTION_COMMIT` was called in the same session; a session is what calls
with the same cookies have in common. So between the two nothing else is called, and each begins with none.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import httpx
from zeep.helpers import serialize_object
from zeep.wsdl import Document

from adapters.erp_sap.functions.fitting import UnfitValues, Values, fitted
from adapters.erp_sap.functions.messages import judge
from adapters.erp_sap.functions.signatures import (
    FunctionService,
    FunctionSignature,
    UnreadableWsdl,
    canonical,
    read_wsdl,
)
from adapters.erp_sap.functions.terms import COMMIT, ROLLBACK, FunctionTerms
from adapters.host.client.soap import SoapService, wsdl_of
from adapters.outbound import Away, Declined, Uncertain

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FunctionWsdl:
    """A customer's WSDL, as it is read here and as it is spoken."""

    service: FunctionService
    document: Document


@lru_cache(maxsize=64)
def load_wsdl(file: str) -> FunctionWsdl:
    """Reads a file, once. Raises UnreadableWsdl; blocks, so it is read when the account is."""
    try:
        return FunctionWsdl(read_wsdl(Path(file).read_bytes()), wsdl_of(Path(file)))
    except UnreadableWsdl:
        raise
    except OSError as fault:
        raise UnreadableWsdl(f"it cannot be read: {type(fault).__name__}: {fault}") from None
    except Exception as fault:  # noqa: BLE001 - zeep meets what it cannot read with whatever breaks in it
        raise UnreadableWsdl(f"it cannot be used: {type(fault).__name__}: {str(fault)[:200]}") from None


class SapFunctions:
    """The function modules of one account."""

    def __init__(self, terms: FunctionTerms, http: httpx.AsyncClient) -> None:
        self._wsdl, self._http = load_wsdl(terms.wsdl), http
        self._names, self._commits_itself = terms.names, terms.commits_itself
        service = self._wsdl.service
        self._soap = SoapService(self._wsdl.document, http, terms.path or service.path, binding=service.binding)
        self._one = asyncio.Lock()

    def signature(self, name: str) -> FunctionSignature:
        """Of a function module by SAP's name. Raises Declined where the WSDL has none."""
        try:
            return self._wsdl.service.functions[canonical(self._names.get(name, name))]
        except KeyError:
            raise Declined(f"the WSDL has no {self._names.get(name, name)}") from None

    def written(self, name: str, values: Values) -> bytes:
        """The envelope, as it is sent. Raises Declined where a value does not fit."""
        function = self.signature(name)
        return self._soap.written(function.name, **_fitting(function, values))

    async def read(self, name: str, values: Values) -> Mapping[str, Any]:
        """The answer of a function module that changes nothing. Raises Away or Declined."""
        async with self._one:
            try:
                return await self._called(name, values)
            except Uncertain as lost:
                raise Away(str(lost)) from lost

    async def change(self, name: str, values: Values) -> Mapping[str, Any]:
        """The answer of one that changes something, once it is committed. Raises Away, Declined or Uncertain."""
        async with self._one:
            self._http.cookies.clear()
            try:
                answer = await self._called(name, values)
            except Declined:
                await self._roll_back()
                raise
            if not self._commits_itself:
                try:
                    await self._called(COMMIT, {"WAIT": "X"})
                except Away as lost:
                    # It was called and is not committed; SAP ends the session, and what was changed in it, by itself.
                    raise Uncertain(f"{COMMIT}: {lost}") from lost
            self._http.cookies.clear()
            return answer

    async def _roll_back(self) -> None:
        """Frees at once what a call that failed has locked; where it cannot, SAP does when the session ends."""
        if canonical(ROLLBACK) in self._wsdl.service.functions and not self._commits_itself:
            try:
                await self._called(ROLLBACK, {})
            except (Away, Declined, Uncertain) as fault:
                log.info("%s: %s", ROLLBACK, fault)
        self._http.cookies.clear()

    async def _called(self, name: str, values: Values) -> Mapping[str, Any]:
        function = self.signature(name)
        found = serialize_object(await self._soap.change(function.name, **_fitting(function, values)), dict)
        if len(function.answers) == 1:  # zeep answers a lone part without its name
            (only,) = function.answers.values()
            found = {only.name: found}
        answer: dict[str, Any] = found if isinstance(found, dict) else {}
        judge(function.name, answer)
        return answer


def nowhere() -> httpx.AsyncClient:
    """A client for what is only written: nothing is sent by it."""
    return httpx.AsyncClient(transport=httpx.AsyncBaseTransport(), trust_env=False)


def lines(answer: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """The lines of a table of an answer, each by its fields as ABAP names them. None: no line."""
    return [_in_abap(each) for each in _lines(_in_abap(answer).get(canonical(name)))]


def structure(answer: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The fields of a structure of an answer."""
    found = _in_abap(answer).get(canonical(name))
    return _in_abap(found) if isinstance(found, Mapping) else {}


def _lines(table: Any) -> list[Any]:
    if not isinstance(table, Mapping):
        return []
    return [each for value in table.values() if isinstance(value, list) for each in value if isinstance(each, Mapping)]


def _in_abap(record: Mapping[str, Any]) -> dict[str, Any]:
    return {canonical(str(name)): value for name, value in record.items()}


def _fitting(function: FunctionSignature, values: Values) -> dict[str, Any]:
    try:
        return fitted(function, values)
    except UnfitValues as wrong:
        raise Declined(str(wrong)) from wrong
