"""Documents that converters wrote, read as an account would set them up: taken, or refused for the right reason."""

import pytest

from adapters.lims_generic.translate import ALLOTROPE
from tests.support.interfaces import interface
from tests.support.laboratory import MAPPING, a_reader, read, refused

FOLDER = "lims/allotrope"


def test_a_document_of_a_radio_detector_gives_the_purity_of_each_injection() -> None:
    found = read(ALLOTROPE, interface(f"{FOLDER}/radio-hplc-synthetic.asm.json").read_bytes()).facts
    told = [(fact.said.sample_references[0], fact.said.test, fact.said.value, fact.said.method) for fact in found]
    assert told == [
        ("B26-0311-QC1", "unbound_lutetium", "0.32", "HPLC"),
        ("B26-0311-QC1", "radiochemical_purity", "99.68", "HPLC"),
        ("B26-0311-QC2", "unbound_lutetium", "6.1", "HPLC"),
        ("B26-0311-QC2", "radiochemical_purity", "93.09", "HPLC"),
    ]
    assert {fact.said.parser for fact in found} == {"allotropy_benchling_thermo_fisher_scientific_chromeleon 0.1.150"}
    assert not [fact for fact in found if "operator" in str(fact.said)]


@pytest.mark.parametrize("name", ["unicorn_1.json", "unicorn_single_uv.json"])
def test_a_document_without_a_radio_signal_is_refused(name: str) -> None:
    refusal = refused(ALLOTROPE, interface(f"{FOLDER}/{name}").read_bytes())
    assert refusal.reason == "CHANNEL_UNKNOWN"
    assert "UV" in refusal.detail


def test_a_signal_of_which_only_a_part_was_integrated_is_no_purity() -> None:
    reader = a_reader(MAPPING.replace("RADIO_1/radiometric", "UV 1_280"))
    refusal = refused(ALLOTROPE, interface(f"{FOLDER}/unicorn_1.json").read_bytes(), reader)
    assert (refusal.reason, "81.43326840 %" in refusal.detail) == ("AREAS_NOT_WHOLE", True)
