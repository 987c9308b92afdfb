"""The first consumers work on what their contracts say, and the committed files say what they need."""

import json
from pathlib import Path
from typing import Any

import pytest
from doselane.courier.v1.events_pb2 import MilestoneReported
from doselane.planning.v1.events_pb2 import ForecastSubmitted
from doselane.slotting.v1.events_pb2 import SlotAtRisk, SlotConfirmed, StandbyOffered
from doselane.slotting.v1.slotting_pb2 import Slot
from doselane.status.v1.events_pb2 import DoseUpdated
from doselane.status.v1.status_pb2 import Dose
from google.protobuf.json_format import ParseDict
from google.protobuf.message import Message
from pact import Pact

from tests.contracts.consumers import CONTRACTS, harbor, meridian, northlake, over_grpc, over_rest
from tests.contracts.consumers.recorded import RecordedChannel
from tests.contracts.consumers.words import EXAMPLE_REQUEST_ID, EXAMPLE_SLOT_ID, EXAMPLE_TOKEN
from tests.contracts.files import file_of, pact_files, text_of

EVENTS: dict[str, type[Message]] = {
    meridian.FORECAST_SUBMITTED: ForecastSubmitted,
    meridian.SLOT_CONFIRMED: SlotConfirmed,
    meridian.SLOT_AT_RISK: SlotAtRisk,
    meridian.STANDBY_OFFERED: StandbyOffered,
    meridian.DOSE_UPDATED: DoseUpdated,
    meridian.MILESTONE_REPORTED: MilestoneReported,
}
ANSWERS: dict[str, type[Message]] = {harbor.CLAIM: Slot, harbor.GET_DOSE: Dose}


@pytest.mark.parametrize("consumer", CONTRACTS)
def test_the_committed_contract_is_what_the_consumer_needs(consumer: str) -> None:
    assert file_of(consumer).read_text() == text_of(CONTRACTS[consumer]()), (
        "Run `python -m tests.contracts write`, and look at what changed before it is committed."
    )


def one_interaction(step: Any) -> Pact:
    """A pact with one interaction of Northlake's, so that the mock server plays only that."""
    pact = northlake.pact_of(northlake.NAME)
    step(pact)
    return pact


def test_northlake_keeps_what_it_claimed() -> None:
    with one_interaction(northlake._claims_a_slot).serve(addr="127.0.0.1") as server:
        orchestrator = northlake.Orchestrator(str(server.url), EXAMPLE_TOKEN)
        claimed = orchestrator.claim(northlake.EXAMPLE_DEMAND, EXAMPLE_REQUEST_ID)
    assert (claimed.slot, claimed.state) == (f"slots/{EXAMPLE_SLOT_ID}", "CONFIRMED")
    assert claimed.reference_activity_kbq == 8421337


def test_northlake_branches_on_the_reason_of_a_refusal() -> None:
    with one_interaction(northlake._is_refused_on_a_full_run).serve(addr="127.0.0.1") as server:
        orchestrator = northlake.Orchestrator(str(server.url), EXAMPLE_TOKEN)
        with pytest.raises(over_rest.Refusal) as refused:
            orchestrator.claim(northlake.EXAMPLE_DEMAND, EXAMPLE_REQUEST_ID)
    assert (refused.value.status, refused.value.reason) == (409, "RUN_FULL")
    assert refused.value.facts["pool_free_vials"] == "0"


def test_northlake_lists_the_slots_of_an_order() -> None:
    with one_interaction(northlake._lists_its_slots).serve(addr="127.0.0.1") as server:
        (slot,) = northlake.Orchestrator(str(server.url), EXAMPLE_TOKEN).slots_of("NL-2027-00817")
    assert slot.activity_mbq == 7400


def test_northlake_learns_that_a_slot_is_not_there() -> None:
    with one_interaction(northlake._does_not_find_the_slot_of_another).serve(addr="127.0.0.1") as server:
        orchestrator = northlake.Orchestrator(str(server.url), EXAMPLE_TOKEN)
        with pytest.raises(over_rest.Refusal) as refused:
            orchestrator.slot("slots/0198a1b2-6f00-7000-8000-000000000002")
    assert refused.value.status == 404


def harbor_claims(description: str) -> tuple[str, int]:
    gateway = harbor.HarborGateway(RecordedChannel(harbor.contract(), description, ANSWERS))
    run, site, lane = "runs/lu-177-monday", "sites/harbor-centre", "lanes/harbor-road"
    return gateway.claim(run, site, lane, "2027-03-03T09:00:00Z", EXAMPLE_REQUEST_ID)


def test_harbor_claims_a_slot() -> None:
    assert harbor_claims("ClaimSlot on an open run") == (f"slots/{EXAMPLE_SLOT_ID}", 6320100)


def test_harbor_reads_reason_and_facts_of_a_refusal() -> None:
    with pytest.raises(over_grpc.Refusal) as refused:
        harbor_claims("ClaimSlot on a full run")
    assert refused.value.reason == "RUN_FULL"
    assert refused.value.facts["because"] == "POOL_USED"


def test_harbor_shows_where_a_delivered_dose_is() -> None:
    channel = RecordedChannel(harbor.contract(), "GetDose of a delivered dose", ANSWERS)
    found = harbor.HarborGateway(channel).whereabouts(f"doses/{EXAMPLE_SLOT_ID}")
    assert (found.shipment_state, found.last_milestone) == ("DELIVERED", "DELIVERED")
    assert found.delivered_at == "2027-03-03T06:40:00Z"


def test_harbor_learns_that_a_dose_is_not_there() -> None:
    channel = RecordedChannel(harbor.contract(), "GetDose of another partner's dose", ANSWERS)
    with pytest.raises(over_grpc.Refusal) as refused:
        harbor.HarborGateway(channel).whereabouts(f"doses/{EXAMPLE_SLOT_ID}")
    assert refused.value.code == 5


def test_meridian_makes_its_ledger_of_the_events() -> None:
    ledger = meridian.Ledger()

    def arrives(body: str | bytes | None, metadata: dict[str, object]) -> None:
        headers = {name: str(value) for name, value in metadata.items()}
        data = ParseDict(json.loads(body or b""), EVENTS[headers["ce_type"]]()).SerializeToString()
        ledger.take({**headers, "ce_id": headers["ce_id"] + headers["ce_type"]}, data)

    meridian.contract().verify(arrives, "Async")
    ((version, doses),) = ledger.forecast.values()
    assert (version, list(doses.values())) == (1, [6])
    assert ledger.kbq_of_run == {"runs/lu-177-monday": 8421337}
    assert ledger.lost_by_slot == {f"slots/{EXAMPLE_SLOT_ID}": "LICENCE"}
    assert list(ledger.to_answer) == [f"standbys/{EXAMPLE_SLOT_ID}"]
    assert ledger.delivered_at == {f"doses/{EXAMPLE_SLOT_ID}": "2027-03-03T06:40:00Z"}
    assert list(ledger.milestones_of_courier) == ["partners/polar-courier"]


def test_a_file_that_lies_among_the_contracts_is_found(tmp_path: Path) -> None:
    (tmp_path / "new-partner.json").write_text(text_of(northlake.contract()))
    assert [file.name for file in pact_files(tmp_path)] == ["new-partner.json"]
