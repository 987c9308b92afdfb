"""What the business steps and dispositions of the Core Business Vocabulary 2.0 mean in our milestones."""

import re
from collections.abc import Mapping

from doselane.courier.v1.courier_pb2 import Milestone

Kind = Milestone.Kind

# The vocabularies' own words, and GS1's URIs and CURIEs of them, name the same thing.
_OF_GS1 = re.compile(
    r"(?:https?://(?:ref|ns)\.gs1\.org/cbv/|cbv:)(?:BizStep|Disp|BTT|SDT|ER|Comp)-([a-z_]+)"
    r"|(?:https?://(?:www\.|ref\.)?gs1\.org/voc/|gs1:)([A-Za-z_]+)"
    r"|urn:epcglobal:cbv:(?:bizstep|disp|btt|sdt|er):([a-z_]+)"
)

# CBV has no words for these. Who has none of his own may use ours.
OWN_STEPS = "https://doselane.io/epcis/BizStep-"

_STEPS_OF_KIND: Mapping[Kind, str] = {
    # `consigning` is shipping with the hand-over to the carrier, which is what it adds.
    Kind.COLLECTED: "collecting accepting consigning",
    Kind.DEPARTED: "departing shipping transporting",
    Kind.ARRIVED: "arriving unloading",
    Kind.DELIVERED: "receiving",
    # Set apart for further review, says CBV: the object does not move until somebody decides.
    Kind.EXCEPTION: "holding destroying",
    Kind.CANCELLED: "void_shipping",
    # Work on or around the goods that says nothing of where the shipment stands.
    Kind.OBSERVED: """assembling commissioning creating_class_instance cycle_counting decommissioning disassembling
        dispensing encoding entering_exiting inspecting installing killing loading packing picking removing repackaging
        repairing replacing reserving retail_selling sampling sensor_reporting staging_outbound stock_taking stocking
        storing unpacking""",
    # `other` is known and says nothing: it stays unspecified and is reported like an unknown code.
}
KIND_OF_STEP: Mapping[str, Kind] = {step: kind for kind, steps in _STEPS_OF_KIND.items() for step in steps.split()} | {
    OWN_STEPS + name.lower(): kind for name, kind in Kind.items() if kind
}

# These outweigh the step: a dose that was received damaged is first of all damaged.
KIND_OF_DISPOSITION: Mapping[str, Kind] = {
    "returned": Kind.RETURNED,
    **dict.fromkeys(
        """damaged destroyed disposed expired mismatch_class mismatch_instance mismatch_quantity needs_replacement
        no_pedigree_match non_conformant recalled stolen""".split(),
        Kind.EXCEPTION,
    ),
}

# Steps at which the objects change hands; whether it was the receiver's hands, only the place can tell.
CHANGES_OF_HANDS = frozenset({"accepting", "receiving"})


def bare(code: str) -> str:
    """The bare word behind a GS1 URI or CURIE; any other code as it is."""
    found = _OF_GS1.fullmatch(code)
    return (found[1] or found[2] or found[3]) if found else code
