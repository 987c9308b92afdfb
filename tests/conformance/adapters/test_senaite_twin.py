"""The twin of SENAITE has the manners that SENAITE's documents and issues tell of."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest

from adapters.sandbox.senaite import SenaiteLaboratory, SenaiteTwin, WorkflowRefused
from services.kernel.clock import VirtualClock
from tests.support.senaite import (
    APPEARANCE,
    CLIENT,
    CONTACT,
    ENDOTOXIN,
    NOW,
    PASSWORD,
    PROFILE,
    PURITY,
    SAMPLE,
    SAMPLE_TYPE,
    USER,
    a_laboratory,
)

FIELDS = {"Contact": CONTACT, "SampleType": SAMPLE_TYPE, "ClientSampleID": SAMPLE, "Analyses": [PURITY, ENDOTOXIN]}


@dataclass
class Visit:
    """A program at the door of the twin."""

    clock: VirtualClock
    laboratory: SenaiteLaboratory
    twin: SenaiteTwin
    http: httpx.AsyncClient

    async def create(self, **changes: Any) -> Any:
        answer = await self.http.post(f"/AnalysisRequest/create/{CLIENT}", json={**FIELDS, **changes})
        return answer.json()

    async def listed(self, what: str = "analysisrequest", **query: str) -> Any:
        return (await self.http.get(f"/{what}", params=query)).json()

    def done(self) -> Any:
        """A sample whose results are all to be verified."""
        sample = self.laboratory.sample(SAMPLE)
        self.laboratory.receive(sample)
        for keyword, result in (("RCP", "99.1"), ("LAL", "<20")):
            self.laboratory.submit(self.laboratory.analysis(sample, keyword), result)
        return sample


@pytest.fixture
async def visit() -> AsyncIterator[Visit]:
    clock = VirtualClock(NOW)
    laboratory = a_laboratory(clock)
    twin = SenaiteTwin(laboratory, USER, PASSWORD)
    transport, url = httpx.ASGITransport(twin.app), "http://senaite/@@API/senaite/v1"
    async with httpx.AsyncClient(transport=transport, base_url=url, auth=(USER, PASSWORD)) as http:
        yield Visit(clock, laboratory, twin, http)


async def test_without_a_login_it_answers_401_with_a_challenge(visit: Visit) -> None:
    answer = await visit.http.get("/AnalysisRequest", auth=("somebody", "else"))
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Basic realm="Zope"')
    assert answer.json()["success"] is False


async def test_a_form_is_passed_over_and_answered_as_a_success(visit: Visit) -> None:
    answer = await visit.http.post(f"/AnalysisRequest/create/{CLIENT}", data={"SampleType": SAMPLE_TYPE})
    assert (answer.status_code, answer.json()) == (200, {"count": 0, "items": [], "success": True})
    assert visit.laboratory.objects == {}


async def test_what_is_no_json_object_is_a_bad_request(visit: Visit) -> None:
    for content in (b"[1]", b"{", b""):
        answer = await visit.http.post(
            f"/AnalysisRequest/create/{CLIENT}", content=content, headers={"content-type": "application/json"}
        )
        assert (answer.status_code, answer.json()["success"]) == (400, False)


async def test_nothing_is_created_under_the_site_root(visit: Visit) -> None:
    answer = await visit.http.post("/AnalysisRequest/create", json=FIELDS)
    assert (answer.status_code, answer.json()["success"]) == (401, False)


async def test_no_may_stand_inside_an_answer_of_200(visit: Visit) -> None:
    answer = await visit.http.post(f"/AnalysisRequest/create/{CLIENT}", json={**FIELDS, "SampleType": "0" * 32})
    assert (answer.status_code, answer.json()["success"]) == (200, False)
    assert answer.json()["message"] == "No Objects could be created"


async def test_an_error_may_leave_half_a_sample(visit: Visit) -> None:
    visit.twin.half_made = 1
    assert (await visit.create())["success"] is False
    half = visit.laboratory.sample(SAMPLE)
    assert half.get("Contact") is None
    assert visit.laboratory.analyses(half) == []


async def test_a_missing_contact_is_accepted_and_then_nothing_can_be_published(visit: Visit) -> None:
    assert (await visit.create(Contact="0" * 32))["success"] is True
    sample = visit.done()
    for each in visit.laboratory.analyses(sample):
        visit.laboratory.verify(each)
    visit.laboratory.verify_sample(sample)
    with pytest.raises(WorkflowRefused, match="contact"):
        visit.laboratory.publish(sample)


async def test_a_profile_makes_its_analyses(visit: Visit) -> None:
    await visit.create(Profiles=[PROFILE], Analyses=[])
    made = visit.laboratory.analyses(visit.laboratory.sample(SAMPLE))
    assert [each["getServiceUID"] for each in made] == [PURITY, ENDOTOXIN, APPEARANCE]


async def test_analyses_of_a_sample_that_is_there_are_set_by_objects_alone(visit: Visit) -> None:
    uid = (await visit.create())["items"][0]["uid"]
    sample = visit.laboratory.objects[uid]
    await visit.http.post(f"/update/{uid}", json={"Analyses": [APPEARANCE]})
    assert [each["getKeyword"] for each in visit.laboratory.analyses(sample)] == ["RCP", "LAL"]
    await visit.http.post(f"/update/{uid}", json={"Analyses": [{"uid": APPEARANCE}, {"uid": PURITY}]})
    assert sorted(each["getKeyword"] for each in visit.laboratory.analyses(sample)) == ["APP", "RCP"]


async def test_a_list_has_columns_only_and_an_object_all_at_the_root(visit: Visit) -> None:
    await visit.create()
    (hit,) = (await visit.listed())["items"]
    assert "Contact" not in hit
    whole = (await visit.http.get(f"/{hit['uid']}")).json()
    assert (whole["Contact"], whole["ClientSampleID"], whole["Invalidated"]) == (CONTACT, SAMPLE, None)
    assert "items" not in whole
    (complete,) = (await visit.listed(complete="1"))["items"]
    assert complete["Contact"] == CONTACT
    assert (await visit.http.get("/" + "0" * 32)).status_code == 404


async def test_a_filter_of_an_unknown_name_is_dropped_and_everything_comes(visit: Visit) -> None:
    for number in range(3):
        await visit.create(ClientSampleID=f"s{number}")
    assert (await visit.listed(getClientSampleID="s1"))["count"] == 1
    assert (await visit.listed(getClientSampleId="s1"))["count"] == 3


async def test_a_date_means_equal_and_a_range_wants_the_record_notation(visit: Visit) -> None:
    await visit.create(ClientSampleID="early")
    visit.clock.advance(timedelta(hours=1))
    await visit.create(ClientSampleID="late")
    at = visit.clock.now().isoformat()
    found = await visit.listed(**{"modified.query:record:date": at, "modified.range:record": "min"})
    assert [each["id"] for each in found["items"]] == ["LS-0002"]
    assert (await visit.listed(modified=(visit.clock.now() - timedelta(minutes=1)).isoformat()))["count"] == 0


async def test_a_list_comes_in_pages_and_says_where_the_next_one_is(visit: Visit) -> None:
    for number in range(30):
        await visit.create(ClientSampleID=f"s{number}")
    first = await visit.listed(sort_on="modified", sort_order="desc")
    assert (first["count"], first["pagesize"], first["page"], first["pages"], len(first["items"])) == (30, 25, 1, 2, 25)
    assert first["items"][0]["id"] == "LS-0030"
    query = httpx.URL(first["next"]).query.decode()
    second = (await visit.http.get(f"/analysisrequest?{query}")).json()
    assert (second["page"], second["next"], len(second["items"])) == (2, None, 5)


async def test_a_result_needs_a_received_sample_and_its_operand_stands_apart(visit: Visit) -> None:
    await visit.create()
    sample = visit.laboratory.sample(SAMPLE)
    with pytest.raises(WorkflowRefused):
        visit.laboratory.submit(visit.laboratory.analysis(sample, "LAL"), "1")
    visit.done()
    (hit,) = (await visit.listed("Analysis", getRequestID=sample["id"], getKeyword="LAL"))["items"]
    whole = (await visit.http.get(f"/{hit['uid']}")).json()
    assert (whole["Result"], whole["DetectionLimitOperand"], whole["LowerDetectionLimit"]) == ("20", "<", None)
    assert sample["review_state"] == "to_be_verified"


async def test_who_submitted_does_not_verify_and_the_sample_does_not_follow(visit: Visit) -> None:
    await visit.create()
    sample = visit.done()
    for each in visit.laboratory.analyses(sample):
        with pytest.raises(WorkflowRefused):
            visit.laboratory.verify(each, by="analyst")
        visit.laboratory.verify(each)
    assert sample["review_state"] == "to_be_verified"
    visit.laboratory.verify_sample(sample)
    visit.laboratory.publish(sample)
    assert {each["review_state"] for each in visit.laboratory.analyses(sample)} == {"published"}


async def test_a_retest_makes_the_old_result_verified_and_the_new_one_empty(visit: Visit) -> None:
    await visit.create()
    sample = visit.done()
    old = visit.laboratory.analysis(sample, "LAL")
    new = visit.laboratory.retest(old)
    assert (old["review_state"], old["Result"]) == ("verified", "20")
    assert (new["review_state"], new["Result"], new["ResultCaptureDate"]) == ("unassigned", None, None)
    assert (new["getRetestOfUID"], new["id"]) == (old["uid"], "LAL-1")
    assert sample["review_state"] == "sample_received"
    with pytest.raises(WorkflowRefused):
        visit.laboratory.retest(old)  # only what is to be verified
    with pytest.raises(WorkflowRefused):
        visit.laboratory.verify_sample(sample)


async def test_what_is_retracted_or_rejected_ends_there(visit: Visit) -> None:
    await visit.create()
    sample = visit.done()
    retracted, rejected = (visit.laboratory.analysis(sample, keyword) for keyword in ("LAL", "RCP"))
    visit.laboratory.reject(rejected)
    assert visit.laboratory.retract(retracted)["getRetestOfUID"] == retracted["uid"]
    for ended in (retracted, rejected):
        for step in (
            visit.laboratory.verify,
            visit.laboratory.retract,
            visit.laboratory.reject,
            visit.laboratory.cancel,
        ):
            with pytest.raises(WorkflowRefused):
                step(ended)


async def test_an_invalidated_sample_leaves_a_copy_with_its_old_results_unassigned(visit: Visit) -> None:
    await visit.create()
    sample = visit.done()
    with pytest.raises(WorkflowRefused):
        visit.laboratory.invalidate(sample)  # only from verified or published
    for each in visit.laboratory.analyses(sample):
        visit.laboratory.verify(each)
    visit.laboratory.verify_sample(sample)
    copy = visit.laboratory.invalidate(sample)
    assert (sample["review_state"], copy["review_state"]) == ("invalid", "sample_received")
    assert (copy["id"], copy["Invalidated"]) == (f"{sample['id']}-R01", sample["uid"])
    copied = {each["getKeyword"]: each for each in visit.laboratory.analyses(copy)}
    assert (copied["RCP"]["review_state"], copied["RCP"]["Result"]) == ("unassigned", "99.1")
    assert copied["RCP"]["ResultCaptureDate"] is not None
    with pytest.raises(WorkflowRefused):
        visit.laboratory.invalidate(sample)  # once
