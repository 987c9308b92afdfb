"""What an account maps: names of columns, and words. LIMSML leaves all of them to the site."""

from doselane.lims.v1.lims_pb2 import Result

from adapters.mapping import MappingShape

State = Result.State

TEST, STATUS, UNIT = "test", "status", "unit"
NO_UNIT = "NONE"

# Our name, and the column of the table that GET_RESULTS gives. `name` and `result` are the two that every source knows;
# None: the account must say; empty: the site may have none.
COLUMNS: dict[str, str | None] = {
    TEST: "name",
    "result": "result",
    "analysis": None,  # the laboratory's number of the analysis; with the test it names one result
    UNIT: None,
    STATUS: None,
    "changed": None,  # differs after each change, such as an instant or a version
    "replicate": "",
    "replaces": "",  # the number of the analysis that this one repeats
    "method": "",
    "instrument": "",
    "uncertainty": "",
    "captured": "",
    "verified": "",
}

SHAPE = MappingShape(
    fields=COLUMNS,
    tables={
        TEST: None,  # their test: ours
        STATUS: frozenset(State.keys()) - {"STATE_UNSPECIFIED"},
        UNIT: frozenset({NO_UNIT}),  # their test: NONE, if it has no unit; every other has one
    },
)
