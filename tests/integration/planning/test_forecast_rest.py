"""Forecasts through the door: paths and JSON as the protos say."""

import httpx

from services.edge import main as edge
from services.edge.settings import Settings
from services.kernel import telemetry
from services.kernel.ids import uuid7
from tests.integration.planning.conftest import Desk
from tests.support.forecasts import MIDWEST, NORTHLAKE, PSMA
from tests.support.tokens import Issuer


async def test_a_forecast_is_imported_read_compared_and_reported_over_rest(desk: Desk, issuer: Issuer) -> None:
    settings = Settings(targets={"*": desk.target}, listen="127.0.0.1:0")
    door = edge.server(settings, telemetry.setup("edge", environ={}), issuer.verifier())
    await door.start()
    headers = {"authorization": f"Bearer {desk.tokens[NORTHLAKE]}"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{door.port}", headers=headers, timeout=10) as client:
        csv = f"product;region;week_start_date;doses\r\n{PSMA};{MIDWEST};2027-03-08;12\r\n"
        imported = await client.post("/v1/forecasts:import", json={"csv": csv, "requestId": str(uuid7())})
        [made] = imported.raise_for_status().json()["forecasts"]
        week = {"year": 2027, "month": 3, "day": 8}
        assert made["weeks"] == [{"weekStartDate": week, "doses": 12, "horizon": "FROZEN"}]
        assert (await client.get(f"/v1/{made['name']}")).json() == made
        assert (await client.get("/v1/forecasts", params={"product": PSMA})).json()["forecasts"] == [made]
        compared = (await client.get(f"/v1/{made['name']}:compare")).json()
        assert compared["differences"] == [{"weekStartDate": week, "doses": 12}]  # there was no version before
        consumed = (await client.get("/v1/forecastConsumption")).json()["weeks"]
        assert [(each["forecastDoses"], each["claimedDoses"]) for each in consumed] == [(12, 0)]

        forecast = {**made, "weeks": [{"weekStartDate": week, "doses": 13}]}
        refused = await client.post("/v1/forecasts:submit", json={"forecast": forecast, "requestId": str(uuid7())})
        assert (refused.status_code, refused.json()["reason"]) == (409, "WEEK_FROZEN")
        period = {"fromDate.year": 2027, "fromDate.month": 2, "fromDate.day": 1, "untilDate.year": 2027}
        accuracy = await client.get("/v1/forecastAccuracy", params={**period, "untilDate.month": 3, "untilDate.day": 1})
        assert accuracy.json()["weeks"] == []
    await door.stop(1)
