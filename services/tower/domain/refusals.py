"""Why the tower says no. One class a reason; the facts say what a caller needs to go on."""

from services.kernel.errors import Denied, NotFound, RuleViolation


class BoardEntryUnknown(NotFound):
    """There is no such entry on the board, as far as the caller may see."""

    reason = "BOARD_ENTRY_UNKNOWN"


class IncidentUnknown(NotFound):
    """There is no such incident, as far as the caller may see."""

    reason = "INCIDENT_UNKNOWN"


class IncidentResolved(RuleViolation):
    """The incident is resolved; what comes of its cause anew opens another."""

    reason = "INCIDENT_RESOLVED"


class AgentMayNot(Denied):
    """The token is an automated agent's, which reads and asks what if, and decides nothing."""

    reason = "AGENT_MAY_NOT"


class DosesTooMany(RuleViolation):
    """More doses than are planned for at once."""

    reason = "DOSES_TOO_MANY"


class ConsentUnknown(NotFound):
    """There is no such consent, as far as the caller may see."""

    reason = "CONSENT_UNKNOWN"


class ConsentClosed(RuleViolation):
    """The consent was answered, taken back, or its time is over."""

    reason = "CONSENT_CLOSED"


class ConsentMissing(RuleViolation):
    """A move needs the consent of the dose's sponsor, which is not there; the facts name the doses."""

    reason = "CONSENT_MISSING"


class RescueOutdated(RuleViolation):
    """A move of the plan cannot be made any more as it was planned; ask again what would help."""

    reason = "RESCUE_OUTDATED"
