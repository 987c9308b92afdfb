"""What SENAITE's states and operands mean. A state that is in no table stays unknown."""

from collections.abc import Mapping

from doselane.lims.v1.lims_pb2 import Result

State = Result.State

# senaite_analysis_workflow; in `received` older releases had what is open on the copy of an invalidated sample.
STATE_OF_ANALYSIS: Mapping[str, "Result.State"] = {
    "registered": State.PENDING,
    "unassigned": State.PENDING,
    "assigned": State.PENDING,
    "received": State.PENDING,
    "to_be_verified": State.PRELIMINARY,
    "verified": State.VERIFIED,
    "published": State.VERIFIED,
    "retracted": State.RETRACTED,
    "rejected": State.REJECTED,
    "cancelled": State.REJECTED,
}
# senaite_sample_workflow: the states in which the sample's word stands above that of its analyses, for good.
STATE_OF_SAMPLE: Mapping[str, "Result.State"] = {"invalid": State.INVALIDATED, "rejected": State.REJECTED}
# The other states of a sample: in them each analysis speaks for itself.
ANALYSES_SPEAK = frozenset(
    {
        "sample_registered", "to_be_sampled", "scheduled_sampling", "sample_due", "to_be_preserved", "sample_received",
        "to_be_verified", "verified", "published", "dispatched", "cancelled",
    }
)  # fmt: skip
# With these an analysis shows a value; with any other it shows none, as what stands there may be an old one.
SHOWS_VALUE = frozenset({State.PRELIMINARY, State.VERIFIED, State.RETRACTED})
OPERANDS = frozenset({"<", ">"})
# A formula that failed, and a division by zero: told as they stand, as they are neither a number nor an option.
NO_RESULT = frozenset({"NA", "0/0"})
# Values of `ResultType` whose results are what somebody wrote; those with options are known by their options.
TYPES_OF_TEXT = frozenset({"string", "text", "date", "datetime"})
