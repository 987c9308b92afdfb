"""Tables: the words of our schema, the columns of a CSV file, and the words of Allotrope that decide."""

from doselane.lims.v1.lims_pb2 import Result

STATE_OF_WORD = {
    "pending": Result.PENDING,
    "preliminary": Result.PRELIMINARY,
    "verified": Result.VERIFIED,
    "retracted": Result.RETRACTED,
    "rejected": Result.REJECTED,
    "invalidated": Result.INVALIDATED,
}

# The columns of a CSV file: the fields of our schema, but for `samples`, which are two columns.
SAMPLE_COLUMNS = ("sample", "laboratory_sample")
COLUMNS = (
    "result_id", *SAMPLE_COLUMNS, "test", "replicate", "state", "value", "unit", "uncertainty", "method", "instrument",
    "captured_at", "verified_at", "changed_at", "replaces",
)  # fmt: skip
COLUMNS_NEEDED = ("result_id", "sample", "test", "state", "value", "changed_at")

# The only edition of the model that is read; others nest and name otherwise.
MANIFEST = "http://purl.allotrope.org/manifests/liquid-chromatography/BENCHLING/2023/09/liquid-chromatography.manifest"
RADIO, IGNORED = "radio", "ignored"
CHANNEL_WORDS = frozenset({RADIO, IGNORED})
# What an injection that says its role, or its type, must say to be of a sample. All other words are of something else.
SAMPLE_ROLES = frozenset({"sample role", "unknown sample role"})
SAMPLE_TYPES = frozenset({"unknown", "sample"})
# Words in the name of an injection that is of no sample, unless the account's options list others.
NOT_SAMPLES = ("blank", "standard", "std", "sst", "suitability", "equilibration", "calibration")
# What converters write where nothing was entered.
NO_NAME = frozenset({"", "n/a", "na", "none", "unknown"})
