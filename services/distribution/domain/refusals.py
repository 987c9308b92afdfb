"""Why distribution says no. One class a reason; the facts say what a caller needs to go on."""

from services.kernel.errors import GatewayError, Kind, NotFound


class _Refusal(GatewayError):
    kind = Kind.REFUSED


class ShipmentUnknown(NotFound):
    """There is no such shipment, as far as the caller may see."""

    reason = "SHIPMENT_UNKNOWN"


class DoseUnknown(NotFound):
    """There is no such dose, as far as distribution has heard."""

    reason = "DOSE_UNKNOWN"


class DoseNotPromised(_Refusal):
    """Only a confirmed slot is shipped."""

    reason = "DOSE_NOT_PROMISED"


class DoseShippedAlready(_Refusal):
    """The dose is in another shipment; the fact `shipment` names it."""

    reason = "DOSE_SHIPPED_ALREADY"


class DosesDiffer(_Refusal):
    """Doses of one shipment have one sponsor, centre, lane and departure; the fact `differs` says what they do not."""

    reason = "DOSES_DIFFER"


class ReferencesTooMany(_Refusal):
    """A shipment has as many references as it may have."""

    reason = "REFERENCES_TOO_MANY"


class ReferenceTaken(_Refusal):
    """The courier's reference names another shipment, which the facts name. What travels together is one shipment."""

    reason = "REFERENCE_TAKEN"


class WrongShipmentState(_Refusal):
    """The shipment stands where this is no longer, or not yet, possible; the fact `state` says where."""

    reason = "SHIPMENT_STATE"


class PackagesDiffer(_Refusal):
    """Each dose of a shipment is in exactly one of its packages; the facts name those that are not."""

    reason = "PACKAGES_DIFFER"


class HandOverNotAccepted(_Refusal):
    """The acceptance checklist is not satisfied; the fact `missing` names what is not there."""

    reason = "HAND_OVER_NOT_ACCEPTED"


class MilestoneNotInDoubt(_Refusal):
    """The shipment has no milestone of this id that is in doubt, or that was settled before."""

    reason = "MILESTONE_NOT_IN_DOUBT"


class SiteNotReached(_Refusal):
    """The lane does not lead to the centre."""

    reason = "SITE_NOT_REACHED"


class A2TableUnknown(NotFound):
    """There is no such table of A2 values, or not in this version."""

    reason = "A2_TABLE_UNKNOWN"


class A2TableNotProposed(_Refusal):
    """No version of the table is proposed."""

    reason = "A2_TABLE_NOT_PROPOSED"


class A2TableSigned(_Refusal):
    """The version is signed, and never changes."""

    reason = "A2_TABLE_SIGNED"


class A2TableNotSigned(_Refusal):
    """No version of the table is signed."""

    reason = "A2_TABLE_NOT_SIGNED"


class A2TableIsRetired(_Refusal):
    """The table is out of force already."""

    reason = "A2_TABLE_RETIRED"


class LaneUnknown(NotFound):
    """There is no such lane, as far as distribution has heard."""

    reason = "LANE_UNKNOWN"


class LaneDiffers(_Refusal):
    """The shipment travels another lane than the one that was named; the fact `lane` says which."""

    reason = "LANE_DIFFERS"
