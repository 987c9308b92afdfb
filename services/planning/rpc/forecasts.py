"""The calls of ForecastService."""

from dataclasses import dataclass

from doselane.planning.v1 import forecast_pb2

from services.kernel.clock import Clock
from services.kernel.paging import BY_TIME, page_of
from services.kernel.rpc import Call
from services.planning.events import forecasts as events
from services.planning.rpc import forecast_requests as requests
from services.planning.store import Store
from services.planning.usecases import forecasts, importing, reports

# A version holds up to four years of weeks: more of them would not fit into one answer.
PAGE_SIZE_MAX = 200


@dataclass(frozen=True, slots=True)
class ForecastRpc:
    """Serves doselane.planning.v1.ForecastService."""

    store: Store
    clock: Clock

    async def SubmitForecast(self, request: forecast_pb2.SubmitForecastRequest, call: Call) -> bytes:
        """Submits a version."""
        ask, draft = requests.ask_of(request, call), requests.draft_of(request, call.caller, self.clock.now())
        return await forecasts.submit(draft, ask, self.store, self.clock)

    async def ImportForecasts(self, request: forecast_pb2.ImportForecastsRequest, call: Call) -> bytes:
        """Submits versions from a sheet."""
        ask, sheet = requests.ask_of(request, call), requests.import_of(request, call.caller)
        return await importing.import_forecasts(sheet, ask, self.store, self.clock)

    async def GetForecast(self, request: forecast_pb2.GetForecastRequest, call: Call) -> forecast_pb2.Forecast:
        """Returns a version."""
        name, viewer = request.name, call.caller.viewer
        return events.message_of(await forecasts.get(name, viewer, self.store, self.clock), self.clock.now())

    async def ListForecasts(
        self, request: forecast_pb2.ListForecastsRequest, call: Call
    ) -> forecast_pb2.ListForecastsResponse:
        """Lists versions."""
        wanted = requests.filter_of(request, call.caller)
        page = await page_of(self.store.database, request, call.caller, BY_TIME, size_max=PAGE_SIZE_MAX)
        shown, last = await forecasts.page(wanted, page.after, page.size, self.store, self.clock)
        token = page.token_after((last.created_at, last.name)) if last else ""
        messages = [events.message_of(each, self.clock.now()) for each in shown]
        return forecast_pb2.ListForecastsResponse(forecasts=messages, next_page_token=token)

    async def CompareForecasts(
        self, request: forecast_pb2.CompareForecastsRequest, call: Call
    ) -> forecast_pb2.CompareForecastsResponse:
        """Compares two versions."""
        name = request.name
        base = request.base
        return events.comparison_message(*await forecasts.compare(name, base, call.caller.viewer, self.store))

    async def GetForecastAccuracy(
        self, request: forecast_pb2.GetForecastAccuracyRequest, call: Call
    ) -> forecast_pb2.ForecastAccuracy:
        """Reports how accurate forecasts were."""
        about, period = requests.about_of(request, call.caller), requests.period_of(request)
        weeks_ahead = requests.weeks_ahead_of(request)
        return events.accuracy_message(
            *await reports.accuracy_report(about, period, weeks_ahead, self.store, self.clock)
        )

    async def GetForecastConsumption(
        self, request: forecast_pb2.GetForecastConsumptionRequest, call: Call
    ) -> forecast_pb2.ForecastConsumption:
        """Reports how much of the newest versions has been claimed."""
        about, period = requests.about_of(request, call.caller), requests.period_of(request)
        return events.consumption_message(await reports.consumption_report(about, period, self.store, self.clock))
