"""From what a courier tells in our own words to milestones: pure; a wrong one keeps back none of the others."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from adapters.courier_generic import schema
from adapters.courier_generic.answers import ORDER_OF_REACTION, answered
from adapters.courier_generic.csv_file import MilestoneRow, MilestoneTable, read_table
from adapters.courier_generic.entry import ENTRY, entered
from adapters.courier_generic.milestones import fact
from adapters.json_body import pointer, read_json
from adapters.manifest import Fact, Incoming, Refused, Translation
from adapters.mapping import Mapped

JSON, CSV = "courier.milestones", "courier.csv"
REFUSALS_TOLD_MAX = 20

Said = tuple[Any, schema.Place]  # a milestone, and where its parts stand


class GenericReader:
    """Reads what one account's courier tells, by its settings and its mapping."""

    def __init__(self, given: Mapped) -> None:
        self.given = given

    def translate(self, incoming: Incoming) -> Translation:
        """Reads a message; Refused if nothing of it can be taken."""
        if incoming.webhook == CSV:
            return self._table(incoming)
        if incoming.webhook == ENTRY:
            return entered(incoming)
        if incoming.webhook in ORDER_OF_REACTION:
            return answered(incoming)
        told = schema.milestones_in(read_json(incoming.body))
        said = ((each, _at("milestones", index)) for index, each in enumerate(told))
        return self._translation(said, "MILESTONE_NOT_VALID", incoming)

    def _table(self, incoming: Incoming) -> Translation:
        mapping = self.given.mapping
        table = read_table(incoming.body, mapping.fields, lambda theirs: mapping.ours("kind", theirs) or theirs)
        unread = ", ".join(filter(None, table.unread))[:200]
        remark = f"columns that are not read: {unread}" if unread else ""
        return self._translation(_rows(table), "ROW_NOT_VALID", incoming, remark)

    def _translation(
        self, said: Iterable[Said | Refused], reason: str, incoming: Incoming, remark: str = ""
    ) -> Translation:
        facts: list[Fact] = []
        refused: dict[int, Refused] = {}
        for index, each in enumerate(said):
            try:
                if isinstance(each, Refused):
                    raise each
                milestone, place = each
                schema.check(milestone, reason, place)
                facts.append(fact(index, milestone, self.given, incoming.received_at, place))
            except Refused as refusal:
                refused[index] = refusal
        if refused and not facts:
            raise schema.together(list(refused.values()))
        told = [remark, *(refusal.words for refusal in list(refused.values())[:REFUSALS_TOLD_MAX])]
        return Translation(tuple(facts), refused, "; ".join(filter(None, told)), proceeds=True)


def _rows(table: MilestoneTable) -> Iterator[Said | Refused]:
    for row in table.rows:
        yield row.refused or (row.said, _in_row(table, row))


def _in_row(table: MilestoneTable, row: MilestoneRow) -> Callable[[schema.Steps], str]:
    return lambda steps: table.place(row.line, steps)


def _at(*above: str | int) -> Callable[[schema.Steps], str]:
    return lambda steps: pointer(*above, *steps)
