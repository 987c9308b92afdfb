"""What callers ask, as the use cases take it; its shape was judged by the proto's rules before."""

from doselane.status.v1 import status_pb2

from services.kernel.identity import Caller
from services.status.store import DoseFilter

ALL_DOSES = "doses/-"


def dose_id_of(name: str) -> str:
    """The id in `doses/{dose}`."""
    return name.removeprefix("doses/")


def filter_of(request: status_pb2.ListDosesRequest, caller: Caller) -> DoseFilter:
    """Which doses to list: never another partner's."""
    return DoseFilter(
        caller.viewer,
        request.run,
        request.order_reference,
        tuple(sorted(set(request.shipment_states))),
        request.implausible_only,
    )
