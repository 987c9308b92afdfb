"""What the tower does: hear, judge again, tell, escalate; and what persons do with incidents."""

from services.tower.usecases.consenting import Consents
from services.tower.usecases.drafting import Drafts
from services.tower.usecases.due import judge_due
from services.tower.usecases.escalating import Escalations, play_due
from services.tower.usecases.hearing import apply_all
from services.tower.usecases.incidents import acknowledge_incident, resolve_incident
from services.tower.usecases.rescuing import Rescues
from services.tower.usecases.stating import restate_due

__all__ = [
    "Consents",
    "Drafts",
    "Escalations",
    "Rescues",
    "acknowledge_incident",
    "apply_all",
    "judge_due",
    "play_due",
    "resolve_incident",
    "restate_due",
]
