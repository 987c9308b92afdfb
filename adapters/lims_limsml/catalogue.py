"""The site's catalogue of actions, compared with what we need: it differs from site to site, so it is asked for."""

from collections.abc import Iterator, Mapping

from adapters.lims_limsml.answers import LimsmlAnswer
from adapters.lims_limsml.request import LimsmlEntity, LimsmlTransaction
from adapters.lims_limsml.settings import Settings

ACTIONS, PARAMETERS = "limsml_entity_action", "limsml_entity_param"
PAGE_ROWS = 1000
FIND, GET_RESULTS, SAMPLE = "FIND", "GET_RESULTS", "SAMPLE"
_GENERIC = "generic"
_YES = frozenset({"true", "1"})


def find(table: str, parameters: Mapping[str, str], fields: Mapping[str, str]) -> LimsmlTransaction:
    """FIND on a table."""
    entity = LimsmlEntity(table, FIND, {"PAGESIZE": str(PAGE_ROWS), **parameters}, fields)
    return LimsmlTransaction(entity)


QUESTIONS = (find(ACTIONS, {}, {}), find(PARAMETERS, {}, {}))


def missing(answer: LimsmlAnswer, settings: Settings) -> list[str]:
    """What we need and the site does not offer, in words."""
    tables = [part.tables for part in answer.parts]
    for at, table in enumerate((ACTIONS, PARAMETERS)):
        if at >= len(tables) or table not in tables[at]:
            return [f"the table {table}"]
    offered, wanted = tables[0][ACTIONS].rows, tables[1][PARAMETERS].rows
    found = list(_missing(list(map(_lowered, offered)), list(map(_lowered, wanted)), settings))
    if found and max(len(offered), len(wanted)) >= PAGE_ROWS:
        found.append(f"or it stands beyond the first {PAGE_ROWS} rows of the catalogue")
    return found


def _lowered(row: Mapping[str, str]) -> dict[str, str]:
    return {name: value.strip().lower() for name, value in row.items()}


def _missing(offered: list[dict[str, str]], wanted: list[dict[str, str]], settings: Settings) -> Iterator[str]:
    log_in, search = settings.log_in, settings.find
    needed = (
        (FIND, search.table, {"PAGESIZE", search.parameter}, "data"),
        (GET_RESULTS, SAMPLE, {"SAMPLE_ID"}, "data"),
        (log_in.action, log_in.entity, set(log_in.parameters), log_in.response_type),
    )
    for action, entity, given, response in needed:
        action_row = _of(offered, action, entity)
        if action_row is None:
            yield f"the action {action.upper()} of {entity.upper()}"
            continue
        if (told := action_row.get("return_type", "")) not in ("", response):
            yield f"the action {action.upper()} of {entity.upper()} with the answer {response} (it gives {told})"
        names = {name.lower() for name in given}
        for row in wanted:
            mine = all(row.get(name) == action_row.get(name) for name in ("entity", "action"))
            if mine and row.get("is_mandatory") in _YES and row.get("parameter") not in names:
                yield f"a value for the parameter {row.get('parameter', '').upper()} of {action.upper()}"


def _of(offered: list[dict[str, str]], action: str, entity: str) -> dict[str, str] | None:
    """The action as this entity has it: its own wins over the generic one."""
    for owner in (entity.lower(), _GENERIC):
        for row in offered:
            if row.get("action") == action.lower() and row.get("entity") == owner:
                return row
    return None
