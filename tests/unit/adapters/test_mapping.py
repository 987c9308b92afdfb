"""What differs between two installations of one system stands in a mapping, which is judged before it is used."""

import base64
import json
import logging
import pickle
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.struct_pb2 import Struct

from adapters.content import digest
from adapters.host import dry_run
from adapters.host.dry_run import __main__ as command
from adapters.host.mappings import MappingNotValid, against, mapping_file, mapping_of, placed
from adapters.host.reaching import compare_mapping
from adapters.host.settings import accounts
from adapters.host.values import Account
from adapters.json_body import read_json
from adapters.manifest import Adapter, Fact, Incoming, Refused, Translation
from adapters.mapping import Mapped, MappingShape, VendorMetadata
from adapters.outbound import Away, Declined, Outgoing, Reaction
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.settings import SettingsError
from tests.support import lims
from tests.support.couriers import NOW, ups
from tests.support.tokens import Issuer

SHAPE = MappingShape(
    fields={"id": "id", "sample": None, "test": "test", "unit": "unit"},
    tables={"test": frozenset({"endotoxin", "sterility"}), "unit": frozenset({"EU_PER_ML", "MBQ"}), "site": None},
    constants=frozenset({"client"}),
)
GOOD = """\
version: 4
fields:
  sample: getSampleID
  test: Keyword
tables:
  test: {GMP-ENDO: endotoxin, LAL: endotoxin, STER: sterility}
  unit:
    EU/mL: EU_PER_ML
    "1": MBQ
constants:
  client: DOSELANE
"""


@dataclass(frozen=True)
class MappedReader:
    """Reads `{"results": [...]}` of a LIMS whose fields and words an account maps."""

    given: Mapped

    def translate(self, incoming: Incoming) -> Translation:
        results = read_json(incoming.body)["results"]
        return Translation(tuple(self._fact(index, each) for index, each in enumerate(results)))

    def _fact(self, index: int, theirs: Mapping[str, Any]) -> Fact:
        result, mapping = self.given.mapping.renamed(theirs), self.given.mapping
        if "sample" not in result:
            raise Refused("SAMPLE_MISSING", "A result names its sample.", f"/results/{index}")
        test, unit = mapping.ours("test", result["test"]), mapping.ours("unit", result["unit"])
        said = Struct()
        said.update({name: value for name, value in (("test", test), ("unit", unit)) if value})
        warnings = () if test and unit else ("CODE_UNKNOWN",)
        return Fact(index, result["id"], digest(result), said, result["id"], test or "", result["test"],
                    (result["sample"],), warnings)  # fmt: skip


def _made(event: Event, partner: str) -> Iterator[Outgoing]:
    said = Struct.FromString(event.data)
    yield Outgoing(said["sample"], said["test"].encode(), event.time + timedelta(days=1))


def _written(given: Mapped, outgoing: Outgoing) -> bytes:
    mapping = given.mapping
    keyword = mapping.theirs("test", outgoing.body.decode())
    body = {mapping.fields["sample"]: outgoing.subject, mapping.fields["test"]: keyword, **mapping.constants}
    return json.dumps(body, sort_keys=True).encode()


async def _send(connection: Any, outgoing: Outgoing) -> str:
    raise AssertionError("nothing is sent in a dry run")


ADAPTER: Adapter = replace(
    lims.ADAPTER,
    build=MappedReader,
    mapping=SHAPE,
    reactions=(Reaction("lims.register", lims.REGISTERED, _made, _send, written=_written),),
)


def known(tmp_path: Path, text: str | None = GOOD, **changes: Any) -> Mapping[str, Account]:
    """The accounts of a host with one laboratory, whose mapping is this."""
    path = tmp_path / "lab.yaml"
    path.write_text(text or "")
    auth = {"type": "header_key", "header": "x-api-key", "secrets": ["k" * 20]}
    described = {"partner": "partners/lab", "adapter": "lims_tiny", "auth": auth, "mapping": str(path), **changes}
    if text is None:
        del described["mapping"]
    return accounts(json.dumps({"lab": described}), {"lims_tiny": ADAPTER}, Issuer().verifier())


def dry(tmp_path: Path, *argv: str, text: str = GOOD) -> tuple[int, dict[str, Any]]:
    return dry_run.run(["lab", *argv], known(tmp_path, text))


def a_file(tmp_path: Path, said: Any) -> str:
    path = tmp_path / "said.json"
    path.write_text(json.dumps(said))
    return str(path)


def a_result(**changes: str) -> dict[str, str]:
    return {"id": "r1", "getSampleID": "s1", "Keyword": "LAL", "unit": "EU/mL", **changes}


def test_a_dry_run_shows_how_a_message_would_be_read(tmp_path: Path) -> None:
    message = a_file(tmp_path, {"results": [a_result(), a_result(id="r2", unit="furlong")]})
    code, told = dry(tmp_path, "--message", message, "--source", "lims.push")
    assert (code, told["mapping"].partition("+")[0], told["source"]) == (0, "4", "lims.push")
    first, second = told["facts"]
    assert (first["said"], first["references"]) == ({"test": "endotoxin", "unit": "EU_PER_ML"}, ["s1"])
    assert (second["said"], second["warnings"]) == ({"test": "endotoxin"}, ["CODE_UNKNOWN"])


def test_a_dry_run_of_what_is_refused_says_where_and_ends_with_one(tmp_path: Path) -> None:
    message = a_file(tmp_path, {"results": [{"id": "r1"}]})
    code, told = dry(tmp_path, "--message", message)
    assert (code, told["refused"]["reason"], told["refused"]["place"]) == (1, "SAMPLE_MISSING", "/results/0")
    code, told = dry(tmp_path, "--message", message, "--source", "fax")
    assert (code, "lims.results" in told["problems"][0]) == (1, True)


def cloud_event() -> dict[str, str]:
    said = Struct()
    said.update({"sample": "s7", "test": "endotoxin"})
    data = base64.b64encode(said.SerializeToString()).decode()
    return {"id": str(uuid7()), "type": lims.REGISTERED, "time": NOW.isoformat(), "data_base64": data}


def test_a_dry_run_shows_what_would_be_sent_and_sends_nothing(tmp_path: Path) -> None:
    code, told = dry(tmp_path, "--event", a_file(tmp_path, cloud_event()))
    (delivery,) = told["deliveries"]
    # Of two of their words for one of ours the first is sent.
    assert json.loads(delivery["body"]) == {"Keyword": "GMP-ENDO", "client": "DOSELANE", "getSampleID": "s7"}
    assert (code, delivery["reaction"], delivery["subject"]) == (0, "lims.register", "s7")
    code, told = dry(tmp_path, "--event", a_file(tmp_path, {**cloud_event(), "type": "another"}))
    assert (code, told["deliveries"]) == (0, [])
    code, told = dry(tmp_path, "--event", a_file(tmp_path, {"id": str(uuid7())}))
    assert (code, told["problems"][0][:12]) == (1, "a CloudEvent")


def test_a_dry_run_names_the_accounts_there_are(tmp_path: Path) -> None:
    code, told = dry_run.run(["lob", "--metadata"], known(tmp_path))
    assert (code, told) == (1, {"problems": ["there is no account 'lob'; there are lab"]})


def test_the_command_reads_the_variables_of_the_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    auth = {"type": "header_key", "header": "credential", "secrets": ["k" * 20]}
    account = {"partner": "partners/swift", "adapter": "courier_ups", "auth": auth}
    monkeypatch.setenv("DOSELANE_EXCHANGE_ACCOUNTS", json.dumps({"swift-ups": account}))
    monkeypatch.setenv("DOSELANE_TOKEN_ISSUER", "https://issuer.example")
    monkeypatch.setenv("DOSELANE_JWKS", json.dumps(Issuer().jwks))
    monkeypatch.setattr("sys.argv", ["dry_run", "swift-ups", "--message", a_file(tmp_path, ups())])
    with pytest.raises(SystemExit) as ended:
        command.main()
    told = json.loads(capsys.readouterr().out)
    assert (ended.value.code, told["facts"][0]["kind"], "+" in told["mapping"]) == (0, "OUT_FOR_DELIVERY", False)


def test_a_reader_with_a_mapping_can_be_passed_to_another_process(tmp_path: Path) -> None:
    reader = known(tmp_path)["lab"].reader
    assert pickle.loads(pickle.dumps(reader)) == reader


WRONG = [
    ("1: version is missing; count it up", GOOD.replace("version: 4\n", "")),
    ("1: fields.sample is missing; say what the other side", GOOD.replace("  sample: getSampleID\n", "")),
    ("1: constants.client is missing", GOOD.replace("constants:\n  client: DOSELANE\n", "")),
    ("4: fields.tset: the adapter has none of this name; it has id, sample, test, unit",
     GOOD.replace("test: K", "tset: K")),
    ("3: fields.sample: write a text", GOOD.replace("getSampleID", "''")),
    ("6: tables.test.LAL: 'endotxin' is no word of ours; write one of endotoxin, sterility",
     GOOD.replace("LAL: endotoxin", "LAL: endotxin")),
    ("8: tables.units: the adapter has no such table; it has site, test, unit", GOOD.replace("  unit:", "  units:")),
    ("8: tables.unit.EU/mL: write one of our words", GOOD.replace("EU/mL: EU_PER_ML", "EU/mL: [a]")),
    ("11: there is no key 'konstants'", GOOD.replace("constants", "konstants")),
    ("2: fields must be an object", GOOD.replace("fields:\n  sample: getSampleID\n  test: Keyword\n", "fields: all\n")),
    ("5: tables must be an object", GOOD[: GOOD.index("tables")] + "tables: [a]\n"),
    ("5: yaml cannot be read: 'sample' is there twice", GOOD.replace("tables", "  sample: x\ntables")),
    ("1: yaml cannot be read: it is empty", ""),
    ("1: a mapping has the keys version", "[]"),
    ("3: yaml cannot be read: anchors", GOOD.replace("getSampleID", "&a getSampleID")),
]  # fmt: skip


@pytest.mark.parametrize(("words", "text"), WRONG, ids=range(len(WRONG)))
def test_a_mapping_that_cannot_be_used_is_refused_with_its_line_and_what_to_do(words: str, text: str) -> None:
    with pytest.raises(MappingNotValid) as refused:
        mapping_of("lab.yaml", text, SHAPE)
    assert f"lab.yaml:{words}" in str(refused.value)


def test_all_that_is_wrong_with_a_mapping_is_said_at_once_when_the_host_starts(tmp_path: Path) -> None:
    text = GOOD.replace("test: K", "tset: K").replace("version: 4\n", "").replace("EU_PER_ML", "EU")
    with pytest.raises(SettingsError) as refused:
        known(tmp_path, text)
    for words in ("lab.yaml:1: version", "lab.yaml:3: fields.tset", "lab.yaml:7: tables.unit.EU/mL"):
        assert words in str(refused.value)


def test_a_mapping_that_is_not_there_too_large_or_not_wanted_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MappingNotValid, match="cannot be read"):
        mapping_file(str(tmp_path / "none.yaml"), SHAPE)
    large = tmp_path / "large.yaml"
    large.write_text(GOOD + "#" * (1 << 20))
    with pytest.raises(MappingNotValid, match="larger than"):
        mapping_file(str(large), SHAPE)
    with pytest.raises(SettingsError, match="needs no mapping"):
        accounts(json.dumps({"lab": {"partner": "partners/lab", "adapter": "lims_tiny", "mapping": "x"}}),
                 {"lims_tiny": lims.ADAPTER}, Issuer().verifier())  # fmt: skip
    with pytest.raises(SettingsError, match=r"fields\.sample is missing"):
        known(tmp_path, None)
    with pytest.raises(SettingsError, match="path of a YAML file"):
        known(tmp_path, mapping=7)


THEIRS = VendorMetadata(frozenset({"id", "getSampleID", "Keyword", "unit"}),
                        {"test": frozenset({"GMP-ENDO", "STER"}), "unit": frozenset({"EU/mL", "1"})})  # fmt: skip


def test_a_mapping_is_compared_with_what_the_other_side_has() -> None:
    found = mapping_of("lab.yaml", GOOD, SHAPE)
    assert against(found, replace(THEIRS, tables={})) == []
    assert against(found, VendorMetadata()) == []
    fewer = replace(THEIRS, fields=frozenset({"id", "Keyword", "unit"}))
    assert against(found, fewer) == [
        "lab.yaml:3: fields.sample: the other side has no field 'getSampleID'; it has Keyword, id, unit",
        "lab.yaml:6: tables.test: the other side has no 'LAL'; it has GMP-ENDO, STER",
    ]


async def test_the_host_says_at_its_start_where_a_mapping_does_not_fit(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.host.reaching.ASK_FIRST_S", 0.0)
    answers: list[VendorMetadata | Exception] = [Away("down"), THEIRS, Declined("not for you")]

    async def ask(connection: Any) -> VendorMetadata:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    account = replace(known(tmp_path)["lab"], adapter=replace(ADAPTER, metadata=ask))
    with caplog.at_level(logging.ERROR):
        await compare_mapping(account, None)
        await compare_mapping(account, None)
    assert "lab.yaml:6: tables.test: the other side has no 'LAL'" in caplog.text
    assert "does not say what it has: not for you" in caplog.text


KINDS = MappingShape(fields={"order.id": None, "order.note": "Note", "order.site": "Site", "dose.id": "Note"})


def test_a_field_may_be_left_out_and_then_is_neither_read_nor_sent() -> None:
    mapping = mapping_of("m", "version: 1\nfields: {order.id: Ref, order.note: ~, order.site: null}", KINDS).mapping
    assert mapping.fields == {"order.id": "Ref", "dose.id": "Note"}
    assert mapping.of_kind("order") == {"id": "Ref"}
    assert mapping.of_kind("dose") == {"id": "Note"}
    with pytest.raises(MappingNotValid, match=r"m:2: fields.order.id: write a text$"):
        mapping_of("m", "version: 1\nfields: {order.id: null}", KINDS)
    with pytest.raises(MappingNotValid, match=r"m:3: fields.order.note: write a text, or null to leave it out"):
        mapping_of("m", 'version: 1\nfields:\n  order.note: ""\n  order.id: Ref', KINDS)


def test_a_text_that_reads_null_is_a_text_where_it_is_quoted() -> None:
    mapping = mapping_of("m", 'version: 1\nfields: {order.id: Ref, order.note: "null"}', KINDS).mapping
    assert mapping.fields["order.note"] == "null"


@pytest.mark.parametrize(
    ("fields", "line", "words"),
    [
        ("order.id: Site", 3, "fields.order.id: 'Site' is order.site already"),
        ("order.id: Ref\n  order.note: Ref", 4, "fields.order.note: 'Ref' is order.id already"),
        ("order.id: Ref__c\n  order.note: ref__C", 4, "fields.order.note: 'ref__C' is order.id already"),
        ("order.id: Ref\n  order.note: Site", 4, "fields.order.note: 'Site' is order.site already"),
    ],
)
def test_no_two_fields_of_one_kind_are_one_of_theirs(fields: str, line: int, words: str) -> None:
    with pytest.raises(MappingNotValid) as raised:
        mapping_of("m", f"version: 1\nfields:\n  {fields}", KINDS)
    assert str(raised.value).startswith(f"m:{line}: {words}; of each field of theirs")
    apart = "version: 1\nfields: {order.id: Ref, order.note: ~, order.site: Note, dose.id: Ref}"
    assert mapping_of("m", apart, KINDS).mapping.fields == {"order.id": "Ref", "order.site": "Note", "dose.id": "Ref"}


@pytest.mark.parametrize("name", ['"Ref "', '" Ref"', '"Re\\u200bf"', '"Ref\\n"'])
def test_a_name_with_what_nobody_sees_is_no_name(name: str) -> None:
    with pytest.raises(MappingNotValid, match=r"m:3: fields.order.id: .* has blanks around it, or what nobody can see"):
        mapping_of("m", f"version: 1\nfields:\n  order.id: {name}", KINDS)


def test_a_word_without_a_line_is_told_with_the_line_on_which_its_table_begins() -> None:
    found = mapping_of("lab.yaml", GOOD, SHAPE)
    no = Refused("WORD_UNKNOWN", "unit is 'KG'; write a line for it into tables.unit.", "/unit", status=422)
    told = placed(found, no)
    assert (told.reason, told.place, told.status) == ("WORD_UNKNOWN", "/unit", 422)
    assert told.detail == "unit is 'KG'; write a line for it into tables.unit (lab.yaml:8)."
    without = placed(mapping_of("lab.yaml", GOOD[: GOOD.index("  unit:")] + GOOD[GOOD.index("constants") :], SHAPE), no)
    assert "(lab.yaml:6)" in without.detail  # where the first table begins
    other = Refused("FIELD_NOT_VALID", "is not in tables.unit.")
    assert placed(found, other) is other


def test_each_kind_of_records_has_its_own_fields() -> None:
    found = mapping_of("m", "version: 1\nfields:\n  order.id: Ref\n  dose.id: Other", KINDS)
    kinds = {"order": frozenset({"Ref", "Site", "Note"}), "dose": frozenset({"Note"})}
    (problem,) = against(found, VendorMetadata(kinds=kinds))
    assert problem == "m:4: fields.dose.id: the other side has no field 'Other'; it has Note"
    (problem,) = against(found, VendorMetadata(frozenset({"Ref", "Site", "Note"})))
    assert "'Other'" in problem
