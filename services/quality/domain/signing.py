"""Who may sign what of a batch, and what a signature says; how one is made stands in the kernel."""

from collections.abc import Mapping
from enum import StrEnum


class Meaning(StrEnum):
    """What a signature says (21 CFR 11.50)."""

    DISPATCH_ASSESSED = "DISPATCH_ASSESSED"
    CERTIFIED_FOR_USE = "CERTIFIED_FOR_USE"
    CERTIFIED_FINAL = "CERTIFIED_FINAL"
    REJECTED = "REJECTED"
    SPECIFICATION_APPROVED = "SPECIFICATION_APPROVED"
    DEVIATION_CLOSED = "DEVIATION_CLOSED"


class Role(StrEnum):
    """In which function a person signs; the value is the scope of their token."""

    DESIGNATED_PERSON = "quality.designated_person"
    QUALIFIED_PERSON = "quality.qualified_person"
    QUALITY_ASSURANCE = "quality.assurance"


# Only a Qualified Person certifies (EU GMP Annex 16); no role implies another.
ROLES_OF: Mapping[str, tuple[Role, ...]] = {
    Meaning.DISPATCH_ASSESSED: (Role.DESIGNATED_PERSON, Role.QUALIFIED_PERSON),
    Meaning.CERTIFIED_FOR_USE: (Role.QUALIFIED_PERSON,),
    Meaning.CERTIFIED_FINAL: (Role.QUALIFIED_PERSON,),
    Meaning.REJECTED: (Role.QUALIFIED_PERSON, Role.DESIGNATED_PERSON),
    Meaning.SPECIFICATION_APPROVED: (Role.QUALITY_ASSURANCE,),
    Meaning.DEVIATION_CLOSED: (Role.QUALIFIED_PERSON,),
}
