"""How much activity a design may hold, as a share of A1 or A2: Type A, excepted packages, and Type B(U) by air.

IAEA SSR-6 (Rev. 1): paragraphs 422 to 429 with table 4 (49 CFR 173.425 alike), and 433. The shares stand in the
regulation since 1985; A1 and A2, of which they are shares, are data with their edition (`a2`).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from services.network.a2 import A2Edition, A2Share, RadioactiveContent, a2_share
from services.network.class7 import UN_NUMBERS, PackageType


class PhysicalState(StrEnum):
    """What the contents of a package are, as the limits of excepted packages tell them apart."""

    SOLID = "SOLID"
    LIQUID = "LIQUID"
    GAS = "GAS"


@dataclass(frozen=True, slots=True)
class ShareLimit:
    """The most that a package may hold, as a share of A2, or of A1 in special form, and what its excess is called."""

    share: Decimal
    broken: str


# Of a package of material (UN2910), and of one of instruments or articles (UN2911), whose items have limits of their
# own: a hundredth of these, for gases a tenth. Nobody says here how many items a package holds.
_MATERIAL = {"SOLID": "0.001", "SPECIAL": "0.001", "LIQUID": "0.0001", "GAS": "0.001", "TRITIUM": "0.02"}
_ARTICLES = {"SOLID": "1", "SPECIAL": "1", "LIQUID": "0.1", "GAS": "0.01", "TRITIUM": "0.2"}
_EXCEPTED: Mapping[str, Mapping[str, str]] = {"UN2910": _MATERIAL, "UN2911": _ARTICLES}
_AIR_SHARE_MAX, _AIR_SPECIAL_A2_MAX = Decimal(3000), Decimal(100_000)
_STATE_WORDS = {
    "solid": PhysicalState.SOLID,
    "liquid": PhysicalState.LIQUID,
    "gas": PhysicalState.GAS,
    "gaseous": PhysicalState.GAS,
}


def physical_state(form: str) -> PhysicalState | None:
    """The state that a declared physical form names; None if it names none, or several: then nobody knows."""
    named = {_STATE_WORDS[word] for word in re.findall(r"[a-z]+", form.lower()) if word in _STATE_WORDS}
    return named.pop() if len(named) == 1 else None


def needs_state(design: PackageType, un_number: str, *, special_form: bool) -> bool:
    """Whether the limit of a package cannot be told before its physical state is known."""
    return design is PackageType.EXCEPTED and un_number in _EXCEPTED and not special_form


def share_limit(
    design: PackageType, un_number: str, contents: Sequence[RadioactiveContent], form: str, *, special_form: bool
) -> ShareLimit | None:
    """The most that a package of a design and a number may hold; None where it has no limit, or none that is known."""
    if design is PackageType.TYPE_A:
        return ShareLimit(Decimal(1), "this is no Type A package")
    if design is not PackageType.EXCEPTED or un_number not in _EXCEPTED:
        return None
    state = physical_state(form)
    if special_form and state is not PhysicalState.GAS:
        row, what = "SPECIAL", "material in special form"
    elif state is None:
        return None
    elif state is PhysicalState.GAS and contents and all(each.nuclide == "H-3" for each in contents):
        row, what = "TRITIUM", "tritium gas"
    else:
        row, what = state.value, f"a {state.value.lower()}"
    share = Decimal(_EXCEPTED[un_number][row])
    return ShareLimit(share, f"an excepted package {un_number} holds {share:f} of {what} at most")


def contradictions(
    package_type: PackageType,
    special_form: bool,
    declared_un_number: str,
    contents: Sequence[RadioactiveContent],
    share: A2Share | None,
    form: str = "",
) -> tuple[str, ...]:
    """What in a package's data cannot go together, as sentences; empty when nothing was found."""
    found = []
    possible = UN_NUMBERS[package_type, special_form]
    if declared_un_number not in possible:
        leads_to = " or ".join(possible)
        found.append(f"{declared_un_number} was declared; the package's design leads to {leads_to}.")
    if declared_un_number == "UN2908" and contents:
        found.append("Contents are declared; UN2908 is an empty packaging.")
    limit = share_limit(package_type, declared_un_number, contents, form, special_form=special_form)
    if limit and share and share.fraction > limit.share:
        of = "A1" if special_form else "A2"
        exceeded = of if limit.share == 1 else f"{limit.share:f} of {of}"
        found.append(f"The contents exceed {exceeded}: {limit.broken}.")
    if not contents and declared_un_number != "UN2908":
        found.append("No contents are declared.")
    return tuple(found)


def too_much_by_air(contents: Sequence[RadioactiveContent], edition: A2Edition, *, special_form: bool) -> str:
    """Why a Type B(U) package may not go by air; empty if it may, or if its contents are not known."""
    share = a2_share(contents, edition, special_form=special_form)
    if share is None:
        return ""
    if share.fraction > _AIR_SHARE_MAX:
        limit = "A1" if special_form else "A2"
        return f"It holds {share.shown:f} of {limit}; a Type B(U) package by air holds {_AIR_SHARE_MAX} at most."
    if special_form:
        other = a2_share(contents, edition)
        if other and other.fraction > _AIR_SPECIAL_A2_MAX:
            most = f"{_AIR_SPECIAL_A2_MAX} at most, also in special form"
            return f"It holds {other.shown:f} of A2; a Type B(U) package by air holds {most}."
    return ""
