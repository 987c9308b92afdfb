"""The twin of Salesforce as the provider of its contract."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import quote

from adapters.sandbox.salesforce.api import OrgApi
from adapters.sandbox.salesforce.login import ClientApp
from adapters.sandbox.salesforce.objects import OBJECTS
from adapters.sandbox.salesforce.org import Org
from adapters.sandbox.salesforce.rest import SalesforceTwin
from services.kernel.clock import Clock, VirtualClock
from tests.contracts.vendors import salesforce
from tests.contracts.vendors.served import State, TwinStates, served
from tests.support.salesforce import CLIENT, NOW, USER


class SalesforceStates:
    """What has happened in an organisation, with the ids that the contract gives things."""

    def __init__(self, twin: SalesforceTwin, clock: Clock) -> None:
        self._twin, self._clock = twin, clock
        self.all: dict[str, State] = {
            salesforce.NO_TOKEN: lambda: None,
            salesforce.OVER: lambda: None,
            salesforce.A_TOKEN: self.a_token,
            salesforce.ORDERS: self.orders,
            salesforce.BEGUN: self.begun,
            salesforce.DELETED: self.deleted,
            salesforce.USED_UP: self.used_up,
        }

    def emptied(self) -> None:
        """An organisation without records, in which nobody is logged in; it answers record by record."""
        self._twin.org = self._twin.log_in.org = Org(self._clock, OBJECTS)
        self._twin.api = OrgApi(self._twin.org, page_size=1)
        self._twin.log_in.expire()
        self._twin.calls_made = 0

    def a_token(self) -> None:
        """We have logged in."""
        self._twin.log_in.sessions[salesforce.TOKEN] = self._clock.now().replace(year=self._clock.now().year + 1)

    def orders(self) -> None:
        """People entered them."""
        for reference in ("PO-1", "PO-2"):
            fields = {"External_Reference__c": reference, "Product__c": "LU177", "Site__c": "Lakeside"}
            self._twin.org.create("Dose_Order__c", fields)

    def begun(self) -> None:
        """We have read its first page."""
        self._twin.api.answer("GET", f"{salesforce.API}/query?q={quote(salesforce.SOQL)}", None)

    def deleted(self) -> None:
        """Somebody has thought better of it."""
        self._twin.org.delete("Dose_Order__c", salesforce.ORDER_ID)

    def used_up(self) -> None:
        """Whoever it was."""
        self._twin.calls_made = self._twin.calls_per_day


@asynccontextmanager
async def salesforce_twin() -> AsyncIterator[tuple[str, TwinStates]]:
    """An organisation that knows our app."""
    clock = VirtualClock(NOW)
    twin = SalesforceTwin(Org(clock, OBJECTS), ClientApp(CLIENT, USER, secret=salesforce.SECRET))
    states = SalesforceStates(twin, clock)
    async with served(twin.app) as url:
        twin.log_in.instance_url = url
        yield url, TwinStates(states.emptied, states.all)
