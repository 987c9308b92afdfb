"""How much of a day's calls is used up, and when we may call again. Pure: seconds are passed in.

Salesforce counts the calls of all programs of an organisation over the last 24 hours, and tells with each answer.
"""

import re
from dataclasses import dataclass

from adapters.crm_salesforce.rest.errors import LIMIT_PAUSE

_USAGE = re.compile(r"(?:^|[\s;,])api-usage\s*=\s*(\d{1,12})/(\d{1,12})")
PAUSE_S = LIMIT_PAUSE.total_seconds()


@dataclass(frozen=True, slots=True)
class ApiUsage:
    """Calls of the last 24 hours, and how many there may be."""

    used: int
    limit: int


def usage_of(header: str) -> ApiUsage | None:
    """Reads `Sforce-Limit-Info`: `api-usage=18/5000; per-app-api-usage=…`."""
    found = _USAGE.search(header)
    return ApiUsage(int(found[1]), int(found[2])) if found else None


class CallBudget:
    """Keeps to the account's share of the calls: when it is used up, one call each pause finds out what came free."""

    def __init__(self, share: float) -> None:
        """`share` is from 0 to 1: of all calls of the organisation, by whomever."""
        self._share, self._not_before_s = share, 0.0
        self.usage: ApiUsage | None = None

    def note(self, header: str, now_s: float) -> None:
        """What an answer told."""
        if (usage := usage_of(header)) is None:
            return
        self.usage = usage
        over = usage.used >= usage.limit * self._share
        self._not_before_s = now_s + PAUSE_S if over else 0.0

    def exceed(self, now_s: float) -> None:
        """Salesforce takes no more calls for now."""
        self._not_before_s = now_s + PAUSE_S

    def wait_s(self, now_s: float) -> float:
        """How long to wait before the next call; whoever calls after a pause calls for all."""
        if now_s < self._not_before_s:
            return self._not_before_s - now_s
        if self._not_before_s:
            self._not_before_s = now_s + PAUSE_S
        return 0.0
