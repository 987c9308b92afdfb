"""Why slotting says no. One class a reason; the facts say what a caller needs to go on."""

from services.kernel.errors import NotFound, RuleViolation, Stale


class SlotUnknown(NotFound):
    """There is no such slot, as far as the caller may see."""

    reason = "SLOT_UNKNOWN"


class SiteUnknown(NotFound):
    """There is no such treatment centre, as far as the caller may see."""

    reason = "SITE_UNKNOWN"


class RunFull(RuleViolation):
    """The run has not enough left for the caller."""

    reason = "RUN_FULL"


class RunNotOpen(RuleViolation):
    """The run takes no claims: it is not open, or was cancelled."""

    reason = "RUN_NOT_OPEN"


class RunInProduction(RuleViolation):
    """Production of the run has begun, or is over: nothing more of it is claimed."""

    reason = "RUN_IN_PRODUCTION"


class RunFailed(RuleViolation):
    """Manufacture of the run failed: there is nothing of it."""

    reason = "RUN_FAILED"


class DecayedBelowMinimum(RuleViolation):
    """No vial of the run can still have the wanted activity at administration."""

    reason = "DECAYED_BELOW_MINIMUM"


class ActivityOutOfRange(RuleViolation):
    """The product does not allow so little, or so much, at administration."""

    reason = "ACTIVITY_OUT_OF_RANGE"


class FillVolumeOutOfRange(RuleViolation):
    """A dose with the wanted activity would have a volume that the product does not allow."""

    reason = "FILL_VOLUME_OUT_OF_RANGE"


class FilledVialTooWeak(RuleViolation):
    """Decay would leave less of the filled vial than the product allows at administration."""

    reason = "FILLED_VIAL_TOO_WEAK"


class VialDispatched(RuleViolation):
    """The vial of the slot has left: neither its way nor its centre can change."""

    reason = "VIAL_DISPATCHED"


class QualityControlFull(RuleViolation):
    """No session of quality control that is in time has a place left."""

    reason = "QC_FULL"


class DepartureFull(RuleViolation):
    """No departure that arrives in time has a place left."""

    reason = "DEPARTURE_FULL"


class WindowFull(RuleViolation):
    """No receiving window that a departure reaches in time has a place left."""

    reason = "WINDOW_FULL"


class HoldExpired(RuleViolation):
    """The hold ran out, and its capacity is free again."""

    reason = "HOLD_EXPIRED"


class AlreadyConfirmed(RuleViolation):
    """The slot is confirmed already."""

    reason = "ALREADY_CONFIRMED"


class AlreadyReleased(RuleViolation):
    """The slot was given back."""

    reason = "ALREADY_RELEASED"


class SlotAtRisk(RuleViolation):
    """The slot lost its place on the run; it can be moved or released, not confirmed."""

    reason = "SLOT_AT_RISK"


class SlotClosed(RuleViolation):
    """The slot is fulfilled or lost and changes no more."""

    reason = "SLOT_CLOSED"


class ProductDiffers(RuleViolation):
    """The run makes another product than the slot was promised."""

    reason = "PRODUCT_DIFFERS"


class PatientDiffers(RuleViolation):
    """The slot was promised for another patient; what is made for one is not made over to another."""

    reason = "PATIENT_DIFFERS"


class SiteLicence(RuleViolation):
    """The centre is not licensed for this nuclide, this activity or this time."""

    reason = "SITE_LICENCE"


class LaneNotValid(RuleViolation):
    """The lane does not lead to the centre, or is not validated for that time."""

    reason = "LANE_NOT_VALID"


class SiteWindow(RuleViolation):
    """The dose would reach the centre when it cannot receive."""

    reason = "SITE_WINDOW"


class CapacityConflict(RuleViolation):
    """A cut would leave slots without a place, and the caller did not accept that."""

    reason = "CAPACITY_CONFLICT"


class SlotStale(Stale):
    """The slot changed since the caller read it."""

    reason = "STALE"


class RunNotYetKnown(Stale):
    """The ledger knows an older version of the run than the caller speaks of. Whoever made that version waits."""

    reason = "RUN_NOT_YET_KNOWN"


class StandbyUnknown(NotFound):
    """There is no such standby, as far as the caller may see."""

    reason = "STANDBY_UNKNOWN"


class StandbyClosed(RuleViolation):
    """The standby was served, left or has lapsed, and changes no more."""

    reason = "STANDBY_CLOSED"


class StandbysFull(RuleViolation):
    """The sponsor has as many orders waiting for the run as it may."""

    reason = "STANDBYS_FULL"


# What passes when somebody gives something back, so that it is worth waiting for.
NO_ROOM = (RunFull, QualityControlFull, DepartureFull, WindowFull)
