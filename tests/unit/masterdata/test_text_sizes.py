"""How long a text of master data may be, read and written: a text on the bound is taken, a byte more is refused."""

import pytest

from services.kernel.errors import Invalid
from services.kernel.rpc.server import MESSAGE_BYTES_MAX
from services.masterdata.documents import yaml_in, yaml_out
from services.masterdata.domain.refusals import ExportTooLarge


def test_a_text_of_four_mebibytes_is_read_and_a_byte_more_is_not() -> None:
    assert yaml_in.TEXT_BYTES_MAX == 4 << 20
    text = "sites: []\n#"
    on_the_bound = text + "\N{LATIN SMALL LETTER E WITH ACUTE}" * ((yaml_in.TEXT_BYTES_MAX - len(text)) // 2)
    on_the_bound += "e" * (yaml_in.TEXT_BYTES_MAX - len(on_the_bound.encode()))
    assert yaml_in.read(on_the_bound).entries == ()
    with pytest.raises(Invalid) as refusal:
        yaml_in.read(on_the_bound + "e")
    assert (refusal.value.facts["field"], refusal.value.facts["bytes_max"]) == ("yaml", "4194304")


def test_an_export_that_is_one_byte_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    length = len(yaml_out.written({}, None).encode())
    monkeypatch.setattr(yaml_out, "TEXT_BYTES_MAX", length)
    assert yaml_out.written({}, None)
    monkeypatch.setattr(yaml_out, "TEXT_BYTES_MAX", length - 1)
    with pytest.raises(ExportTooLarge) as refusal:
        yaml_out.written({}, None)
    assert refusal.value.facts["bytes_max"] == str(length - 1)


def test_the_longest_export_and_what_stands_around_it_fit_into_an_answer() -> None:
    assert yaml_out.TEXT_BYTES_MAX == MESSAGE_BYTES_MAX - (64 << 10)
