"""Tables of A2 values: what may stand in one, signing, which is in force, and how two differ."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.distribution.domain import a2_tables as rules
from services.distribution.domain.a2_comparing import network_subjects, package_subjects
from services.distribution.domain.a2_tables import (
    A2DefaultRow,
    A2Row,
    A2Subject,
    A2TableVersion,
    A2Values,
    compare,
    in_force,
    propose,
    row_differences,
)
from services.kernel.activity import Nuclide
from services.kernel.errors import GatewayError, InvalidFields, Stale
from services.kernel.signing import Signature
from services.network import Lane, Product, Site
from services.network.a2 import Emission, a2_share
from services.network.class7 import PackageType
from tests.support.packages import BY, DEPARTURE, HOUR, a_package, a_shipment, content

NAME = "a2Tables/ssr-6"
DEFAULTS = tuple(A2DefaultRow(each, Decimal("0.1"), Decimal("0.02")) for each in Emission)
LUTETIUM = A2Row("Lu-177", Decimal(30), Decimal("0.7"))


def some_values(*rows: A2Row, **other: Any) -> A2Values:
    """Values that a table may hold."""
    given = {"edition": "SSR-6", "source": "the book", "rows": rows or (LUTETIUM,), "default_rows": DEFAULTS}
    return A2Values(**{**given, **other})  # type: ignore[arg-type]


def a_signature(meaning: str = rules.APPROVED, hours: int = 0) -> Signature:
    at = DEPARTURE + hours * HOUR
    return Signature(NAME, "0" * 64, "qa@cdmo", "QA", "quality.assurance", meaning, at, at, "both", "t", "s")


def a_table(name: str = NAME, hours: int | None = None, **other: Any) -> A2TableVersion:
    """A proposed table, or one that was signed so many hours after noon."""
    table = propose(name, 1, some_values(**other), BY)
    return table if hours is None else table.signed(a_signature(hours=hours), BY)


@pytest.mark.parametrize(
    ("rows", "wrong"),
    [
        ((LUTETIUM, LUTETIUM), "hold Lu-177 2 times"),
        ((A2Row("Lu-177"),), "rows[0] says nothing of Lu-177"),
        ((LUTETIUM, A2Row("U (nat)", Decimal(1), unlimited=True)), "rows[1] says that U (nat) is unlimited"),
        ((A2Row("U (nat)", a2_tbq=Decimal(1), unlimited=True),), "rows[0] says that U (nat) is unlimited"),
    ],
)
def test_rows_that_no_table_can_have_are_refused_by_their_place(rows: tuple[A2Row, ...], wrong: str) -> None:
    with pytest.raises(InvalidFields, match="wrong") as refused:
        propose(NAME, 1, some_values(*rows), BY)
    assert wrong in str(refused.value)


@pytest.mark.parametrize(
    ("defaults", "wrong"),
    [
        (DEFAULTS[:2], "hold none for NEUTRON_OR_NOT_KNOWN"),
        ((*DEFAULTS, DEFAULTS[0]), "hold BETA_GAMMA 2 times"),
        ((replace(DEFAULTS[0], a1_tbq=None), *DEFAULTS[1:]), "default_rows[0] says not both"),
        ((*DEFAULTS[:2], replace(DEFAULTS[2], a2_tbq=None)), "default_rows[2] says not both"),
    ],
)
def test_every_nuclide_has_a_value_of_each_kind_by_the_default_rows(
    defaults: tuple[A2DefaultRow, ...], wrong: str
) -> None:
    with pytest.raises(InvalidFields) as refused:
        propose(NAME, 1, some_values(default_rows=defaults), BY)
    assert wrong in str(refused.value)


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(InvalidFields) as refused:
        propose(NAME, 1, some_values(A2Row("Lu-177"), A2Row("Lu-177"), default_rows=()), BY)
    assert len(refused.value.violations) == 6


def test_one_value_of_a_row_is_enough() -> None:
    propose(NAME, 1, some_values(A2Row("Lu-177", a2_tbq=Decimal(1)), A2Row("Y-90", Decimal(1))), BY)


@pytest.mark.parametrize(
    "other",
    [
        {"edition": "another"},
        {"source": "elsewhere"},
        {"not_for_use": True},
        {"rows": (replace(LUTETIUM, a2_tbq=Decimal("0.70001")),)},
        {"rows": (replace(LUTETIUM, footnote="a"),)},
        {"rows": (replace(LUTETIUM, a1_tbq=None),)},
        {"rows": (A2Row("Lu-177", unlimited=True),)},
        {"default_rows": (replace(DEFAULTS[0], a1_tbq=Decimal(1)), *DEFAULTS[1:])},
    ],
)
def test_whatever_stands_in_a_table_is_in_what_is_signed(other: dict[str, Any]) -> None:
    assert propose(NAME, 1, some_values(**other), BY).record_sha256 != a_table().record_sha256


def test_what_is_signed_names_the_table_and_its_version() -> None:
    hashes = {propose(name, version, some_values(), BY).record_sha256 for name in ("a", "b") for version in (1, 2)}
    assert len(hashes) == 4


def test_a_signed_table_never_changes_and_a_proposed_one_is_not_retired() -> None:
    table = a_table()
    signed = table.signed(a_signature(), BY)
    assert signed.signature == a_signature()
    with pytest.raises(GatewayError) as twice:
        signed.signed(a_signature(), BY)
    assert twice.value.reason == "A2_TABLE_SIGNED"
    with pytest.raises(GatewayError) as early:
        table.require_retirable()
    assert early.value.reason == "A2_TABLE_NOT_SIGNED"
    retired = signed.retired(a_signature(rules.RETIRED), BY)
    with pytest.raises(GatewayError) as again:
        retired.retired(a_signature(rules.RETIRED), BY)
    assert again.value.reason == "A2_TABLE_RETIRED"
    assert len({table.etag, signed.etag, retired.etag}) == 3


def test_whoever_has_seen_another_version_is_told_so() -> None:
    table = a_table()
    table.require_etag("")
    table.require_etag(table.etag)
    with pytest.raises(Stale):
        table.require_etag("another")


def test_the_table_that_was_signed_last_is_in_force() -> None:
    first, second = a_table("a2Tables/a", 0), a_table("a2Tables/b", 1)
    assert in_force([first, second]) is second
    assert in_force([second, first]) is second
    assert in_force([first, second.retired(a_signature(rules.RETIRED, 2), BY)]) is first
    assert in_force([a_table("a2Tables/c")]) is None
    assert in_force([]) is None


def test_a_table_that_is_not_for_use_is_in_force_only_while_there_is_no_other() -> None:
    real, sandbox = a_table("a2Tables/a", 0), a_table("a2Tables/b", 1, not_for_use=True)
    assert in_force([real, sandbox]) is real
    assert in_force([sandbox, real.retired(a_signature(rules.RETIRED, 2), BY)]) is sandbox


def test_values_become_an_edition_to_reckon_with() -> None:
    rows = (LUTETIUM, A2Row("U (nat)", unlimited=True), A2Row("Y-90", a2_tbq=Decimal("0.3")))
    edition = some_values(*rows, not_for_use=True).as_edition()
    assert (edition.name, edition.not_for_use) == ("SSR-6", True)
    assert edition.a2_tbq == {"Lu-177": Decimal("0.7"), "U (nat)": Decimal("Infinity"), "Y-90": Decimal("0.3")}
    assert edition.a1_tbq == {"Lu-177": Decimal(30), "U (nat)": Decimal("Infinity")}
    assert edition.default_a1_tbq[Emission.ALPHA] == Decimal("0.1")
    assert edition.default_a2_tbq[Emission.ALPHA] == Decimal("0.02")
    unlimited = a2_share((content("U (nat)", "1000000"),), edition)
    assert unlimited and unlimited.fraction == 0


def test_two_tables_differ_by_their_values_and_not_by_their_footnotes() -> None:
    one = some_values(LUTETIUM, A2Row("Y-90", a2_tbq=Decimal("0.3")), A2Row("F-18", a2_tbq=Decimal("0.6")))
    other = some_values(
        replace(LUTETIUM, footnote="b"), A2Row("Y-90", a2_tbq=Decimal("0.4")), A2Row("Tb-161", a2_tbq=Decimal("0.7"))
    )
    assert [each[0] for each in row_differences(one, other)] == ["F-18", "Tb-161", "Y-90"]
    assert row_differences(one, other)[0] == ("F-18", A2Row("F-18", a2_tbq=Decimal("0.6")), None)
    assert row_differences(one, one) == ()


def test_what_stops_and_what_begins_to_be_type_a_is_told_with_both_shares() -> None:
    subject = A2Subject((content(gbq="700"),), product="products/lu")
    mild, strict = some_values().as_edition(), some_values(replace(LUTETIUM, a2_tbq=Decimal("0.5"))).as_edition()
    (found,) = compare(mild, strict, [subject])
    assert (found.share.fraction, found.other.fraction) == (1, Decimal("1.4"))
    assert (found.differs, found.stops) == (True, True)
    (back,) = compare(strict, mild, [subject])
    assert (back.differs, back.stops) == (True, False)
    (same,) = compare(mild, mild, [subject])
    assert (same.differs, same.stops) == (False, False)


def test_a_special_form_is_compared_by_a1_and_unknown_contents_are_not_compared() -> None:
    special = A2Subject((content(gbq="3000"),), special_form=True)
    unknown = A2Subject((replace(content(), activity_bq=None),))
    (found,) = compare(some_values().as_edition(), some_values().as_edition(), [special, unknown])
    assert (found.subject, found.share.fraction, found.other.fraction) == (special, Decimal("0.1"), Decimal("0.1"))


def a_product(**other: Any) -> Product:
    return Product("products/lu", Nuclide.LU_177, frozenset({"partners/northlake"}), 7400.0)._replace(**other)


def a_lane(site: str = "sites/lakeside", transit_minutes: int = 6 * 60) -> Lane:
    return Lane("lanes/l", site, 0, transit_minutes, DEPARTURE + timedelta(days=9))


def a_site(*partners: str) -> Site:
    return Site("sites/lakeside", frozenset(partners), ())


def test_a_product_is_compared_by_its_greatest_dose_and_on_a_lane_by_what_must_leave() -> None:
    lane = a_lane(transit_minutes=int(6.647 * 24 * 60))
    alone, sent = network_subjects([a_product(activity_mbq_max=8000.0)], [lane], [a_site("partners/northlake")])
    assert (alone.product, alone.lane, alone.contents[0].activity_bq) == ("products/lu", "", 8 * 10**9)
    assert (sent.product, sent.lane) == ("products/lu", "lanes/l")
    assert float(sent.contents[0].activity_bq or 0) == pytest.approx(16e9, rel=1e-3)
    (nominal,) = network_subjects([a_product()], [], [])
    assert nominal.contents[0].activity_bq == Decimal("7.4") * 10**9


@pytest.mark.parametrize("sites", [[], [a_site("partners/harbor")]])
def test_a_lane_carries_only_what_its_centre_has_a_sponsor_of(sites: list[Site]) -> None:
    assert len(list(network_subjects([a_product()], [a_lane()], sites))) == 1


def test_packages_of_type_a_are_compared_as_they_leave() -> None:
    later = a_package(contents=(content(at=DEPARTURE - timedelta(days=6.647)),))
    strong = a_package(package_id="P-2", doses=("d-2",), design=PackageType.TYPE_B_U)
    (found,) = package_subjects(a_shipment(later, strong))
    assert (found.shipment, found.package_id, found.special_form) == ("shipments/s-1", "P-1", False)
    assert float(found.contents[0].activity_bq or 0) == pytest.approx(4e9)
    (special,) = package_subjects(a_shipment(a_package(special_form=True)))
    assert special.special_form
