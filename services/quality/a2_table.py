"""The A2 values that declarations are drafted by: data of an edition, entered by a person, read at start."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from services.network.a2 import NO_TABLE, A2Edition, Emission


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    edition: str
    not_for_use: bool = False
    a2_tbq: Mapping[str, Decimal]
    default_a2_tbq: Mapping[Emission, Decimal] = NO_TABLE.default_a2_tbq


def a2_edition(path: str) -> A2Edition:
    """The table in a file; without one, the default rows alone. ValueError says all that is wrong with a file."""
    if not path:
        return NO_TABLE
    # As texts, so that no digit goes through binary.
    table = _Table.model_validate(yaml.load(Path(path).read_text("utf-8"), Loader=yaml.BaseLoader))
    return A2Edition(table.edition, table.a2_tbq, table.default_a2_tbq, table.not_for_use)
