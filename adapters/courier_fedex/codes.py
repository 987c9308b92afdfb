"""FedEx's codes as milestones. The kind of a scan decides, never the status that FedEx derives from it.

FedEx derives "IT" (in transit) for a vehicle out for delivery as well as for a package that waits at a counter.
"""

from collections.abc import Mapping

from doselane.courier.v1.courier_pb2 import Milestone

Kind = Milestone.Kind

# "Tracking Status Codes", by meaning.
_CODES_OF_KIND: Mapping[Kind, str] = {
    Kind.BOOKED: "OC",
    Kind.COLLECTED: "PU PX",
    # "In transit" and "on the way" do not say whether a scan was an arrival or a departure; it has left where it was.
    Kind.DEPARTED: "DP LO PF EO IT IX OW",
    # At a place, waiting: an airport, a facility, a partner's, a counter where it can be fetched. Not in the
    # receiver's hands.
    Kind.ARRIVED: "AA AC AF AR AX FD HL HP OF PL SF",
    Kind.CUSTOMS_HELD: "CD CP CU",
    Kind.CUSTOMS_CLEARED: "CC",
    # AD is "at delivery": the vehicle stands before the door.
    Kind.OUT_FOR_DELIVERY: "AD ED OD",
    Kind.DELAYED: "DD DY PD",
    # DR: a vehicle came and was sent away without the package.
    Kind.EXCEPTION: "DE DR SE",
    Kind.RETURNED: "RS",
    # Vehicles on their way to the package, wishes of the receiver, labels for a return, forecasts, and in whose hands
    # it is: they say nothing of where the package stands.
    Kind.OBSERVED: "AO AP BR CH DS EP LP OX PM RD RG RM RP RR SH SP TP TR",
}
# Not in the list, but FedEx sends them: "shipment arriving early", "hold at location request accepted", and "label
# created", which is what it derives from OC.
_UNLISTED: Mapping[str, Kind] = {"AE": Kind.OBSERVED, "HA": Kind.OBSERVED, "IN": Kind.BOOKED}
_DELIVERED, _RETURNED = "DL", "RS"

KIND_OF_CODE: Mapping[str, Kind] = {
    **{code: kind for kind, codes in _CODES_OF_KIND.items() for code in codes.split()},
    **_UNLISTED,
}
# The list has these letters twice, with different meanings; a word beside them decides, and without one nobody knows.
# EA: enroute to airport, or export approved. CA: shipment cancelled, or in the carrier's hands. RC: a wish of the
# receiver is cancelled, or the package is in the receiver's hands, which is possession and no scan of a delivery.
KIND_OF_WORD: Mapping[str, tuple[tuple[str, Kind], ...]] = {
    "EA": (("airport", Kind.DEPARTED), ("export", Kind.CUSTOMS_CLEARED)),
    "CA": (("cancel", Kind.CANCELLED), ("carrier", Kind.OBSERVED)),
    "RC": (("cancel", Kind.OBSERVED),),
}


def kind_of(code: str, derived: str, words: str) -> Kind:
    """What a code means, with the status that FedEx derives from it and FedEx's words beside it. Unknown: unspecified.

    A delivery is one only if nothing beside it says otherwise: of a package that is on its way back, it is the return.
    """
    code, derived = code.upper(), derived.upper()
    if code == _DELIVERED:
        return {"": Kind.DELIVERED, _DELIVERED: Kind.DELIVERED, _RETURNED: Kind.RETURNED}.get(
            derived, Kind.KIND_UNSPECIFIED
        )
    if code in KIND_OF_WORD:
        found = {kind for word, kind in KIND_OF_WORD[code] if word in words.lower()}
        return found.pop() if len(found) == 1 else Kind.KIND_UNSPECIFIED
    return KIND_OF_CODE.get(code, Kind.KIND_UNSPECIFIED)
