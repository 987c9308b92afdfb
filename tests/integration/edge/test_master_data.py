"""Resources over HTTP: changed with a mask, deleted with a query, and reported by date."""

import pytest
from doselane.masterdata.v1 import masterdata_pb2 as pb
from doselane.masterdata.v1 import resources_pb2
from doselane.planning.v1 import forecast_pb2
from google.protobuf.field_mask_pb2 import FieldMask
from google.type.date_pb2 import Date

LINE = "facilities/tidewater/lines/hot-cell-1"


async def test_a_change_reaches_the_service_with_its_mask(client, behind):
    line = resources_pb2.Line(name=LINE, run_minutes=240)
    behind.answers["UpdateLine"] = pb.UpdateLineResponse(line=line, conflicting_slots=["slots/1"])
    query = {"updateMask": "runMinutes,runCapacity.vials", "acceptConflicts": "true", "reason": "a new reactor"}
    body = {"runMinutes": 240, "runCapacity": {"vials": 24}}
    answer = await client.patch(f"/v1/{LINE}", params=query, json=body, headers={"idempotency-key": "r"})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["line"]["runMinutes"], answer.json()["conflictingSlots"]) == (240, ["slots/1"])
    assert behind.request == pb.UpdateLineRequest(
        line=resources_pb2.Line(name=LINE, run_minutes=240, run_capacity={"vials": 24}),
        update_mask=FieldMask(paths=["run_minutes", "run_capacity.vials"]),
        accept_conflicts=True,
        request_id="r",
        reason="a new reactor",
    )


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_the_calls_of_one_address_are_told_apart_by_their_method(client, behind, method):
    body = {"json": {}} if method == "PATCH" else {}
    assert (await client.request(method, "/v1/sites/essen", **body)).status_code == 200
    [(name, request, _)] = behind.seen
    expected = {
        "GET": ("GetSite", pb.GetSiteRequest(name="sites/essen")),
        "PATCH": ("UpdateSite", pb.UpdateSiteRequest(site=resources_pb2.Site(name="sites/essen"))),
        "DELETE": ("DeleteSite", pb.DeleteSiteRequest(name="sites/essen")),
    }
    assert (name, request) == expected[method]


async def test_the_methods_of_an_address_are_named(client):
    answer = await client.put("/v1/sites/essen", json={})
    assert (answer.status_code, answer.headers["allow"]) == (405, "DELETE, GET, HEAD, OPTIONS, PATCH")


async def test_a_mask_that_names_no_field_is_refused_by_its_name(client, behind):
    answer = await client.patch("/v1/sites/essen?updateMask=region,timezone", json={"region": "us-midwest"})
    assert answer.status_code == 400
    assert answer.json()["facts"] == {"field": "updateMask", "path": "timezone"}
    assert "Did you mean timeZone?" in answer.json()["detail"]
    assert behind.seen == []


async def test_a_patch_of_another_kind_is_refused(client, behind):
    answer = await client.patch("/v1/sites/essen", json={}, headers={"content-type": "application/merge-patch+json"})
    assert (answer.status_code, answer.json()["reason"]) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert behind.seen == []


async def test_a_deletion_reaches_the_service_with_its_query(client, behind):
    behind.answers["DeleteLine"] = pb.DeleteLineResponse(conflicting_slots=["slots/1"])
    query = {"etag": "7", "acceptConflicts": "true", "requestId": "r", "reason": "taken down"}
    answer = await client.delete(f"/v1/{LINE}", params=query)
    assert answer.json() == {"conflictingSlots": ["slots/1"]}
    expected = {"name": LINE, "etag": "7", "accept_conflicts": True, "request_id": "r", "reason": "taken down"}
    assert behind.request == pb.DeleteLineRequest(**expected)


async def test_a_deletion_takes_no_body(client, behind):
    answer = await client.request("DELETE", "/v1/sites/essen", json={"etag": "7"})
    assert (answer.status_code, answer.json()["reason"]) == (400, "BODY_NOT_EXPECTED")
    assert behind.seen == []


async def test_what_belongs_to_another_resource_is_found_below_it(client, behind):
    await client.get("/v1/facilities/-/lines?product=products/lu-ligand")
    assert behind.request == pb.ListLinesRequest(parent="facilities/-", product="products/lu-ligand")


async def test_the_versions_of_a_resource_are_asked_for_by_its_name(client, behind):
    await client.get("/v1/masterData/revisions", params={"name": LINE, "pageSize": 5})
    assert behind.request == pb.ListRevisionsRequest(name=LINE, page_size=5)


async def test_dates_of_a_report_are_written_as_people_do(client, behind):
    answer = forecast_pb2.ForecastAccuracy(bias_fraction=0.0)
    answer.weeks.add(week_start_date=Date(year=2027, month=3, day=1), claimed_doses=4)
    behind.answers["GetForecastAccuracy"] = answer
    told = await client.get("/v1/forecastAccuracy?fromDate=2027-03-01&untilDate=2027-03-29")
    assert behind.request == forecast_pb2.GetForecastAccuracyRequest(
        from_date=Date(year=2027, month=3, day=1), until_date=Date(year=2027, month=3, day=29)
    )
    assert told.json()["weeks"][0]["weekStartDate"] == {"year": 2027, "month": 3, "day": 1}
    # Zero was said of the one and nothing of the other: an optional field is there only if it has a value.
    assert told.json()["biasFraction"] == 0.0
    assert "weightedAbsoluteErrorFraction" not in told.json()


async def test_a_date_that_is_none_is_refused(client, behind):
    answer = await client.get("/v1/forecastAccuracy?fromDate=2027-02-30&untilDate=2027-03-29")
    assert (answer.status_code, answer.json()["facts"]) == (400, {"field": "fromDate"})
    assert behind.seen == []
