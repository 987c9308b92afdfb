"""How much is sent to one endpoint at once: as little as it takes to keep pace, so that connections stay few."""

SENDING_MAX = 32  # at once, to one endpoint
SENDING_MIN = 8
AIM_PER_S = 1000


class SendingWidth:
    """As many at once as make a thousand a second by the quickest answer; what an endpoint adds under load says less.

    An endpoint that answers in a millisecond keeps pace with eight. With 32 to each the messages of twenty such
    endpoints waited for each other in our own process, and each of 640 connections had to be made and kept (bench case
    `webhooks delivered`).
    """

    def __init__(self) -> None:
        self.at_once = SENDING_MIN
        self._quickest_ms: int | None = None

    def took(self, latency_ms: int) -> None:
        """An answer, of whatever kind, came after so long."""
        if self._quickest_ms is None or latency_ms < self._quickest_ms:
            self._quickest_ms = latency_ms
            self.at_once = max(SENDING_MIN, min(SENDING_MAX, latency_ms * AIM_PER_S // 1000))
