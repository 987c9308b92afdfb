"""Why the tower says no. One class a reason; the facts say what a caller needs to go on."""

from services.kernel.errors import NotFound, RuleViolation


class BoardEntryUnknown(NotFound):
    """There is no such entry on the board, as far as the caller may see."""

    reason = "BOARD_ENTRY_UNKNOWN"


class IncidentUnknown(NotFound):
    """There is no such incident, as far as the caller may see."""

    reason = "INCIDENT_UNKNOWN"


class IncidentResolved(RuleViolation):
    """The incident is resolved; what comes of its cause anew opens another."""

    reason = "INCIDENT_RESOLVED"
