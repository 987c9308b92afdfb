"""What centres can count on, and what is told of a dose that was lost, by the calls of the real service."""

from doselane.tower.v1 import escalation_pb2, events_pb2, go_no_go_pb2, loss_pb2

from services.kernel.errors import GatewayError
from services.kernel.ids import uuid7
from services.kernel.rpc import Client
from services.kernel.timestamps import stamp
from tests.integration.tower.conftest import Door
from tests.support.tower import HARBOR, NORTHLAKE, PRODUCT, SITE, at
from tests.support.tower_news import batch_news, run_news, shipment_news, slot_news

Statement = go_no_go_pb2.GoNoGoStatement
OTHER = "runs/lu-2"


async def statement(client: Client, dose: str = "d1") -> Statement:
    found: Statement = await client.call(
        "GetGoNoGoStatement", go_no_go_pb2.GetGoNoGoStatementRequest(name=f"goNoGoStatements/{dose}")
    )
    return found


async def stated(door: Door, ground: int, dose: str = "d1") -> None:
    await door.until("SELECT (value ->> 'ground')::int = $2 FROM go_no_go WHERE dose = $1", dose, ground)


async def refusal(client: Client, method: str, request: object) -> str:
    try:
        await client.call(method, request)  # type: ignore[arg-type]
    except GatewayError as refused:
        return refused.reason
    raise AssertionError("it was answered")


async def test_a_centre_reads_go_or_no_go_and_hears_when_it_changes(door: Door):
    ours, theirs = door.client(NORTHLAKE, "status.read"), door.client(HARBOR, "status.read")
    door.clock.advance_to(at(-10))
    await door.publish(run_news(), run_news(name=OTHER, ends_at=6), slot_news(), slot_news("d2", partner=HARBOR))
    await stated(door, Statement.PROMISED)
    first = await statement(ours)
    assert (first.decision, first.confidence, first.etag) == (Statement.GO, Statement.LOW, "1")
    assert first.next_statement_time == stamp(at(6)) and first.administration_time == stamp(at(24))
    door.clock.advance_to(at(6))
    await door.publish(run_news("produced", 2), batch_news(), shipment_news())
    await stated(door, Statement.BATCH_NOT_CERTIFIED)
    await door.publish(batch_news("rejected", 2))
    await door.until("SELECT decision <> 1 FROM go_no_go WHERE dose = 'd1'")
    last = await statement(ours)
    assert last.decision in (Statement.WAIT, Statement.NO_GO) and last.statement_time == stamp(at(6))
    assert await refusal(
        theirs, "GetGoNoGoStatement", go_no_go_pb2.GetGoNoGoStatementRequest(name="goNoGoStatements/d1")
    ) == ("STATEMENT_UNKNOWN")
    page = await theirs.call("ListGoNoGoStatements", go_no_go_pb2.ListGoNoGoStatementsRequest(site=SITE))
    assert [each.dose for each in page.go_no_go_statements] == ["doses/d2"]
    for dose, count in (("doses/d1", 0), ("doses/d2", 1)):
        page = await theirs.call("ListGoNoGoStatements", go_no_go_pb2.ListGoNoGoStatementsRequest(dose=dose))
        assert len(page.go_no_go_statements) == count
    asked = go_no_go_pb2.ListGoNoGoStatementsRequest(decisions=[Statement.GO], page_size=1)
    assert not (await ours.call("ListGoNoGoStatements", asked)).go_no_go_statements
    rows = await door.database.pool.fetch(
        "SELECT data, sequence, partner FROM outbox WHERE subject = 'goNoGoStatements/d1' ORDER BY seq"
    )
    told = [events_pb2.GoNoGoStated.FromString(row["data"]).go_no_go_statement for row in rows]
    assert [row["sequence"] for row in rows] == list(range(1, len(rows) + 1)) and told[-1] == last
    assert {row["partner"] for row in rows} == {NORTHLAKE} and told[0].decision == Statement.GO


async def test_what_was_announced_comes_without_anything_else_happening(door: Door):
    ours = door.client(NORTHLAKE, "status.read")
    await door.publish(run_news(), slot_news())
    await stated(door, Statement.PROMISED)
    first = await statement(ours)
    door.clock.advance_to(at(2))  # after half of the time, which was announced
    await door.until("SELECT next_at > $1 FROM go_no_go", at(2))
    later = await statement(ours)
    assert later.next_statement_time != first.next_statement_time


async def test_the_report_of_a_loss_tells_what_was_possible_and_who_was_told(door: Door):
    staff = door.client("partners/cdmo", "operator", "tower.read", "tower.escalate")
    ours, theirs = door.client(NORTHLAKE, "tower.read"), door.client(HARBOR, "tower.read")
    contact = escalation_pb2.AlertContact(channel=escalation_pb2.AlertContact.EMAIL, address="tower@cdmo.example")
    ladder = escalation_pb2.SetEscalationLadderRequest(
        product=PRODUCT,
        steps=[escalation_pb2.LadderStep(left_percent=100, contacts=[contact])],
        request_id=str(uuid7()),
    )
    await door.until("SELECT true FROM resource WHERE name = $1", PRODUCT)
    await staff.call("SetEscalationLadder", ladder)
    request = loss_pb2.GetLossReportRequest(name="lossReports/d1")
    door.clock.advance_to(at(-10))
    await door.publish(run_news(), run_news(name=OTHER, ends_at=6), slot_news())
    await door.until("SELECT count(*) = 1 FROM board_entry")
    assert await refusal(ours, "GetLossReport", request) == "LOSS_REPORT_UNKNOWN"
    await door.publish(run_news("failed", 2))
    await door.until("SELECT count(*) = 1 FROM escalation")
    door.clock.advance_to(at(2))
    await door.until("SELECT count(*) = 2 FROM recorded_moves")
    door.clock.advance_to(at(40))
    await door.until("SELECT verdict = 3 FROM board_entry")
    report = await staff.call("GetLossReport", request)
    assert (report.dose, report.cause.kind, report.loss_time) == ("doses/d1", 1, stamp(at(40)))
    (move,) = report.moves
    assert (move.run, move.known_time, move.until_time) == (OTHER, stamp(at(-10)), stamp(at(2)))
    assert report.last_rescue_time == stamp(at(2)) and "A place on runs/lu-2" in report.explanation
    (told,) = report.told
    assert (told.step, told.contact.address, told.take_time) == (1, "tower@cdmo.example", stamp(at(-10)))
    seen = await ours.call("GetLossReport", request)
    assert (seen.told[0].contact.address, seen.told[0].escalation) == ("", "")
    assert seen.moves == report.moves
    assert await refusal(theirs, "GetLossReport", request) == "LOSS_REPORT_UNKNOWN"
