"""A whole organisation: its records over REST and SOAP, its changes and events on its bus, and its people."""

from collections.abc import Mapping
from typing import Any

from adapters.sandbox.salesforce.bus import SalesforceBus
from adapters.sandbox.salesforce.deployed import deployed
from adapters.sandbox.salesforce.login import ClientApp
from adapters.sandbox.salesforce.org import Org, Record
from adapters.sandbox.salesforce.org_changes import tell_changes
from adapters.sandbox.salesforce.pubsub import PubSubTwin
from adapters.sandbox.salesforce.rest import SalesforceTwin
from services.kernel.clock import Clock

_AVRO = {"double": "double", "boolean": "boolean", "datetime": "long"}


class Organisation:
    """An organisation in which the kit was deployed. `rest.app` is served by whoever makes it, `bus_port` by itself."""

    def __init__(self, clock: Clock, app: ClientApp, **changes: Any) -> None:
        objects = deployed()
        records = {name: each for name, each in objects.items() if name.endswith("__c")}
        self.org = Org(clock, records)
        self.rest = SalesforceTwin(self.org, app)
        self.bus = SalesforceBus(clock)
        for name, event in objects.items():
            if name.endswith("__e"):
                fields = {each.name: _AVRO.get(each.type, "string") for each in event.fields if each.name != "Name"}
                self.bus.define_event(name, fields)
        tell_changes(self.org, self.bus, list(records))
        self.pubsub = PubSubTwin(self.bus, clock, self.rest.log_in.is_in_force, self.org.org_id, **changes)

    def order(self, reference: str, **fields: Any) -> str:
        """What somebody orders in the organisation: the id of the record."""
        return self.org.create("Dose_Order__c", {"Order_Reference__c": reference, **fields})

    def change(self, record_id: str, **fields: Any) -> None:
        """What somebody changes in an order."""
        self.org.update("Dose_Order__c", record_id, fields)

    def request(self, fields: Mapping[str, Any]) -> None:
        """What a flow asks for by a platform event."""
        self.bus.publish("/event/Dose_Order_Request__e", fields)

    def orders(self) -> dict[str, Record]:
        """The orders, by reference."""
        return {each["Order_Reference__c"]: each for each in self.org.records.get("Dose_Order__c", {}).values()}

    def doses(self) -> dict[str, Record]:
        """The doses, by their id in Doselane."""
        return {each["Dose_Id__c"]: each for each in self.org.records.get("Dose__c", {}).values()}
