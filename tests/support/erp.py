"""An ERP, as small as an adapter can be: it tells of its production orders, and stands for every kind of ERP."""

from datetime import datetime
from typing import Any

from doselane.capacity.v1.capacity_pb2 import MeasuredYield
from doselane.erp.v1.erp_pb2 import ProductionFailed, ProductionReport, ProductionStarted, YieldReported

from adapters.content import digest
from adapters.json_body import read_json
from adapters.manifest import Adapter, Fact, Incoming, Refused, Translation, Webhook
from adapters.ports.erp import PORT, fact
from services.kernel.timestamps import stamp


class Reader:
    """Reads confirmations of production orders."""

    def translate(self, incoming: Incoming) -> Translation:
        """Reads a batch of them."""
        value = read_json(incoming.body)
        if not isinstance(value, dict) or not isinstance(value.get("orders"), list):
            raise Refused("BODY_NOT_ORDERS", "orders is required.", "/orders")
        return Translation(tuple(_fact(index, each) for index, each in enumerate(value["orders"])))


def _fact(index: int, order: dict[str, Any]) -> Fact:
    return fact(index, order["id"], digest(order), _report(order))


def _report(order: dict[str, Any]) -> ProductionReport:
    report = ProductionReport(report_id=order["id"], production_order=order["order"])
    at = stamp(datetime.fromisoformat(order["at"]))
    match order["status"]:
        case "REL":
            report.started.CopyFrom(ProductionStarted(start_time=at))
        case "CNF":
            measured = MeasuredYield(activity_kbq=round(order["gbq"] * 1e6), measure_time=at, volume_ul=order["ul"])
            report.completed.CopyFrom(YieldReported(end_of_synthesis_time=at, measured=measured))
        case "TECO":
            report.failed.CopyFrom(ProductionFailed(fail_time=at, cause=order["text"]))
    return report


ADAPTER = Adapter(
    name="erp_tiny",
    port=PORT,
    settings=lambda options: dict(options),
    build=lambda _: Reader(),
    webhooks=(Webhook("erp.push", "/erp/{account}"),),
)
