"""Faults are read strictly: what is not known, or cannot be, is said with its place."""

from pathlib import Path

import pytest

from services.local import simulation
from services.local.simulation.faults import TYPICAL, FaultPlan, FaultsRefused, Outage, System, read_faults


def test_faults_are_read_as_they_are_written() -> None:
    text = "batch_failure: 0.25\nrepeated_events: 1\noutages:\n- {system: sap, day: 2, hour: 3.5, hours: 4}\n"
    outage = Outage(system=System.SAP, day=2, hour=3.5, hours=4)
    assert read_faults(text) == FaultPlan(batch_failure=0.25, repeated_events=1.0, outages=(outage,))
    assert (outage.begins.days, outage.begins.seconds) == (2, 3.5 * 3600)


def test_a_file_that_says_nothing_has_no_faults() -> None:
    assert read_faults("# none\n") == FaultPlan()
    assert max(TYPICAL.batch_failure, TYPICAL.short_yield) < 0.1


def test_the_files_beside_the_simulation_can_be_played() -> None:
    files = sorted(Path(simulation.__file__).parent.glob("*.yaml"))
    assert len(files) >= 3
    assert all(read_faults(file.read_text()) != FaultPlan() for file in files)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("batch_failure: 1.1", "batch_failure: input should be less than or equal to 1"),
        ("batch_failure: -0.1", "batch_failure: input should be greater than or equal to 0"),
        ("batch_failure: .nan", "batch_failure"),
        ("meteor: 0.5", "meteor: there is no such fault; known are batch_failure, short_yield"),
        ("outages: [{system: telex, day: 1}]", "outages.0.system: input should be 'salesforce' or 'sap'"),
        ("outages: [{system: sap, day: -1}]", "outages.0.day"),
        ("outages: [{system: sap, day: 1, hour: 24}]", "outages.0.hour"),
        ("outages: [{system: sap, day: 1, hours: 0}]", "outages.0.hours"),
        ("outages: [{system: sap, day: 1, hours: 73}]", "outages.0.hours"),
        ("outages: [{day: 1}]", "outages.0.system: field required"),
        ("days_ahead: 0", "days_ahead: input should be greater than or equal to 1"),
        ("waits_hours: []", "waits_hours"),
        ("- batch_failure", "write faults as name: share"),
        ("a: [", "line 1: the file is not YAML"),
        ("a: b\nc: d: e", "line 2: the file is not YAML"),
    ],
)
def test_what_cannot_be_played_is_refused_with_its_place(text: str, told: str) -> None:
    with pytest.raises(FaultsRefused) as refused:
        read_faults(text)
    assert told in str(refused.value)


def test_every_mistake_is_told() -> None:
    with pytest.raises(FaultsRefused) as refused:
        read_faults("batch_failure: 2\nshort_yield: 3\n")
    assert "batch_failure" in str(refused.value)
    assert "short_yield" in str(refused.value)
