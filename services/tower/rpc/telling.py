"""The calls that tell centres what they can count on, and sponsors what became of a dose."""

from doselane.tower.v1 import go_no_go_pb2, loss_pb2

from services.kernel.paging import BY_TIME, page_of
from services.kernel.rpc import Call
from services.kernel.steps import in_steps
from services.tower.events.losses import loss_message
from services.tower.events.statements import statement_message
from services.tower.store import Store
from services.tower.store.losses import find_loss
from services.tower.store.statements import StatementFilter, find_statement, list_statements


class TellingCalls:
    """The part of TowerService that is about statements for centres and reports of losses."""

    store: Store

    async def GetGoNoGoStatement(
        self, request: go_no_go_pb2.GetGoNoGoStatementRequest, call: Call
    ) -> go_no_go_pb2.GoNoGoStatement:
        """What a centre can count on for one dose."""
        dose = request.name.removeprefix("goNoGoStatements/")
        async with self.store.reading() as conn:
            return statement_message(await find_statement(conn, dose, call.caller.viewer))

    async def ListGoNoGoStatements(
        self, request: go_no_go_pb2.ListGoNoGoStatementsRequest, call: Call
    ) -> go_no_go_pb2.ListGoNoGoStatementsResponse:
        """What centres can count on, dose by dose."""
        decisions, dose = tuple(sorted(set(request.decisions))), request.dose.removeprefix("doses/")
        wanted = StatementFilter(call.caller.viewer, request.site, decisions, dose)
        page = await page_of(self.store.database, request, call.caller, BY_TIME)
        async with self.store.reading() as conn:
            found = await list_statements(conn, wanted, page.after, page.limit)
        shown, token = page.cut(found, lambda each: (each.created_at, each.dose))
        told = await in_steps(statement_message, shown)
        return go_no_go_pb2.ListGoNoGoStatementsResponse(go_no_go_statements=told, next_page_token=token)

    async def GetLossReport(self, request: loss_pb2.GetLossReportRequest, call: Call) -> loss_pb2.LossReport:
        """The report of a dose that was lost."""
        async with self.store.reading() as conn:
            return loss_message(await find_loss(conn, request.name.removeprefix("lossReports/"), call.caller.viewer))
