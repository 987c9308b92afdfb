"""Versions as rows: the statements, and the way from a version to its row and back."""

from collections.abc import Sequence
from typing import Any

from asyncpg import Record

from services.masterdata.documents import kind_of
from services.masterdata.domain import Provenance, Version

_COLUMNS = "name, kind, version, document, deleted, changed_fields, created_at, updated_at, actor, reason"
_VALUES = "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10"

SELECT_NAMED = f"SELECT {_COLUMNS} FROM resource WHERE name = ANY ($1)"
SELECT_MENTIONING = f"SELECT {_COLUMNS} FROM resource WHERE NOT deleted AND mentions && $1"
# $2: the partner, NULL for operators; $3: what must be mentioned; $4: the name after which to begin.
_SEEN = """
NOT deleted AND visible($2, (SELECT s.partners FROM resource s WHERE s.name = r.seen_through AND NOT s.deleted))"""
SELECT_ONE = f"SELECT {_COLUMNS} FROM resource r WHERE name = $1 AND {_SEEN}"
# The partners that may know of each of these.
SELECT_AUDIENCES = """
SELECT r.name, s.partners FROM resource r JOIN resource s ON s.name = r.seen_through AND NOT s.deleted
WHERE r.name = ANY ($1) AND NOT r.deleted"""
SELECT_PAGE = f"""
SELECT {_COLUMNS} FROM resource r WHERE kind = $1 AND {_SEEN} AND mentions @> $3 AND name > $4
ORDER BY name LIMIT $5"""
SELECT_ALL = f"SELECT {_COLUMNS} FROM resource r WHERE kind = ANY ($1) AND {_SEEN} ORDER BY name"
SELECT_REVISIONS = f"""
SELECT {_COLUMNS} FROM revision WHERE name = $1 AND ($2::bigint IS NULL OR version < $2) ORDER BY version DESC LIMIT $3
"""
SELECT_REVISION = f"SELECT {_COLUMNS} FROM revision WHERE name = $1 AND version = $2"
INSERT_REVISION = f"INSERT INTO revision ({_COLUMNS}) VALUES ({_VALUES})"
PUT = f"""
INSERT INTO resource ({_COLUMNS}, partners, seen_through, mentions) VALUES ({_VALUES}, $11, $12, $13)
ON CONFLICT (name) DO UPDATE SET version = excluded.version, document = excluded.document, deleted = excluded.deleted,
    changed_fields = excluded.changed_fields, created_at = excluded.created_at, updated_at = excluded.updated_at,
    actor = excluded.actor, reason = excluded.reason, partners = excluded.partners,
    seen_through = excluded.seen_through, mentions = excluded.mentions
"""


def version_of(row: Record) -> Version:
    """The version in a row."""
    return Version(
        name=row["name"],
        kind=row["kind"],
        number=row["version"],
        document=row["document"],
        created_at=row["created_at"],
        by=Provenance(row["actor"], row["updated_at"], row["reason"]),
        deleted=row["deleted"],
        changed_fields=tuple(row["changed_fields"]),
    )


def revision(version: Version) -> Sequence[Any]:
    """The parameters of INSERT_REVISION."""
    return (
        version.name,
        version.kind,
        version.number,
        version.document,
        version.deleted,
        version.changed_fields,
        version.created_at,
        version.by.at,
        version.by.actor,
        version.by.reason,
    )


def resource(version: Version) -> Sequence[Any]:
    """The parameters of PUT."""
    content = kind_of(version.kind).content(version.document)
    # Names and labels share a column: no label of a kind looks like the names that it refers to.
    mentions = {*content.labels, *(name for _, name in content.references)}
    return (*revision(version), content.seen_by, content.seen_through, sorted(mentions))
