"""What was forecast and claimed, week by week, for the reports."""

from dataclasses import dataclass
from datetime import date

from services.kernel.db import Connection
from services.planning.domain.forecast import Series
from services.planning.domain.reports import ENTRIES_MAX, Expected, ReportedWeek

_THESE = "($1::text IS NULL OR {t}.partner = $1) AND ($2::text = '' OR {t}.product = $2)"
_FORECASTS = f"{_THESE.format(t='f')} AND ($3::text = '' OR f.region = $3)"
# One row more than a report may have: then it is too large.
_LIMIT = f"LIMIT {ENTRIES_MAX + 1}"

# Each week with the version that was in force so many weeks before it started.
_IN_FORCE = f"""
SELECT s.partner, s.product, s.region, w.week_start, f.name,
    coalesce(f.doses[array_position(f.weeks, w.week_start)], 0) AS doses
FROM (SELECT partner, product, region FROM forecast f WHERE f.current AND {_FORECASTS}) s
CROSS JOIN (SELECT generate_series($4::date, $5::date - 7, interval '7 days')::date AS week_start) w
CROSS JOIN LATERAL (
    SELECT name, weeks, doses FROM forecast
    WHERE partner = s.partner AND product = s.product AND region = s.region
        AND created_at <= (w.week_start - $6::integer * 7)::timestamp AT TIME ZONE 'UTC'
    ORDER BY version DESC LIMIT 1) f
{_LIMIT}"""
_CURRENT = f"""
SELECT f.partner, f.product, f.region, w.week_start, f.name, w.doses
FROM forecast f CROSS JOIN LATERAL unnest(f.weeks, f.doses) AS w(week_start, doses)
WHERE f.current AND {_FORECASTS} AND w.week_start >= $4 AND w.week_start < $5
{_LIMIT}"""
# A centre's region is that of its newest version, also after the centre was closed.
_CLAIMED = f"""
SELECT c.partner, c.product, coalesce(r.region, '') AS region, c.week_start, count(*)::integer AS doses
FROM claimed c LEFT JOIN resource r ON r.name = c.site AND r.kind = 'site'
WHERE c.counts AND c.product <> '' AND c.week_start >= $4 AND c.week_start < $5
    AND {_THESE.format(t="c")} AND ($3::text = '' OR coalesce(r.region, '') = $3)
GROUP BY 1, 2, 3, 4
{_LIMIT}"""
_LAST_WEEK = f"SELECT max(f.weeks[cardinality(f.weeks)]) FROM forecast f WHERE f.current AND {_FORECASTS}"


@dataclass(frozen=True, slots=True)
class About:
    """What a report is about; `partner` None: all sponsors, empty texts: each."""

    partner: str | None
    product: str = ""
    region: str = ""


async def in_force(
    conn: Connection, about: About, from_week: date, until_week: date, weeks_ahead: int
) -> dict[ReportedWeek, Expected]:
    """What was expected of each week so many weeks before it; weeks without a version so early are left out."""
    rows = await conn.fetch(_IN_FORCE, about.partner, about.product, about.region, from_week, until_week, weeks_ahead)
    return {_bucket(row): Expected(row["name"], row["doses"]) for row in rows}


async def current(conn: Connection, about: About, from_week: date, until_week: date) -> dict[ReportedWeek, Expected]:
    """What the newest versions expect of each week that they name."""
    rows = await conn.fetch(_CURRENT, about.partner, about.product, about.region, from_week, until_week)
    return {_bucket(row): Expected(row["name"], row["doses"]) for row in rows}


async def claimed(conn: Connection, about: About, from_week: date, until_week: date) -> dict[ReportedWeek, int]:
    """Doses claimed and not given back; slots whose product is not known belong to no forecast and are left out."""
    rows = await conn.fetch(_CLAIMED, about.partner, about.product, about.region, from_week, until_week)
    return {_bucket(row): row["doses"] for row in rows}


async def last_week(conn: Connection, about: About) -> date | None:
    """The last week that a newest version names."""
    return await conn.fetchval(_LAST_WEEK, about.partner, about.product, about.region)


def _bucket(row: object) -> ReportedWeek:
    return ReportedWeek(Series(row["partner"], row["product"], row["region"]), row["week_start"])  # type: ignore[index]
