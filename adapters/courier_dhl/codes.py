"""What happened, of DHL's unified word and the division's code together. The unknown stays unknown."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from adapters.courier_dhl.divisions import DIVISIONS, Kind

# The only words that all divisions share. "transit" is no more than that: it left where it was.
KIND_OF_WORD: Mapping[str, Kind] = {
    "pre-transit": Kind.BOOKED,
    "transit": Kind.DEPARTED,
    "delivered": Kind.DELIVERED,
    "failure": Kind.EXCEPTION,
}
# Of the list too, and it says by itself that nobody knows.
UNKNOWN = "unknown"


# Express writes "transit", or no word at all, on each of its events, and no code; but these are the beginnings of the
# words that its own examples and answers have beside the codes. A delivery is never believed of words.
_CODE_OF_EXPRESS_WORDS: Mapping[str, str] = {
    "shipment picked up": "PU",
    "arrived at dhl sort facility": "AF",
    "processed at ": "PL",
    "shipment has departed from a dhl facility": "DF",
    "customs clearance status updated": "RR",
    "clearance processing complete at ": "CR",
    "arrived at dhl delivery facility": "AR",
    "shipment is out with courier for delivery": "WC",
    "shipment is on hold": "OH",
}


@dataclass(frozen=True, slots=True)
class DhlHappening:
    """What happened, and the code that says so."""

    kind: Kind
    code: str
    code_unknown: bool = False  # there is a code that no list has; the word may say something all the same
    contradictory: bool = False  # one of word and code says that it was delivered, the other that it was not
    from_words: bool = False


def happened(service: str, word: str, *details: str, words: str = "") -> DhlHappening:
    """`word` is `statusCode`; `details` are the fields in which a division may write its own code, or words.

    `words` are those for people; Express' are out of a list.
    """
    plain = one_spelling(word)
    by_word = KIND_OF_WORD.get(plain, Kind.KIND_UNSPECIFIED)
    code = division_code(service, *details)
    if not code and service == "express" and plain in ("", "transit") and (meant := _express_code(words)):
        return DhlHappening(DIVISIONS[service].kinds[meant], plain, code_unknown=not plain, from_words=True)
    if not code:
        return DhlHappening(by_word, plain if by_word else word.strip(), code_unknown=not by_word)
    by_code = DIVISIONS[service].kinds.get(code, Kind.KIND_UNSPECIFIED)
    if by_code == Kind.DELIVERED and plain not in ("", UNKNOWN, "delivered"):
        return DhlHappening(Kind.KIND_UNSPECIFIED, code, code_unknown=True, contradictory=True)
    if by_code:
        return DhlHappening(by_code, code)
    # "transit" holds for each step on the way, so it does not tell which one the code means.
    definite = by_word if plain != "transit" else Kind.KIND_UNSPECIFIED
    return DhlHappening(definite, plain if definite else code, code_unknown=True)


def _express_code(words: str) -> str:
    plain = " ".join(words.split()).casefold() + " "
    return next((code for start, code in _CODE_OF_EXPRESS_WORDS.items() if plain.startswith(start)), "")


def one_spelling(word: str) -> str:
    """The unified word as answers write it; what is pushed may write Pre-Transit."""
    return re.sub(r"[\s_]+", "-", word.strip().casefold())


def division_code(service: str, *details: str) -> str:
    """The first text that has the form of a code of this division; whatever else is words."""
    division = DIVISIONS.get(service)
    if division is None:
        return ""
    return next((each.strip() for each in details if division.form.fullmatch(each.strip())), "")
