"""Why forecasts are refused. One class a reason; the facts say what a caller needs to go on."""

from collections.abc import Sequence

from services.kernel.errors import GatewayError, Invalid, Kind, NotFound
from services.planning.domain.horizons import Breach, Horizon

SENTENCES_MAX = 3


class RegionUnknown(NotFound):
    """No centre of the sponsor's is in such a region."""

    reason = "REGION_UNKNOWN"


class ForecastUnknown(NotFound):
    """There is no such version of a forecast, as far as the caller may see."""

    reason = "FORECAST_UNKNOWN"


class SeriesDiffer(Invalid):
    """The two versions are not of the same sponsor, product and region."""

    reason = "SERIES_DIFFER"


class ReportTooLarge(Invalid):
    """The report would have more entries than an answer can carry."""

    reason = "REPORT_TOO_LARGE"


class WeeksRefused(GatewayError):
    """The new version changes weeks that it may not change so.

    The facts `week`, `doses_min`, `doses_max` say what is allowed in the first of them, `weeks` and `violations` name
    all; the reason is the first one's.
    """

    kind = Kind.REFUSED

    def __init__(self, breaches: Sequence[Breach]) -> None:
        first = breaches[0]
        told = [each.sentence for each in breaches[:SENTENCES_MAX]]
        if len(breaches) > SENTENCES_MAX:
            told.append(f"So it is with {len(breaches) - SENTENCES_MAX} more.")
        super().__init__(
            " ".join(told),
            field="forecast.weeks",
            week=first.week,
            doses_min=first.least,
            doses_max=first.most,
            weeks=",".join(str(each.week) for each in breaches),
            violations=",".join(
                f"{each.week} {each.reason} {each.least}..{each.most} not {each.asked}" for each in breaches
            ),
        )


class WeekPast(WeeksRefused):
    """A week that has begun, or is over, would change."""

    reason = "WEEK_PAST"


class WeekFrozen(WeeksRefused):
    """A frozen week would change."""

    reason = "WEEK_FROZEN"


class WeekFirm(WeeksRefused):
    """A firm week would change by more than its agreement allows."""

    reason = "WEEK_FIRM"


_REFUSAL_OF = {Horizon.PAST: WeekPast, Horizon.FROZEN: WeekFrozen, Horizon.FIRM: WeekFirm}


def refuse_weeks(breaches: Sequence[Breach]) -> None:
    """Refuses if there is any breach."""
    if breaches:
        raise _REFUSAL_OF[breaches[0].horizon](breaches)
