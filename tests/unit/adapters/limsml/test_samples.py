"""What is to be logged in because of an event, and what an answer says of it."""

from datetime import UTC, datetime, timedelta

import pytest
from doselane.quality.v1.batch_pb2 import Sample
from doselane.quality.v1.events_pb2 import SampleRegistered

from adapters.host.mappings import mapping_of
from adapters.lims_limsml import ADAPTER
from adapters.lims_limsml.answers import LimsmlPart, LimsmlTable
from adapters.lims_limsml.codes import SHAPE
from adapters.lims_limsml.samples import LIFE_MAX, body_of, numbers, registrations, search
from adapters.lims_limsml.settings import settings
from adapters.mapping import Mapped
from adapters.outbound import Declined
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from tests.support.limsml import MAPPING, PASSWORD, USER, options

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SAMPLE = "batches/b1/samples/s1"
SETTINGS = settings(options())


def an_event(laboratory: str = "partners/lab", until: datetime | None = None) -> Event:
    sample = Sample(name=SAMPLE, product="products/lu", tests=["ph", "appearance", "ph"], laboratory=laboratory)
    said = SampleRegistered(sample=sample, result_until_time=stamp(until) if until else None)
    kind = "doselane.quality.sample.registered.v1"
    return Event(uuid7(), kind, "doselane/quality", "batches/b1", 1, NOW, said.SerializeToString())


def test_a_sample_is_logged_in_until_its_result_is_of_no_use() -> None:
    until = NOW + timedelta(hours=7)
    (outgoing,) = registrations(an_event(until=until), "partners/lab")
    assert (outgoing.subject, outgoing.give_up_at) == (SAMPLE, until)
    (outgoing,) = registrations(an_event(), "partners/lab")
    assert outgoing.give_up_at == NOW + LIFE_MAX


def test_nobody_else_s_sample_is_logged_in() -> None:
    assert list(registrations(an_event("partners/other"), "partners/lab")) == []


def test_what_would_be_sent_can_be_shown_without_credentials() -> None:
    (outgoing,) = registrations(an_event(), "partners/lab")
    given = Mapped(SETTINGS, mapping_of("mapping", MAPPING, SHAPE).mapping)
    (reaction,) = ADAPTER.reactions
    assert reaction.written is not None
    written = reaction.written(given, outgoing).decode()
    assert f'<field id="customer_ref" direction="in" datatype="Text">{SAMPLE}</field>' in written
    assert written.count('<entity type="TEST">') == 2
    assert USER not in written
    assert PASSWORD not in written


def found(*rows: dict[str, str], columns: tuple[str, ...] = ("id_numeric", "customer_ref")) -> LimsmlPart:
    return LimsmlPart({"sample": LimsmlTable(columns, rows)})


def test_only_rows_with_our_reference_are_ours() -> None:
    mine = {"id_numeric": "        41", "customer_ref": f"{SAMPLE}   "}
    other = {"id_numeric": "42", "customer_ref": f"{SAMPLE}0"}
    assert numbers(SETTINGS, found(other, mine, {"id_numeric": "43"}), SAMPLE) == ["41"]
    assert numbers(SETTINGS, found(), SAMPLE) == []
    assert search(SETTINGS, SAMPLE).entity.fields == {"customer_ref": SAMPLE}
    by_parameter = settings(options(find={"table": "SAMPLE", "column": "customer_ref", "parameter": "REF"}))
    assert search(by_parameter, SAMPLE).entity.parameters == {"PAGESIZE": "1000", "REF": SAMPLE}


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (LimsmlPart(), "no table sample; it has none"),
        (found(columns=("id_numeric",)), "no column customer_ref"),
        (found({"customer_ref": SAMPLE}), "has no id_numeric"),
        (found(*[{"id_numeric": "1", "customer_ref": "x"}] * 1000), "narrows nothing down"),
    ],
)
def test_an_answer_that_cannot_say_whether_the_sample_is_there_is_declined(part: LimsmlPart, words: str) -> None:
    with pytest.raises(Declined, match=words):
        numbers(SETTINGS, part, SAMPLE)


def test_a_table_of_results_may_be_empty_but_not_missing() -> None:
    assert body_of(SAMPLE, "41", LimsmlPart({"result": LimsmlTable(("name",))})) is None
    with pytest.raises(Declined, match="no table result; it has other"):
        body_of(SAMPLE, "41", LimsmlPart({"other": LimsmlTable(())}))
