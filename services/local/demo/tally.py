"""What the days of the demo came to, in figures."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from doselane.quality.v1 import batch_pb2, notice_pb2

from services.local.demo.releasing import BatchRelease, Lot


@dataclass(slots=True)
class Tally:
    """What the days came to. `events`, `delivered`, `implausible`, `overdue` and `denied` are counted by a subscriber,
    not by their cause; `fulfilled` are slots, as slotting lists them.

    Of batches, doses, notices: what the gateway answers at the end. `shipped_in_quarantine` are doses, the rest batches
    and notices. `salesforce_orders` were decided on, as their records tell; `written_back_salesforce` are the records
    that were written there, orders and doses. `sap_runs` are orders in SAP that tell which run made them; of
    `written_back_sap`, documents in SAP that hold what was written there, they are a part. `feeds_complete` are the
    partners that read their feed to its end, and missed nothing. `results_senaite` and `results_limsml` are the results
    that verdicts rest on, by the laboratory's system from which they came. `webhooks_verified` are events that reached
    a sponsor's receiver, and whose signatures a library not ours found good. `incidents` are those that the control
    tower opened by its rules; `rescued` are doses that had lost their place and got another one by a plan of the
    tower, and orders whose dose was lost, by a batch or on its way, and that got another dose by one.

    `days` have gone by on the gateway's clock, in so many real `seconds`.
    """

    runs: int = 0
    claims: int = 0
    refused: int = 0
    events: int = 0
    couriers: int = 0
    delivered: int = 0
    implausible: int = 0
    overdue: int = 0
    denied: int = 0
    fulfilled: int = 0
    batches: int = 0
    shipped_in_quarantine: int = 0
    certified: int = 0
    recalls_acknowledged: int = 0
    failed_after_use: int = 0
    results_senaite: int = 0
    results_limsml: int = 0
    overbooked: int = 0
    salesforce_orders: int = 0
    written_back_salesforce: int = 0
    sap_runs: int = 0
    written_back_sap: int = 0
    feeds_complete: int = 0
    webhooks_verified: int = 0
    incidents: int = 0
    rescued: int = 0
    days: float = 0.0
    seconds: float = 0.0

    @property
    def good(self) -> bool:
        """True if the day told its whole story."""
        counted = asdict(self)
        return counted.pop("overbooked") == 0 and min(counted.values()) > 0

    async def count(self, release: BatchRelease, lots: Sequence[Lot]) -> None:
        """Count what became of the batches, as the gateway tells it."""
        for lot in lots:
            batch = await release.batch(lot)
            self.batches += 1
            self.certified += _certified_at(batch) is not None
            counted = {result for verdict in batch.verdicts for result in verdict.results}
            self.results_senaite += sum(map(release.laboratory.is_from_senaite, counted))
            self.results_limsml += sum(map(release.laboratory.is_from_samplemanager, counted))
            self.failed_after_use += batch.state == batch_pb2.Batch.FAILED_AFTER_USE
            self.shipped_in_quarantine += sum(_in_quarantine(vial, batch) for vial in await release.vials(lot))
            self.recalls_acknowledged += sum(map(_acknowledged_recall, await release.notices(lot)))


def _in_quarantine(vial: batch_pb2.Vial, batch: batch_pb2.Batch) -> bool:
    """Whether a dose left before its batch was certified for use, if it ever was."""
    certified_at = _certified_at(batch)
    left = vial.HasField("dispatch_time")
    return left and (certified_at is None or vial.dispatch_time.ToDatetime(tzinfo=UTC) < certified_at)


def _certified_at(batch: batch_pb2.Batch) -> datetime | None:
    meaning = batch_pb2.Signature.CERTIFIED_FOR_USE
    times = [each.sign_time.ToDatetime(tzinfo=UTC) for each in batch.signatures if each.meaning == meaning]
    return times[0] if times else None


def _acknowledged_recall(notice: notice_pb2.Notice) -> bool:
    return notice.kind == notice_pb2.Notice.RECALL and notice.HasField("acknowledge_time")
