"""DHL Express' checkpoints as milestones, by the rows `express` of DHL's list. What is not there stays unknown."""

from collections.abc import Mapping

from doselane.courier.v1.courier_pb2 import Milestone

Kind = Milestone.Kind

_CODES_OF_KIND: Mapping[Kind, str] = {
    # SA: handed in at a counter.
    Kind.COLLECTED: "PU SA",
    # TP and FD: handed to somebody else, who will not report, so it stays under way; TR: between two facilities.
    Kind.DEPARTED: "DF FD TP TR",
    # CC waits for the receiver to come.
    Kind.ARRIVED: "AF AR PL CC",
    Kind.CUSTOMS_HELD: "CD UD",
    Kind.CUSTOMS_CLEARED: "CR",
    Kind.OUT_FOR_DELIVERY: "WC",
    Kind.DELIVERED: "OK",
    Kind.DELAYED: "MD",
    # DD is delivered damaged, PD in part, CS closed without a delivery: somebody must look.
    Kind.EXCEPTION: "BA CA CM CS DD DS HP MC MS ND NH OH PD RD SS",
    Kind.RETURNED: "RT",
    # RR is said both when customs begin and when they let go, and only a remark tells which; BN and BR tell of a
    # broker, IC of a clearance that goes on, AD of an appointment, PY of a payment.
    Kind.OBSERVED: "AD BN BR IC PY RR SC SM",
}

KIND_OF_CODE: Mapping[str, Kind] = {code: kind for kind, codes in _CODES_OF_KIND.items() for code in codes.split()}
# Deliveries, whole or not: their words name who took the shipment.
HANDED_OVER = frozenset({"OK", "DD", "PD"})


def kind_of(code: str) -> Kind:
    """What a checkpoint's code says happened."""
    return KIND_OF_CODE.get(code, Kind.KIND_UNSPECIFIED)
