"""From what a laboratory pushes to results: pure, whole or not at all, and the unknown stays unknown."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from adapters.json_body import pointer, read_json
from adapters.lims_generic import schema
from adapters.lims_generic.chromatogram import reports
from adapters.lims_generic.csv_file import read_table
from adapters.lims_generic.results import TIMES, fact, renamed
from adapters.manifest import Fact, Incoming, Refused, Translation
from adapters.mapping import Mapped

JSON, CSV, ALLOTROPE = "lims.results", "lims.csv", "lims.allotrope"

Places = Callable[[schema.Steps], str]


class LaboratoryReader:
    """Reads what one account pushes, by its settings and its mapping."""

    def __init__(self, given: Mapped) -> None:
        self.given = given

    def translate(self, incoming: Incoming) -> Translation:
        """Reads a message; one result that cannot be taken keeps back all, so that none is overlooked."""
        if incoming.webhook == ALLOTROPE:
            return self._chromatograms(incoming)
        return self._table(incoming) if incoming.webhook == CSV else self._results(incoming)

    def _results(self, incoming: Incoming) -> Translation:
        value = read_json(incoming.body)
        schema.check(value, "BODY_NOT_RESULTS", _pointer)
        results = value["results"]
        return Translation(self._facts(incoming, results, [each["state"] for each in results], _pointer))

    def _table(self, incoming: Incoming) -> Translation:
        mapping = self.given.mapping
        table = read_table(incoming.body, mapping.fields, lambda theirs: renamed(mapping, "state", theirs))
        schema.check({"results": table.results}, "ROW_NOT_VALID", table.place)
        facts = self._facts(incoming, table.results, table.states, table.place)
        unread = ", ".join(filter(None, table.unread))[:200]
        return Translation(facts, remark=f"columns that are not read: {unread}" if unread else "")

    def _facts(
        self, incoming: Incoming, results: list[dict[str, Any]], states: list[str], place: Places
    ) -> tuple[Fact, ...]:
        def one(index: int, said: Mapping[str, Any], state: str) -> Fact:
            places = {name: place(("results", index, name)) for name in TIMES if name in said}
            return fact(index, said, self.given, incoming.received_at, places, state)

        return tuple(_all(one, enumerate(zip(results, states, strict=True))))

    def _chromatograms(self, incoming: Incoming) -> Translation:
        return reports(read_json(incoming.body, Decimal), self.given, incoming.received_at)


def _pointer(steps: schema.Steps) -> str:
    return pointer(*steps)


def _all(one: Callable[[int, Mapping[str, Any], str], Fact], each: Iterable[tuple[int, Any]]) -> list[Fact]:
    """The fact of each result; a refusal that tells of all that cannot be one."""
    facts: list[Fact] = []
    refused: list[Refused] = []
    for index, (said, state) in each:
        try:
            facts.append(one(index, said, state))
        except Refused as refusal:
            refused.append(refusal)
    if refused:
        raise schema.together(refused)
    return facts
