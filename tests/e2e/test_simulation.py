"""A simulation as its command plays it: a whole gateway, seeded faults, and nothing that never may be."""

import json
from pathlib import Path

import pytest
from doselane.client.commands import app
from typer.testing import CliRunner

from services.local.simulation.command import asked, simulate

FAULTS = """
batch_failure: 0.3
short_yield: 0.3
missed_departure: 0.2
denied_shipment: 0.2
cancelled_departure: 0.3
silent_courier: 0.1
reordered_events: 0.5
repeated_events: 0.5
outages: [{system: salesforce, day: 0, hour: 0.5, hours: 2}]
"""
ZEROS = ("overbooked", "claims_lost", "events_lost", "phantom")


@pytest.mark.slow
def test_a_bad_day_loses_no_promise_and_no_event(tmp_path: Path) -> None:
    faults = tmp_path / "faults.yaml"
    faults.write_text(FAULTS)
    words = [
        "simulate",
        "--seed",
        "3",
        "--days",
        "1",
        "--faults",
        str(faults),
        "--out",
        str(tmp_path / "out"),
        "--json",
    ]
    played = CliRunner().invoke(app, words, catch_exceptions=False)
    assert played.exit_code == 0
    told = json.loads(played.stdout)
    assert [told[name] for name in ZEROS] == [0, 0, 0, 0]
    assert told["promised"] == told["treated"] + told["lost"] > 0
    assert len(told["story_hash"]) == 64
    assert told["events"] > 100
    assert {each.name for each in (tmp_path / "out").iterdir()} == {
        f"simulation.{end}" for end in ("json", "png", "html")
    }


@pytest.mark.parametrize(
    ("words", "told"),
    [(["--policy", "hope"], "there is no policy hope; known are none"), (["--faults", "none.yaml"], "none.yaml")],
)
def test_what_cannot_be_played_is_refused_before_anything_starts(words: list[str], told: str) -> None:
    refused = CliRunner().invoke(app, ["simulate", *words])
    assert refused.exit_code == 2
    assert told in refused.stderr


@pytest.mark.long
def test_the_same_seed_tells_the_same_story() -> None:
    order, other = asked(5, 3, FAULTS, ["tower"])[0], asked(6, 3, FAULTS, ["tower"])[0]
    one, again, another = (simulate(each, print) for each in (order, order, other))
    assert one.story_hash == again.story_hash != another.story_hash
    assert (one.treated, one.rescued) == (again.treated, again.rescued)


@pytest.mark.long
def test_a_month_with_faults_loses_no_promise_and_no_event() -> None:
    for order in asked(1, 30, None, ["none", "first-come", "tower"]):
        report = simulate(order, print)
        assert report.good, report
        assert report.promised > 200
