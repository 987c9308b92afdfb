"""The SAP system of an account: its services, over the account's connection."""

from datetime import datetime

import httpx

from adapters.erp_sap.client import SapSender, SapService
from adapters.erp_sap.functions.client import SapFunctions
from adapters.manifest import Archive
from adapters.mapping import AccountMapping, Mapped


class SapConnection:
    """Services by the document that is read from them, each made once, so that its metadata are read once."""

    def __init__(self, given: Mapped, http: httpx.AsyncClient, archive: Archive) -> None:
        self.settings, self.archive, self.http = given.settings, archive, http
        self.mapping: AccountMapping = given.mapping
        self.manufacturer = given.manufacturer
        self.sender = SapSender(http, client=self.settings.client, language="EN")
        self.functions = SapFunctions(self.settings.functions, http) if self.settings.functions else None
        self._services: dict[str, SapService] = {}

    def service(self, document: str) -> SapService:
        """The service that a document is read from, and written to."""
        name = self.settings.service(document)
        if name not in self._services:
            self._services[name] = SapService(self.sender, name, root=self.settings.root, merges=self.settings.merge)
        return self._services[name]

    def now(self) -> datetime:
        """The host's clock."""
        return self.archive.now()
