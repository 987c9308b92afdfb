"""Why master data says no. One class a reason; the facts say what a caller needs to go on."""

from services.kernel.errors import NotFound, RuleViolation


class ResourceExists(RuleViolation):
    """A resource of this name is there already."""

    reason = "RESOURCE_EXISTS"


class WindowsContradict(RuleViolation):
    """Windows overlap, or end before they start."""

    reason = "WINDOWS_CONTRADICT"


class LaneCutoffMissing(RuleViolation):
    """A departure does not say when its hand-over closes."""

    reason = "LANE_CUTOFF_MISSING"


class LicenceExpired(RuleViolation):
    """A licence that is being entered has ended already."""

    reason = "LICENCE_EXPIRED"


class ReferenceUnknown(RuleViolation):
    """What the resource refers to does not exist."""

    reason = "REFERENCE_UNKNOWN"


class PartnerUnknown(RuleViolation):
    """The product does not name the sponsor of the agreement."""

    reason = "PARTNER_UNKNOWN"


class AgreementOverlaps(RuleViolation):
    """The sponsor has another agreement on the product at the same time."""

    reason = "AGREEMENT_OVERLAPS"


class InUse(RuleViolation):
    """Others stand on what would be taken away."""

    reason = "IN_USE"


class SlotsInConflict(RuleViolation):
    """Promised slots would lose what they stand on, and the caller did not accept that."""

    reason = "CONFLICT"


class ExportTooLarge(RuleViolation):
    """The text would be larger than an import, or an answer, can be."""

    reason = "EXPORT_TOO_LARGE"


class TransitProposalUnknown(NotFound):
    """There is no such proposal."""

    reason = "TRANSIT_PROPOSAL_UNKNOWN"


class TransitProposalClosed(RuleViolation):
    """The proposal was accepted, rejected or superseded already."""

    reason = "TRANSIT_PROPOSAL_CLOSED"


class TransitProposalStale(RuleViolation):
    """The lane is not the one any more that was measured."""

    reason = "TRANSIT_PROPOSAL_STALE"
