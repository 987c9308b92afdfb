"""Versions of forecasts: read, and saved together with the event that publishes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from asyncpg import Record

from services.kernel import outbox
from services.kernel.db import Connection
from services.kernel.event import Event
from services.planning.domain.forecast import Forecast, Series

_COLUMNS = "name, partner, product, region, version, current, weeks, doses, created_at, created_by, reason"
_INSERT = f"INSERT INTO forecast ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, true, $6, $7, $8, $9, $10)"
_SELECT_PAGE = f"""
SELECT {_COLUMNS} FROM forecast
WHERE ($1::text IS NULL OR partner = $1) AND ($2::text = '' OR partner = $2) AND ($3::text = '' OR product = $3)
    AND ($4::text = '' OR region = $4) AND (current OR $5)
    AND ($6::timestamptz IS NULL OR (created_at, name) < ($6, $7::text))
ORDER BY created_at DESC, name DESC LIMIT $8"""
# The version in force at an instant; where there was none yet, the first.
_IN_FORCE = """
SELECT w.week, coalesce(f.doses[array_position(f.weeks, w.week)], 0) AS doses
FROM unnest($4::date[], $5::timestamptz[]) AS w(week, at) CROSS JOIN LATERAL (
    SELECT weeks, doses FROM forecast WHERE partner = $1 AND product = $2 AND region = $3
    ORDER BY created_at <= w.at DESC, CASE WHEN created_at <= w.at THEN -version ELSE version END LIMIT 1) f"""


@dataclass(frozen=True, slots=True)
class ForecastFilter:
    """Which versions a list is about; `viewer` None: as operators see them."""

    viewer: str | None
    partner: str = ""
    product: str = ""
    region: str = ""
    show_replaced: bool = False


async def lock(conn: Connection, series: Series) -> None:
    """Keeps others from adding versions to a series until this transaction ends."""
    name = " ".join(("doselane planning forecast", *series))
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", name)


async def current(conn: Connection, series: Series) -> Forecast | None:
    """The newest version of a series, None if there is none."""
    row = await conn.fetchrow(
        f"SELECT {_COLUMNS} FROM forecast WHERE partner = $1 AND product = $2 AND region = $3 AND current", *series
    )
    return _forecast_of(row) if row else None


async def by_name(conn: Connection, name: str, viewer: str | None) -> Forecast | None:
    """A version that belongs to the viewer (None: an operator's eyes); None if there is none."""
    row = await conn.fetchrow(
        f"SELECT {_COLUMNS} FROM forecast WHERE name = $1 AND ($2::text IS NULL OR partner = $2)", name, viewer
    )
    return _forecast_of(row) if row else None


async def by_version(conn: Connection, series: Series, version: int) -> Forecast | None:
    """One version of a series, None if there is none."""
    row = await conn.fetchrow(
        f"SELECT {_COLUMNS} FROM forecast WHERE partner = $1 AND product = $2 AND region = $3 AND version = $4",
        *series,
        version,
    )
    return _forecast_of(row) if row else None


async def page(
    conn: Connection, wanted: ForecastFilter, after: tuple[datetime, str] | None, size: int
) -> list[Forecast]:
    """The versions that fit, newest first: the first ones, or those after an instant and a name."""
    rows = await conn.fetch(
        _SELECT_PAGE,
        wanted.viewer,
        wanted.partner,
        wanted.product,
        wanted.region,
        wanted.show_replaced,
        *(after or (None, "")),
        size,
    )
    return [_forecast_of(row) for row in rows]


async def all_current(conn: Connection) -> list[Forecast]:
    """The newest version of every series, by sponsor, product and region."""
    rows = await conn.fetch(f"SELECT {_COLUMNS} FROM forecast WHERE current ORDER BY partner, product, region")
    return [_forecast_of(row) for row in rows]


async def doses_at(conn: Connection, series: Series, instants: Mapping[date, datetime]) -> dict[date, int]:
    """What was expected of each week at an instant of its own; before the first version, what that one says."""
    rows = await conn.fetch(_IN_FORCE, *series, list(instants), list(instants.values()))
    return {row["week"]: row["doses"] for row in rows}


async def save(conn: Connection, forecast: Forecast, event: Event) -> None:
    """Stores a new version in the place of the one before, together with its event. The series must be locked."""
    await conn.execute(
        # First, because a unique index allows one current version of a series.
        "UPDATE forecast SET current = false WHERE partner = $1 AND product = $2 AND region = $3 AND current",
        *forecast.series,
    )
    await conn.execute(
        _INSERT,
        forecast.name,
        *forecast.series,
        forecast.version,
        list(forecast.weeks),
        list(forecast.weeks.values()),
        forecast.created_at,
        forecast.created_by,
        forecast.reason,
    )
    await outbox.append(conn, [event])


def _forecast_of(row: Record) -> Forecast:
    return Forecast(
        name=row["name"],
        series=Series(row["partner"], row["product"], row["region"]),
        version=row["version"],
        current=row["current"],
        weeks=dict(zip(row["weeks"], row["doses"], strict=True)),
        created_at=row["created_at"],
        created_by=row["created_by"],
        reason=row["reason"],
    )
