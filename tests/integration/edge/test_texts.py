"""Files over HTTP: sent and received as they are, without JSON around them."""

import pytest
from doselane.masterdata.v1 import masterdata_pb2
from doselane.planning.v1 import forecast_pb2

CSV = "product,region,week_start_date,doses\nproducts/lu-ligand,us-midwest,2027-03-01,40\n"
YAML = "products:\n- name: products/lu-ligand\n  display_name: Lutétium\n"
FORECASTS, MASTER_DATA = "/v1/forecasts:import", "/v1/masterData:import"


async def test_a_csv_file_is_a_forecast(client, behind):
    behind.answers["ImportForecasts"] = forecast_pb2.ImportForecastsResponse(row_count=1)
    query = {"validateOnly": "true", "requestId": "r", "reason": "March"}
    answer = await client.post(FORECASTS, params=query, content=CSV, headers={"content-type": "text/csv"})
    assert answer.json() == {"forecasts": [], "errors": [], "rowCount": 1}
    expected = {"csv": CSV, "validate_only": True, "request_id": "r", "reason": "March"}
    assert behind.request == forecast_pb2.ImportForecastsRequest(**expected)


@pytest.mark.parametrize("content_type", ["application/yaml", "text/yaml; charset=utf-8", "application/x-yaml"])
async def test_a_yaml_file_is_master_data(client, behind, content_type):
    headers = {"content-type": content_type, "idempotency-key": "r"}
    answer = await client.post(f"{MASTER_DATA}?acceptConflicts=true", content=YAML, headers=headers)
    assert answer.status_code == 200, answer.text
    expected = {"yaml": YAML, "accept_conflicts": True, "request_id": "r"}
    assert behind.request == masterdata_pb2.ImportMasterDataRequest(**expected)


async def test_the_same_may_be_sent_as_json(client, behind):
    assert (await client.post(MASTER_DATA, json={"yaml": YAML, "requestId": "r"})).status_code == 200
    assert behind.request == masterdata_pb2.ImportMasterDataRequest(yaml=YAML, request_id="r")


async def test_with_json_the_rest_belongs_into_the_body(client, behind):
    answer = await client.post(f"{MASTER_DATA}?requestId=r", json={"yaml": YAML})
    assert (answer.status_code, answer.json()["facts"]) == (400, {"field": "requestId"})
    assert behind.seen == []


@pytest.mark.parametrize("accept", ["application/yaml", "text/html, application/yaml;q=0.9, application/json;q=0.1"])
async def test_an_export_is_a_yaml_file_for_whoever_wants_one(client, behind, accept):
    behind.answers["ExportMasterData"] = masterdata_pb2.ExportMasterDataResponse(yaml=YAML)
    answer = await client.get(
        "/v1/masterData:export?collections=products&collections=sites", headers={"accept": accept}
    )
    assert answer.content == YAML.encode()
    assert (answer.headers["content-type"], answer.headers["vary"]) == ("application/yaml", "accept")
    assert behind.request == masterdata_pb2.ExportMasterDataRequest(collections=["products", "sites"])


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/csv, application/*;q=0.1", ""])
async def test_an_export_is_json_for_everybody_else(client, behind, accept):
    behind.answers["ExportMasterData"] = masterdata_pb2.ExportMasterDataResponse(yaml=YAML)
    answer = await client.get("/v1/masterData:export", headers={"accept": accept})
    assert (answer.headers["content-type"], answer.headers["vary"]) == ("application/json", "accept")
    assert answer.json() == {"yaml": YAML}


async def test_what_was_exported_can_be_imported(client, behind):
    behind.answers["ExportMasterData"] = masterdata_pb2.ExportMasterDataResponse(yaml=YAML)
    file = await client.get("/v1/masterData:export", headers={"accept": "application/yaml"})
    headers = {"content-type": file.headers["content-type"]}
    assert (await client.post(MASTER_DATA, content=file.content, headers=headers)).status_code == 200
    assert behind.seen[-1][1].yaml == YAML


async def test_an_error_of_a_call_with_a_text_answer_is_a_problem(client, issuer):
    narrow = issuer.token("partners/acme", ["slotting.read"])
    headers = {"accept": "application/yaml", "authorization": f"Bearer {narrow}"}
    answer = await client.get("/v1/masterData:export", headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")


@pytest.mark.parametrize(
    ("path", "content_type", "accepted"),
    [
        (FORECASTS, "application/x-www-form-urlencoded", "application/json, text/csv"),
        (FORECASTS, "application/yaml", "application/json, text/csv"),
        (MASTER_DATA, "text/csv", "application/json, application/yaml"),
    ],
)
async def test_a_file_of_another_kind_is_refused_with_the_kinds_that_are_taken(
    client, behind, path, content_type, accepted
):
    answer = await client.post(path, content=CSV, headers={"content-type": content_type})
    assert (answer.status_code, answer.json()["reason"]) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert (answer.json()["facts"]["accepted"], answer.headers["accept"]) == (accepted, accepted)
    assert behind.seen == []


async def test_a_file_in_another_encoding_is_refused_with_the_line(client, behind):
    content = "product,region\nproducts/é,x\n".encode("latin-1")
    answer = await client.post(FORECASTS, content=content, headers={"content-type": "text/csv"})
    assert (answer.status_code, answer.json()["reason"]) == (400, "BODY_NOT_UTF8")
    assert answer.json()["facts"] == {"line": "2", "position": "24"}
    assert behind.seen == []


@pytest.mark.parametrize(
    ("path", "kind", "bytes_max"), [(FORECASTS, "text/csv", 2 << 20), (MASTER_DATA, "application/yaml", 4_128_768)]
)
async def test_a_file_may_be_as_long_as_its_call_says_and_no_longer(client, behind, path, kind, bytes_max):
    query = {"requestId": "r" * 36, "reason": "r" * 1000}
    answer = await client.post(path, params=query, content=b"x" * bytes_max, headers={"content-type": kind})
    assert answer.status_code == 200, answer.text
    for content_type in (kind, "application/json"):
        answer = await client.post(path, content=b"x" * (bytes_max + 1), headers={"content-type": content_type})
        assert (answer.status_code, answer.json()["reason"]) == (413, "BODY_TOO_LARGE")
        assert answer.json()["facts"] == {"body_bytes_max": str(bytes_max)}
    assert len(behind.seen) == 1
