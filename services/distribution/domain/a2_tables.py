"""Tables of A1 and A2 values: proposed, signed, retired; a signed one never changes. Which one is in force, and how two
differ."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from services.distribution.domain import refusals
from services.kernel.errors import InvalidFields, Stale
from services.kernel.provenance import Provenance
from services.kernel.signing import Signature, record_sha256
from services.network.a2 import A2Edition, A2Share, Emission, RadioactiveContent, a2_share

APPROVED, RETIRED = "A2_TABLE_APPROVED", "A2_TABLE_RETIRED"
# Quality assurance answers for the values; no other role implies that one.
ROLES_OF: Mapping[str, tuple[str, ...]] = {APPROVED: ("quality.assurance",), RETIRED: ("quality.assurance",)}
_UNLIMITED = Decimal("Infinity")


@dataclass(frozen=True, slots=True)
class A2Row:
    """The values of one nuclide, in TBq; None: the table does not say."""

    nuclide: str
    a1_tbq: Decimal | None = None
    a2_tbq: Decimal | None = None
    unlimited: bool = False
    footnote: str = ""


@dataclass(frozen=True, slots=True)
class A2DefaultRow:
    """The values of nuclides that have no row, by what they send out."""

    emission: Emission
    a1_tbq: Decimal | None = None
    a2_tbq: Decimal | None = None


@dataclass(frozen=True, slots=True)
class A2Values:
    """What a table holds: the values of an edition, and where they were read."""

    edition: str
    source: str
    rows: tuple[A2Row, ...]
    default_rows: tuple[A2DefaultRow, ...] = ()
    not_for_use: bool = False

    def require_sound(self) -> None:
        """Refuses what no table can hold, all of it at once."""
        wrong = [*_wrong_rows(self.rows), *_wrong_default_rows(self.default_rows)]
        if wrong:
            raise InvalidFields(wrong)

    def as_edition(self) -> A2Edition:
        """The same, to reckon with."""
        return A2Edition(
            self.edition,
            _by_nuclide(self.rows, "a2_tbq"),
            {each.emission: each.a2_tbq for each in self.default_rows if each.a2_tbq is not None},
            self.not_for_use,
            _by_nuclide(self.rows, "a1_tbq"),
            {each.emission: each.a1_tbq for each in self.default_rows if each.a1_tbq is not None},
        )


@dataclass(frozen=True, slots=True)
class A2TableVersion:
    """One version of a table."""

    name: str
    version: int
    values: A2Values
    record_sha256: str
    created_at: datetime
    changed: Provenance
    signature: Signature | None = None
    retirement: Signature | None = None

    @property
    def etag(self) -> str:
        """Changes with each change of this version."""
        return self.record_sha256[:16] + ("r" if self.retirement else "s" if self.signature else "p")

    def require_etag(self, etag: str) -> None:
        """Refuses whoever has seen another version."""
        if etag and etag != self.etag:
            raise Stale("The table changed since you read it.", a2_table=self.name, etag=self.etag)

    def signed(self, signature: Signature, by: Provenance) -> "A2TableVersion":
        """The version after its signature."""
        if self.signature is not None:
            raise refusals.A2TableSigned("The version is signed.", a2_table=self.name, version=self.version)
        return replace(self, signature=signature, changed=by)

    def require_retirable(self) -> None:
        """Refuses what is not in force by a signature."""
        if self.signature is None:
            raise refusals.A2TableNotSigned("Only a signed table is retired.", a2_table=self.name)
        if self.retirement is not None:
            raise refusals.A2TableIsRetired("The table is retired.", a2_table=self.name, version=self.version)

    def retired(self, signature: Signature, by: Provenance) -> "A2TableVersion":
        """The version out of force."""
        self.require_retirable()
        return replace(self, retirement=signature, changed=by)


def propose(name: str, version: int, values: A2Values, by: Provenance) -> A2TableVersion:
    """A version that somebody may sign."""
    values.require_sound()
    return A2TableVersion(name, version, values, record_sha256(_record(name, version, values)), by.at, by)


def in_force(newest_signed: Iterable[A2TableVersion]) -> A2TableVersion | None:
    """Of the newest signed versions of all tables, the one to go by: signed last, and not retired.

    One that is not for use is in force only while there is no other.
    """
    candidates = [each for each in newest_signed if each.signature is not None and each.retirement is None]
    return max(candidates, key=_precedence, default=None)


def _precedence(table: A2TableVersion) -> tuple[bool, datetime, str]:
    assert table.signature
    return not table.values.not_for_use, table.signature.signed_at, table.name


@dataclass(frozen=True, slots=True)
class A2Subject:
    """Something that is Type A, or is not: a product's dose, the same as it leaves on a lane, or a package."""

    contents: tuple[RadioactiveContent, ...]
    product: str = ""
    lane: str = ""
    shipment: str = ""
    package_id: str = ""
    special_form: bool = False


@dataclass(frozen=True, slots=True)
class A2Comparison:
    """What a subject comes to under two tables."""

    subject: A2Subject
    share: A2Share
    other: A2Share

    @property
    def differs(self) -> bool:
        """Whether it is Type A under one of them alone."""
        return _is_type_a(self.share) is not _is_type_a(self.other)

    @property
    def stops(self) -> bool:
        """Whether it is Type A under the first, and is not under the other."""
        return self.differs and _is_type_a(self.share)


def compare(one: A2Edition, other: A2Edition, subjects: Iterable[A2Subject]) -> tuple[A2Comparison, ...]:
    """What each subject whose contents are known comes to under both."""
    found = []
    for subject in subjects:
        here = a2_share(subject.contents, one, special_form=subject.special_form)
        there = a2_share(subject.contents, other, special_form=subject.special_form)
        if here is not None and there is not None:
            found.append(A2Comparison(subject, here, there))
    return tuple(found)


def row_differences(one: A2Values, other: A2Values) -> tuple[tuple[str, A2Row | None, A2Row | None], ...]:
    """The nuclides whose values differ, or that only one of them lists, by name; footnotes do not matter."""
    here, there = ({row.nuclide: row for row in each.rows} for each in (one, other))
    return tuple(
        (nuclide, here.get(nuclide), there.get(nuclide))
        for nuclide in sorted(here.keys() | there.keys())
        if _values_of(here.get(nuclide)) != _values_of(there.get(nuclide))
    )


def _values_of(row: A2Row | None) -> tuple[object, ...] | None:
    return None if row is None else (row.a1_tbq, row.a2_tbq, row.unlimited)


def _is_type_a(share: A2Share) -> bool:
    return share.fraction <= 1


def _by_nuclide(rows: Sequence[A2Row], column: str) -> dict[str, Decimal]:
    values = {row.nuclide: _UNLIMITED if row.unlimited else getattr(row, column) for row in rows}
    return {nuclide: value for nuclide, value in values.items() if value is not None}


def _wrong_rows(rows: Sequence[A2Row]) -> list[tuple[str, str]]:
    counted = Counter(row.nuclide for row in rows)
    wrong = [("rows", f"hold {nuclide} {times} times") for nuclide, times in counted.items() if times > 1]
    for number, row in enumerate(rows):
        stated = row.a1_tbq is not None or row.a2_tbq is not None
        if row.unlimited and stated:
            wrong.append((f"rows[{number}]", f"says that {row.nuclide} is unlimited, and a value beside it"))
        if not row.unlimited and not stated:
            wrong.append((f"rows[{number}]", f"says nothing of {row.nuclide}: give a1_tbq, a2_tbq or unlimited"))
    return wrong


def _wrong_default_rows(rows: Sequence[A2DefaultRow]) -> list[tuple[str, str]]:
    counted = Counter(row.emission for row in rows)
    wrong = [("default_rows", f"hold {emission} {times} times") for emission, times in counted.items() if times > 1]
    wrong += [("default_rows", f"hold none for {emission}") for emission in Emission if emission not in counted]
    wrong += [
        (f"default_rows[{number}]", f"says not both a1_tbq and a2_tbq of {row.emission}")
        for number, row in enumerate(rows)
        if row.a1_tbq is None or row.a2_tbq is None
    ]
    return wrong


def _record(name: str, version: int, values: A2Values) -> dict[str, Any]:
    """What is signed: decimals as texts, so that no digit goes through binary."""
    return {
        "a2_table": name,
        "version": version,
        "edition": values.edition,
        "source": values.source,
        "not_for_use": values.not_for_use,
        "rows": [
            {
                "nuclide": row.nuclide,
                **_stated(a1_tbq=row.a1_tbq, a2_tbq=row.a2_tbq),
                "unlimited": row.unlimited,
                "footnote": row.footnote,
            }
            for row in values.rows
        ],
        "default_rows": [
            {"emission": str(row.emission), **_stated(a1_tbq=row.a1_tbq, a2_tbq=row.a2_tbq)}
            for row in values.default_rows
        ],
    }


def _stated(**values: Decimal | None) -> dict[str, str]:
    return {name: f"{value:f}" for name, value in values.items() if value is not None}
