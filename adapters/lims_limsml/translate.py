"""From the rows of a LIMS to results: pure, and the unknown stays unknown."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from doselane.lims.v1.lims_pb2 import Result

from adapters.content import digest
from adapters.facts import check_size, check_time, stamp_if_possible, time_warnings
from adapters.json_body import read_json
from adapters.lims_limsml.codes import NO_UNIT, STATUS, TEST, UNIT, State
from adapters.manifest import Fact, Incoming, Refused, Translation
from adapters.mapping import AccountMapping
from adapters.ports.lims import fact

RESULTS = "limsml.results"
COLUMNS_TOLD_MAX = 40


@dataclass(frozen=True, slots=True)
class LimsmlReader:
    """Reads the rows of GET_RESULTS, by the account's mapping. It knows no credential."""

    mapping: AccountMapping
    decimal_mark: str

    def translate(self, incoming: Incoming) -> Translation:
        """Of many rows one that cannot be read keeps back none of the others."""
        told = read_json(incoming.body)
        self._check_columns(told["columns"])
        facts: list[Fact] = []
        refused: dict[int, Refused] = {}
        rows = [{name: str(value).strip() for name, value in row.items()} for row in told["rows"]]
        results = Counter(filter(None, map(self._result_id, rows)))
        for index, row in enumerate(rows):
            try:
                if results[self._result_id(row)] > 1:
                    raise Refused("ID_REPEATED", "Several rows have this analysis and test; none can be told apart.")
                facts.append(self._fact(index, row, (told["sample"], told["number"]), incoming))
            except Refused as refusal:
                refused[index] = Refused(refusal.reason, refusal.detail, f"/rows/{index}{refusal.place}")
        if refused and not facts:
            raise next(iter(refused.values()))
        return Translation(tuple(facts), refused, proceeds=True)

    def _check_columns(self, columns: list[str]) -> None:
        """A column that the table lacks was mapped in vain; that a row lacks one says only that it is empty."""
        lacking = [theirs for theirs in self.mapping.fields.values() if theirs and theirs.lower() not in columns]
        if lacking:
            has = ", ".join(columns[:COLUMNS_TOLD_MAX]) or "none"
            words = f"the table of results has no column {', '.join(lacking)}; it has {has}"
            raise Refused("COLUMN_UNKNOWN", f"{words}. Mend the fields of the mapping.", "/columns")

    def _fact(self, index: int, row: Mapping[str, str], sample: tuple[str, str], incoming: Incoming) -> Fact:
        result, warnings = self._result(row, sample, incoming)
        check_size(result, result.result_id, "")
        content = digest({"sample": list(sample), "row": dict(row)})
        return fact(index, f"urn:doselane:limsml:sha-256:{content.hex()}", content, result, tuple(warnings))

    def _result(self, row: Mapping[str, str], sample: tuple[str, str], incoming: Incoming) -> tuple[Result, list[str]]:
        self._check(row)
        test, status = self._of(row, TEST), self._of(row, STATUS)
        state = self.mapping.ours(STATUS, status)
        warnings = [] if state else ["CODE_UNKNOWN"]
        replaced = self._of(row, "replaces")
        result = Result(
            result_id=self._result_id(row),
            sample_references=sample,
            test=self.mapping.ours(TEST, test) or "",
            test_code=test,
            state=State.Value(state) if state else State.STATE_UNSPECIFIED,
            state_code=status,
            value=self._of(row, "result"),
            decimal_mark=self.decimal_mark,
            replaces=f"{replaced}/{test}" if replaced else "",
            unit=self._of(row, UNIT),
            uncertainty=self._of(row, "uncertainty"),
            method=self._of(row, "method"),
            instrument=self._of(row, "instrument"),
        )
        warnings += [] if result.test else ["TEST_UNKNOWN"]
        warnings += self._replicate(row, result)
        warnings += self._times(row, result, incoming.received_at)
        return result, warnings

    def _check(self, row: Mapping[str, str]) -> None:
        test = self._of(row, TEST)
        if not self._result_id(row):
            raise Refused("ID_MISSING", "The row names no analysis, or no test.")
        if not self._of(row, "result"):
            return
        if not self._of(row, UNIT) and self.mapping.ours(UNIT, test) != NO_UNIT:
            raise Refused("UNIT_MISSING", f"The result of {test} has no unit, and its test has one.")
        if not self._of(row, "changed"):
            raise Refused("CHANGE_MISSING", "The row has a result and does not say by what a change of it is told.")

    def _result_id(self, row: Mapping[str, str]) -> str:
        analysis, test = self._of(row, "analysis"), self._of(row, TEST)
        return f"{analysis}/{test}" if analysis and test else ""

    def _replicate(self, row: Mapping[str, str], result: Result) -> Iterator[str]:
        written = self._of(row, "replicate")
        if written.isascii() and written.isdigit() and 0 < int(written[:10]) < 1 << 31 and len(written) <= 10:
            result.replicate = int(written)
        elif written:
            yield "FIELD_NOT_VALID"

    def _times(self, row: Mapping[str, str], result: Result, received_at: datetime) -> Iterator[str]:
        """A time counts only with its offset: how the server writes one, and in which zone, is nowhere confirmed."""
        for name, target in (("captured", "capture_time"), ("verified", "verify_time")):
            written = self._of(row, name)
            at = _instant(written)
            if at is not None:
                check_time(at, received_at, f"/{self.mapping.fields[name].lower()}")
                if stamped := stamp_if_possible(at):
                    getattr(result, target).CopyFrom(stamped)
                yield from time_warnings(at, received_at)
            elif written:
                yield "TIME_ZONE_UNKNOWN"

    def _of(self, row: Mapping[str, Any], ours: str) -> str:
        """The value of a column that is mapped, without the blanks around it; empty if it has none."""
        return row.get(self.mapping.fields.get(ours, "").lower(), "")


def _instant(written: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        return None
    return at if at.tzinfo else None
