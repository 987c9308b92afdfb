"""ERP systems: they tell of the production of runs."""

from collections.abc import Sequence
from typing import Any

from doselane.erp.v1.erp_pb2 import ProductionReport
from doselane.erp.v1.events_pb2 import ErpMessageRefused, ProductionReported

from adapters.manifest import Fact
from adapters.ports import Port, Sender


def fact(index: int, key: str, content: bytes, report: ProductionReport, warnings: Sequence[str] = ()) -> Fact:
    """A report as a fact. The run that it names is looked for by capacity, which parks what it cannot find."""
    return Fact(
        index=index,
        key=key,
        content=content,
        said=report,
        event_id=report.report_id,
        kind=(report.WhichOneof("fact") or "").upper(),
        warnings=tuple(warnings),
    )


def _reported(sender: Sender, report: Any) -> ProductionReported:
    return ProductionReported(partner=sender.partner, adapter=sender.adapter, message=sender.message, report=report)


def _refused(sender: Sender, reason: str, detail: str) -> ErpMessageRefused:
    return ErpMessageRefused(
        partner=sender.partner, adapter=sender.adapter, message=sender.message, reason=reason, detail=detail
    )


PORT = Port(
    name="erp",
    topic="doselane.erp",
    hears=("doselane.capacity",),
    scope="erp.push",
    reported_type="doselane.erp.production.reported.v1",
    refused_type="doselane.erp.message.refused.v1",
    reported=_reported,
    refused=_refused,
    refers=lambda _: None,
    unknown_reference="RUN_UNKNOWN",
)
