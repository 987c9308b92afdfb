"""What callers ask, as the rules and use cases take it; its shape was judged by the proto's rules before."""

from collections.abc import Iterable

from doselane.distribution.v1 import distribution_pb2

from services.distribution.domain.shipment import Custody
from services.distribution.events import keys_of
from services.distribution.store import ShipmentFilter
from services.kernel.errors import Invalid
from services.kernel.timestamps import optional_instant


def filter_of(request: distribution_pb2.ListShipmentsRequest, viewer: str | None) -> ShipmentFilter:
    """Which shipments to list: never another partner's."""
    return ShipmentFilter(
        viewer,
        dose_id_of(request.dose),
        request.run,
        request.site,
        request.lane,
        request.courier,
        tuple(sorted(set(request.states))),
        request.implausible_only,
        request.overdue_only,
        optional_instant(request, "departure_from_time"),
        optional_instant(request, "departure_until_time"),
        keys_of([request.reference]) if request.reference else (),
    )


def dose_id_of(name: str) -> str:
    """The id in `doses/{dose}`."""
    return name.removeprefix("doses/")


def references_of(texts: Iterable[str]) -> tuple[str, ...]:
    """The shipment's names, each once, in their order."""
    references = tuple(dict.fromkeys(text.strip() for text in texts))
    for index, reference in enumerate(references):
        if not reference or not reference.isprintable():
            raise Invalid(f"references[{index}] must be printable characters.", field=f"references[{index}]")
    return references


def custody_of(request: distribution_pb2.RecordHandOverRequest) -> Custody:
    """Who took it over, when and where."""
    return Custody(
        to_party=request.to_party,
        from_party=request.from_party,
        at=optional_instant(request, "hand_over_time"),
        place=request.place,
        received_by=request.received_by,
    )
