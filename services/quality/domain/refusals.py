"""Why quality says no. One class a reason; the facts say what a caller needs to go on."""

from services.kernel.errors import NotFound, RuleViolation


class BatchUnknown(NotFound):
    """There is no such batch, as far as the caller may see."""

    reason = "BATCH_UNKNOWN"


class BatchState(RuleViolation):
    """The batch stands where this is no longer, or not yet, possible."""

    reason = "BATCH_STATE"


class BatchExpired(RuleViolation):
    """The shelf life of the batch is over."""

    reason = "BATCH_EXPIRED"


class TestsOpen(RuleViolation):
    """Tests have not passed; the fact `tests` names them with what came out."""

    __test__ = False

    reason = "TESTS_OPEN"


class PackIncomplete(RuleViolation):
    """Documents are missing; the fact `missing` names them."""

    reason = "PACK_INCOMPLETE"


class DeviationsOpen(RuleViolation):
    """Deviations are not closed; the fact `deviations` names them."""

    reason = "DEVIATIONS_OPEN"


class DeviationUnknown(NotFound):
    """The batch has no deviation of that number, or it is closed."""

    reason = "DEVIATION_UNKNOWN"


class SlotNotFillable(RuleViolation):
    """No vial can be filled for the slot: it is not confirmed, stands on another run, or has its vial."""

    reason = "SLOT_NOT_FILLABLE"


class ContainerUsed(RuleViolation):
    """Another vial of the batch has this id."""

    reason = "CONTAINER_USED"


class ConcentrationUnknown(RuleViolation):
    """The volume of the batch was not measured, so nobody can say how much of it makes a dose."""

    reason = "CONCENTRATION_UNKNOWN"


class VolumeOutOfRange(RuleViolation):
    """The dose would need a volume outside the product's range."""

    reason = "FILL_VOLUME_OUT_OF_RANGE"


class VolumeExhausted(RuleViolation):
    """The batch has not so much left."""

    reason = "VOLUME_EXHAUSTED"


class ActivityOutOfTolerance(RuleViolation):
    """The vial would have less, or more, at administration than the product allows."""

    reason = "ACTIVITY_OUT_OF_TOLERANCE"


class FillTimeNotValid(RuleViolation):
    """A vial is filled between the end of synthesis and the end of shelf life, and not in the future."""

    reason = "FILL_TIME_NOT_VALID"


class SpecificationUnknown(NotFound):
    """There is no such specification, or not in this version."""

    reason = "SPECIFICATION_UNKNOWN"


class SpecificationSigned(RuleViolation):
    """The version is signed, and never changes."""

    reason = "SPECIFICATION_SIGNED"


class NothingProposed(RuleViolation):
    """No version of the specification is proposed."""

    reason = "NOTHING_PROPOSED"


class DocumentUnknown(NotFound):
    """There is no such document, as far as the caller may see."""

    reason = "DOCUMENT_UNKNOWN"


class DecisionUnknown(NotFound):
    """There is no such decision, as far as the caller may see."""

    reason = "DECISION_UNKNOWN"


class NoticeUnknown(NotFound):
    """There is no such notice, as far as the caller may see."""

    reason = "NOTICE_UNKNOWN"


class OrderUnknown(NotFound):
    """There is no such slot, as far as quality has heard."""

    reason = "SLOT_UNKNOWN"


class DocumentSubject(RuleViolation):
    """The document is about the batch, or about a filled vial; the fact `field` names the slot."""

    reason = "DOCUMENT_SUBJECT"


class FactsMissing(RuleViolation):
    """Facts that the document needs are not known; the fact `missing` names them."""

    reason = "FACTS_MISSING"


class TestUnknown(RuleViolation):
    """The specification has no such test."""

    __test__ = False
    reason = "TEST_UNKNOWN"
