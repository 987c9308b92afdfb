"""HTTP requests as the messages of their calls: what the address, the query, the body and the headers carry."""

import json

import pytest
from doselane.masterdata.v1 import masterdata_pb2, resources_pb2
from doselane.planning.v1 import forecast_pb2, planning_pb2
from doselane.slotting.v1 import slotting_pb2
from doselane.type.v1 import type_pb2
from google.protobuf import json_format
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp
from google.type.date_pb2 import Date
from google.type.dayofweek_pb2 import MONDAY, SUNDAY
from google.type.interval_pb2 import Interval
from google.type.timeofday_pb2 import TimeOfDay

from services.edge.api import load
from services.edge.requests import request_of, timeout_s
from services.kernel.errors import Invalid
from services.kernel.http import HttpProblem

CALLS = {binding.method.name: binding for binding in load().bindings}
JSON = {"content-type": "application/json"}
LINE = "/v1/facilities/tidewater/lines/hot-cell-1"


def asked(call: str, path: str, query: str = "", body: object = b"", headers: dict[str, str] | None = None):
    """The message that a request makes."""
    binding = CALLS[call]
    fields = binding.template.match(path)
    assert fields is not None
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return request_of(binding, fields, query.encode(), sent, headers or JSON)


def refused(*request: object, **more: object) -> Invalid:
    with pytest.raises(Invalid) as found:
        asked(*request, **more)
    return found.value


def test_a_change_takes_the_resource_from_the_body_and_the_rest_from_the_query():
    query = "updateMask=displayName,shifts&allowMissing=true&acceptConflicts=false&requestId=r&reason=new%20shift"
    body = {"displayName": "Hot cell 1", "shifts": [], "etag": "3"}
    assert asked("UpdateLine", LINE, query, body) == masterdata_pb2.UpdateLineRequest(
        line=resources_pb2.Line(name="facilities/tidewater/lines/hot-cell-1", display_name="Hot cell 1", etag="3"),
        update_mask=FieldMask(paths=["display_name", "shifts"]),
        allow_missing=True,
        request_id="r",
        reason="new shift",
    )


@pytest.mark.parametrize(
    ("mask", "paths"),
    [
        ("displayName", ["display_name"]),
        ("display_name", ["display_name"]),
        ("runCapacity.referenceActivityKbq,runMinutes", ["run_capacity.reference_activity_kbq", "run_minutes"]),
        ("displayName%2CrunMinutes", ["display_name", "run_minutes"]),
        ("*", ["*"]),
    ],
)
def test_a_mask_names_fields_as_json_or_the_protos_do(mask, paths):
    assert asked("UpdateLine", LINE, f"updateMask={mask}").update_mask.paths == paths


@pytest.mark.parametrize(
    ("mask", "path", "hint"),
    [
        ("displayNam", "displayNam", "displayName"),
        ("displayName,shift", "shift", "shifts"),
        ("runCapacity.vial", "runCapacity.vial", "vials"),
        ("displayName.first", "displayName.first", ""),
        ("shifts.places", "shifts.places", ""),
        ("line.displayName", "line.displayName", ""),
        ("displayName,", "", ""),
        ("", "", ""),
        ("a b", "a b", ""),
    ],
)
def test_a_mask_that_names_no_field_is_refused_with_what_it_names(mask, path, hint):
    error = refused("UpdateLine", LINE, f"updateMask={mask}", {})
    assert error.facts == {"field": "updateMask", "path": path}
    assert (f"Did you mean {hint}?" in error.message) is bool(hint)


@pytest.mark.parametrize("order", [1, -1])
def test_two_parameters_of_one_choice_are_refused_in_either_order(order):
    query = "&".join(["start=EARLIEST", "startTime=2026-12-01T00:00:00Z"][::order])
    wrong = refused("Subscribe", "/v1/feeds/-/events:subscribe", query)
    assert "start" in wrong.message and "startTime" in wrong.message and "send one of them" in wrong.message


def test_a_mask_given_twice_is_refused():
    assert refused("UpdateLine", LINE, "updateMask=shifts&updateMask=products").facts == {"field": "updateMask"}


def test_another_resource_in_the_body_than_in_the_address_is_refused():
    error = refused("UpdateLine", LINE, body={"name": "facilities/tidewater/lines/hot-cell-2"})
    assert error.facts == {"field": "line.name", "in_address": "facilities/tidewater/lines/hot-cell-1"}


def test_a_field_that_the_resource_does_not_have_is_refused_with_its_place():
    error = refused("UpdateLine", LINE, body={"runCapacity": {"vial": 1}})
    assert (error.reason, error.facts) == ("FIELD_UNKNOWN", {"field": "line.runCapacity.vial"})


@pytest.mark.parametrize("name", ["line.displayName", "line", "line.name"])
def test_what_the_body_carries_is_no_parameter_of_the_query(name):
    assert refused("UpdateLine", LINE, f"{name}=x", {}).facts == {"field": name}


def test_a_deletion_takes_all_from_the_query():
    query = "etag=3&acceptConflicts=true&reason=closed"
    found = asked("DeleteSite", "/v1/sites/essen", query, headers={"idempotency-key": "r"})
    expected = {"name": "sites/essen", "etag": "3", "accept_conflicts": True, "reason": "closed", "request_id": "r"}
    assert found == masterdata_pb2.DeleteSiteRequest(**expected)


def test_another_id_in_the_header_than_in_the_query_is_refused():
    error = refused("DeleteSite", "/v1/sites/essen", "requestId=a", headers={"idempotency-key": "b"})
    assert error.facts == {"field": "request_id"}


def test_a_date_in_the_query_is_written_as_people_do():
    query = "fromDate=2027-03-01&until_date=2027-03-29&weeksAhead=8"
    assert asked("GetForecastAccuracy", "/v1/forecastAccuracy", query) == forecast_pb2.GetForecastAccuracyRequest(
        from_date=Date(year=2027, month=3, day=1), until_date=Date(year=2027, month=3, day=29), weeks_ahead=8
    )


def test_the_parts_of_a_date_are_read_too():
    query = "fromDate.year=2027&fromDate.month=3&from_date.day=1"
    found = asked("GetForecastAccuracy", "/v1/forecastAccuracy", query)
    assert found.from_date == Date(year=2027, month=3, day=1)


@pytest.mark.parametrize(
    "date",
    [
        "",
        "2027",
        "2027-3-1",
        "2027-02-29",
        "2027-13-01",
        "20270301",
        "2027-W09-1",
        "01.03.2027",
        "2027-03-01T00:00:00Z",
    ],
)
def test_a_date_that_is_none_is_refused(date):
    error = refused("GetForecastConsumption", "/v1/forecastConsumption", f"fromDate={date}")
    assert error.facts == {"field": "fromDate"}
    assert "2027-03-01" in error.message


@pytest.mark.parametrize(
    "query",
    [
        "fromDate=2027-03-01&fromDate=2027-03-08",
        "fromDate.year=2026&fromDate=2027-03-01",
        "fromDate=2027-03-01&fromDate.day=2",
    ],
)
def test_a_date_given_twice_is_refused(query):
    assert "given twice" in refused("GetForecastConsumption", "/v1/forecastConsumption", query).message


def test_local_times_days_and_dates_in_a_body_are_protobuf_json():
    window = {"days": ["MONDAY", 7], "startTime": {"hours": 22, "minutes": 30}, "endTime": {}, "places": 3}
    body = {"facility": {"qcSessions": [window], "closedDates": [{"year": 2027, "month": 12, "day": 24}]}}
    made = asked("CreateFacility", "/v1/facilities", body=body).facility
    assert made == resources_pb2.Facility(
        qc_sessions=[
            resources_pb2.WeeklyWindow(
                days=[MONDAY, SUNDAY], start_time=TimeOfDay(hours=22, minutes=30), end_time=TimeOfDay(), places=3
            )
        ],
        closed_dates=[Date(year=2027, month=12, day=24)],
    )
    assert made.qc_sessions[0].HasField("end_time")


def test_an_interval_is_two_instants():
    interval = {"startTime": "2027-03-01T08:00:00+01:00", "endTime": "2027-03-08T07:00:00Z"}
    found = asked("SearchOffers", "/v1/offers:search", body={"administrationInterval": interval})
    expected = Interval(start_time=Timestamp(seconds=1803884400), end_time=Timestamp(seconds=1804489200))
    assert found == slotting_pb2.SearchOffersRequest(administration_interval=expected)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"facility": {"closedDates": ["2027-12-24"]}}, "facility.closedDates[0]"),
        ({"facility": {"closedDates": [{"year": 2027, "months": 12}]}}, "facility.closedDates[0].months"),
        ({"facility": {"qcSessions": [{"startTime": "08:30"}]}}, "facility.qcSessions[0].startTime"),
        ({"facility": {"qcSessions": [{"days": ["Monday"]}]}}, "facility.qcSessions[0].days[0]"),
        ({"facility": {"qcSessions": [{"days": [8]}]}}, "facility.qcSessions[0].days[0]"),
        ({"facility": {"qcSessions": [{"days": "MONDAY"}]}}, "facility.qcSessions[0].days"),
    ],
)
def test_what_is_no_local_time_day_or_date_is_refused_with_its_place(body, field):
    assert refused("CreateFacility", "/v1/facilities", body=body).facts["field"] == field


def test_a_date_written_as_a_text_in_a_body_is_answered_with_the_form_it_needs():
    error = refused("ProposePlan", "/v1/proposals:propose", body={"horizonStartDate": "2027-03-01"})
    assert '{"year": 2027, "month": 3, "day": 1}' in error.message


@pytest.mark.parametrize(
    ("said", "is_set"), [({"cutoffMinutes": 0}, True), ({"cutoffMinutes": None}, False), ({}, False)]
)
def test_zero_is_said_and_null_is_not(said, is_set):
    lane = asked("CreateLane", "/v1/lanes", body={"lane": {"departures": [said]}}).lane
    assert lane.departures[0].HasField("cutoff_minutes") is is_set


def test_of_two_allotments_one_is_too_many():
    agreement = {"perRun": {"vials": 1}, "perWeek": {"vials": 5}}
    assert (
        refused("CreateAgreement", "/v1/agreements", body={"agreement": agreement}).facts["field"]
        == "agreement.perWeek"
    )


def test_numbers_of_64_bits_are_texts_or_numbers():
    for value in ("8000000", 8_000_000, 8e6):
        runs = [{"pledged": {"referenceActivityKbq": value}}]
        found = asked("EditProposal", "/v1/proposals/1:edit", body={"runs": runs})
        capacity = type_pb2.Capacity(reference_activity_kbq=8_000_000)
        assert found == planning_pb2.EditProposalRequest(
            name="proposals/1", runs=[planning_pb2.ProposedRun(pledged=capacity)]
        )


CSV = {"content-type": "text/csv"}
IMPORT = "/v1/forecasts:import"


def test_a_file_is_the_text_and_the_query_has_the_rest():
    text = "product,region,week_start_date,doses\r\nproducts/é,us-midwest,2027-03-01,4\r\n"
    found = asked("ImportForecasts", IMPORT, "validateOnly=true&reason=week%2010&request_id=r", text.encode(), CSV)
    expected = forecast_pb2.ImportForecastsRequest(csv=text, validate_only=True, reason="week 10", request_id="r")
    assert found == expected


def test_the_same_as_json_is_the_same():
    assert asked("ImportForecasts", IMPORT, body={"csv": "a;b\n", "requestId": "r"}) == asked(
        "ImportForecasts", IMPORT, "", b"a;b\n", {**CSV, "idempotency-key": "r"}
    )


@pytest.mark.parametrize("query", ["csv=x", "nonsense=1", "validateOnly=yes", "reason=a&reason=b"])
def test_what_stands_wrongly_beside_a_file_is_refused(query):
    assert refused("ImportForecasts", IMPORT, query, b"x", CSV).facts["field"] == query.partition("=")[0]


def test_a_file_in_another_encoding_is_refused_with_the_line():
    error = refused("ImportForecasts", IMPORT, "", "a\nb\nKöln\n".encode("cp1252"), CSV)
    assert (error.reason, error.facts) == ("BODY_NOT_UTF8", {"line": "3", "position": "5"})


def test_a_file_over_its_calls_limit_is_too_large():
    limit = CALLS["ImportForecasts"].text_body.bytes_max
    assert asked("ImportForecasts", IMPORT, "", b"x" * limit, CSV).csv
    with pytest.raises(HttpProblem) as found:
        asked("ImportForecasts", IMPORT, "", b"x" * (limit + 1), CSV)
    assert (found.value.status_code, found.value.facts) == (413, {"body_bytes_max": str(limit)})


@pytest.mark.parametrize(
    "message",
    [
        resources_pb2.Lane(
            departures=[resources_pb2.Departure(days=[MONDAY], time=TimeOfDay(hours=24), cutoff_minutes=0, places=3)],
            legs=[resources_pb2.Leg(mode=resources_pb2.Leg.AIR, accepts_class_7=True)],
        ),
        resources_pb2.Agreement(per_week=type_pb2.Capacity(reference_activity_kbq=(1 << 63) - 1)),
        resources_pb2.Facility(closed_dates=[Date(year=2027, month=12, day=24)]),
    ],
)
def test_what_the_library_writes_of_master_data_is_read_as_it_was(message):
    kind = message.DESCRIPTOR.name
    body = {kind.lower(): json.loads(json_format.MessageToJson(message))}
    found = asked(f"Create{kind}", CALLS[f"Create{kind}"].template.text, body=body)
    assert getattr(found, kind.lower()) == message


@pytest.mark.parametrize(
    ("query", "hints"),
    [
        ("departureFromTime=2027-03-01T08:00:00+01:00", True),
        ("departureFromTime=2027-03-01%2008:00:00", False),
        ("departureFromTime=2027-03-01T25:00:00%2B01:00", False),
        ("departureFromTime=tomorrow", False),
    ],
)
def test_who_writes_a_plus_in_an_address_is_told_what_became_of_it(query, hints):
    wrong = refused("ListLaneReports", "/v1/laneReports", query)
    assert wrong.facts["field"] == "departureFromTime"
    assert wrong.message.endswith(" In an address, + means a blank; write %2B.") is hints


@pytest.mark.parametrize(("text", "seconds"), [(None, 10), ("1", 0.001), ("60000", 60)])
def test_a_caller_says_how_long_it_waits(text, seconds):
    assert timeout_s({"x-request-timeout-ms": text} if text else {}) == seconds


@pytest.mark.parametrize("text", ["0", "60001", "-1", "1.5", "", "١", "1e3"])
def test_a_wait_that_is_none_is_refused(text):
    with pytest.raises(Invalid, match="from 1 to 60000") as found:
        timeout_s({"x-request-timeout-ms": text})
    assert found.value.facts["field"] == "x-request-timeout-ms"


def with_headers(call: str, path: str, body: object = b"", **headers: str):
    return asked(call, path, "", body, {**JSON, **{name.replace("_", "-"): value for name, value in headers.items()}})


def test_the_version_that_a_change_is_about_may_stand_in_its_header():
    assert with_headers("UpdateLine", LINE, {}, if_match='"v3"').line.etag == "v3"
    assert with_headers("ConfirmSlot", "/v1/slots/1:confirm", {}, if_match=' "v3" ').etag == "v3"
    assert with_headers("ConfirmSlot", "/v1/slots/1:confirm", {"etag": "v3"}, if_match='"v3"').etag == "v3"
    with pytest.raises(Invalid, match="another id than the request"):
        with_headers("ConfirmSlot", "/v1/slots/1:confirm", {"etag": "v2"}, if_match='"v3"')


@pytest.mark.parametrize(
    ("call", "path", "headers"),
    [
        ("ConfirmSlot", "/v1/slots/1:confirm", {"if_match": "*"}),
        ("ConfirmSlot", "/v1/slots/1:confirm", {"if_match": "v3"}),
        ("ConfirmSlot", "/v1/slots/1:confirm", {"if_match": '""'}),
        ("ConfirmSlot", "/v1/slots/1:confirm", {"if_none_match": '"v3"'}),
        ("ConfirmSlot", "/v1/slots/1:confirm", {"if_unmodified_since": "Mon, 01 Mar 2027 00:00:00 GMT"}),
        ("ClaimSlot", "/v1/slots:claim", {"if_match": '"v3"'}),
        ("GetSlot", "/v1/slots/1", {"if_match": '"v3"'}),
    ],
)
def test_what_an_address_cannot_promise_is_refused(call, path, headers):
    body = {} if CALLS[call].http_method != "GET" else b""
    with pytest.raises(HttpProblem) as found:
        with_headers(call, path, body, **headers)
    name = next(iter(headers)).replace("_", "-")
    assert (found.value.status_code, found.value.facts) == (412, {"field": name})


def test_a_read_may_be_asked_for_only_if_it_changed_and_is_answered_whole():
    assert with_headers("GetSlot", "/v1/slots/1", if_none_match='"v3"').name == "slots/1"
