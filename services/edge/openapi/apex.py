"""Names as Salesforce External Services makes Apex of them: what is a word of Apex, or no name there, is respelled.

Source: Salesforce Help, External Services, "Apex Reserved Keywords", and the Apex Developer Guide, "Reserved Keywords".
"""

from typing import Final

RESERVED: Final = frozenset(
    (
        "abstract activate and any array as asc autonomous begin bigdecimal blob boolean break bulk by byte case cast "
        "catch char class collect commit const continue currency date datetime decimal default delete desc do double "
        "else end enum exception exit export extends false final finally float for from global goto group having hint "
        "if implements import in inner insert instanceof int integer interface into join like limit list long loop "
        "map merge new not null nulls number object of on or outer override package parallel pragma private protected "
        "public retrieve return rollback select set short sobject sort static string super switch synchronized system "
        "testmethod then this throw time transaction trigger true try type undelete update upsert using virtual void "
        "webservice when where while"
    ).split()
)


def is_reserved(name: str) -> bool:
    """Whether a name is a word of Apex, which knows no case."""
    return name.lower() in RESERVED


def unreserved(name: str) -> str:
    """A schema's name, which must be none: Package is PackageValue."""
    return f"{name}Value" if is_reserved(name) else name
