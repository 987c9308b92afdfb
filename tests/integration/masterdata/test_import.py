"""Master data as YAML: out and in again, all or nothing."""

import asyncio
from typing import Any

from doselane.masterdata.v1 import masterdata_pb2

from services.kernel.errors import Kind
from tests.integration.masterdata.conftest import PLANNER, House, importing
from tests.support.masterdata import HARBOR, LAKESIDE, NORTH_LAKESIDE, NORTHLAKE, a_site

Action = masterdata_pb2.ImportedResource.Action


async def exported(house: House, *collections: str, who: str = PLANNER) -> str:
    request = masterdata_pb2.ExportMasterDataRequest(collections=collections)
    text: str = (await house.call("ExportMasterData", request, who)).yaml
    return text


def actions(answer: Any) -> dict[str, str]:
    return {each.name: Action.Name(each.action) for each in answer.resources}


async def test_what_was_exported_is_unchanged_when_it_is_imported(house: House) -> None:
    await house.world()
    text = await exported(house)
    answer = await house.call("ImportMasterData", importing(text))
    assert set(actions(answer).values()) == {"UNCHANGED"}
    assert len(answer.resources) == 6
    assert house.twin.calls == []
    assert await house.history(LAKESIDE) == [("created", 1)]


async def test_an_export_creates_the_same_elsewhere_and_says_so_in_the_order_of_the_text(house: House) -> None:
    await house.world()
    text = await exported(house)
    names = [each.name for each in (await house.call("ImportMasterData", importing(text))).resources]
    for name in reversed(names):
        await house.delete(name)
    answer = await house.call("ImportMasterData", importing(text))
    assert [each.name for each in answer.resources] == names
    assert set(actions(answer).values()) == {"CREATED"}
    assert await exported(house) == text


async def test_the_order_of_a_text_does_not_matter_to_what_refers_to_what(house: House) -> None:
    await house.world()
    collections = ("agreements", "lanes", "lines", "sites", "facilities", "products")
    text = "".join([await exported(house, each) for each in collections])
    for name in [each.name for each in (await house.call("ImportMasterData", importing(text))).resources]:
        await house.delete(name)
    answer = await house.call("ImportMasterData", importing(text))
    assert set(actions(answer).values()) == {"CREATED"}
    assert [each.name.split("/")[-2] for each in answer.resources] == list(collections)
    await house.events(LAKESIDE)
    published = "SELECT subject FROM event_log WHERE sequence = 3 ORDER BY position"
    subjects = [row["subject"].split("/")[-2] for row in await house.database.pool.fetch(published)]
    assert subjects == ["products", "facilities", "lines", "sites", "lanes", "agreements"]


async def test_only_what_the_text_names_is_changed(house: House) -> None:
    await house.world()
    await house.create(a_site(name="sites/other"))
    text = (await exported(house, "sites")).replace("us-midwest", "us-east", 1)
    answer = await house.call("ImportMasterData", importing(text, reason="new region"))
    assert actions(answer) == {LAKESIDE: "UPDATED", "sites/other": "UNCHANGED"}
    [newest, _] = (await house.revisions(LAKESIDE)).revisions
    assert (list(newest.changed_fields), newest.change.reason) == (["region"], "new region")


async def test_one_mistake_and_nothing_is_imported(house: House) -> None:
    text = """
sites:
- name: sites/good
  time_zone: Europe/Berlin
- name: sites/bad
  time_zone: Europe/Atlantis
- name: sites/worse
  time_zone: Europe/Berlin
  licences:
  - nuclide: NUCLIDE_LU_177
    activity_max_mbq: -5
    valid_until_time: 2030-01-01T00:00:00Z
products:
- name: products/odd
  nuclide: NUCLIDE_LU_177
"""
    refused = await house.refusal("ImportMasterData", importing(text))
    assert (refused.kind, refused.facts["field"], refused.facts["line"]) == (
        Kind.INVALID,
        "products[0].activity_nominal_mbq",
        "14",
    )
    assert (
        "sites[1].time_zone must be an IANA time zone, such as America/Chicago (line 6)" in refused.facts["violations"]
    )
    assert "sites[2].licences[0].activity_max_mbq" in refused.facts["violations"]
    assert "(line 11)" in refused.facts["violations"]
    assert await house.database.pool.fetchval("SELECT count(*) FROM resource") == 0


MISTAKES = [
    (
        "lanes:\n- name: lanes/a\n  site: sites/none\n  transit_minutes: 5\n  valid_until_time: 2030-01-01T00:00:00Z",
        "REFERENCE_UNKNOWN",
        "lanes[0].site",
        "3",
    ),
    (
        "sites:\n- name: sites/a\n  time_zone: UTC\n  licences:\n  - nuclide: NUCLIDE_LU_177\n"
        "    activity_max_mbq: 5\n    valid_until_time: 2020-01-01T00:00:00Z",
        "LICENCE_EXPIRED",
        "sites[0].licences[0].valid_until_time",
        "7",
    ),
    ("sites:\n- name: sites/a\n  time_zone: UTC\n  etag: v7", "STALE", "sites[0].etag", "4"),
    ("sites: [", "INVALID_ARGUMENT", "yaml", "2"),
    ("", "INVALID_ARGUMENT", "yaml", "1"),
    ("places: []", "INVALID_ARGUMENT", "places", "1"),
    ("sites:\n- name: sites/a\n- name: sites/a", "INVALID_ARGUMENT", "sites[1].name", "3"),
]


async def test_a_text_that_cannot_be_taken_over_says_where(house: House) -> None:
    for text, reason, field, line in MISTAKES:
        refused = await house.refusal("ImportMasterData", importing(text))
        assert (refused.reason, refused.facts["field"], refused.facts["line"]) == (reason, field, line)


async def test_a_repeated_import_gets_the_same_answer_and_happens_once(house: House) -> None:
    request = importing("sites:\n- {name: sites/a, time_zone: UTC}")
    answers = await asyncio.gather(*(house.call("ImportMasterData", request) for _ in range(4)))
    assert [actions(answer) for answer in answers] == [{"sites/a": "CREATED"}] * 4
    assert await house.history("sites/a") == [("created", 1)]


async def test_validating_an_import_says_what_would_be_done_and_changes_nothing(house: House) -> None:
    text = "sites:\n- {name: sites/a, time_zone: UTC}"
    answer = await house.call("ImportMasterData", importing(text, validate_only=True))
    assert actions(answer) == {"sites/a": "CREATED"}
    assert await house.history("sites/a") == []


async def test_a_sponsor_exports_what_it_sees(house: House) -> None:
    await house.world()
    text = await exported(house, who=HARBOR)
    assert NORTH_LAKESIDE in text
    assert "partners/harbor" in text
    assert NORTHLAKE not in text
    assert "agreements: []" in text
    assert "facilities: []" in text


async def test_a_thousand_centres_are_imported_at_once(house: House) -> None:
    text = "sites:\n" + "".join(f"- {{name: sites/s{n}, time_zone: UTC, region: r{n % 7}}}\n" for n in range(1000))
    answer = await house.call("ImportMasterData", importing(text))
    assert set(actions(answer).values()) == {"CREATED"}
    assert len(answer.resources) == 1000
