"""What a laboratory of our own kind pushes: results as JSON and CSV, and chromatograms as Allotrope files."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from adapters.host.mappings import mapping_of
from adapters.lims_generic import ADAPTER
from adapters.lims_generic.codes import MANIFEST
from adapters.lims_generic.settings import settings
from adapters.lims_generic.translate import LaboratoryReader
from adapters.manifest import Incoming, Refused, Translation
from adapters.mapping import Mapped

RECEIVED = datetime(2026, 12, 1, 12, tzinfo=UTC)
SAMPLE = "batches/261201-0001/samples/1"
MAPPING = """\
version: 1
tables:
  test: {RCP-HPLC: radiochemical_purity, GMP-ENDO: endotoxin}
  unit: {EU/mL: IU/mL}
  method: {RCP-177-01: HPLC}
  channel: {RADIO_1/radiometric: radio, UV_VIS_1: ignored}
  peak: {product: radiochemical_purity, free nuclide: unbound_lutetium}
"""
OPTIONS: Mapping[str, Any] = {
    "zone": "Europe/Zurich",
    "allotrope": {"state": "verified", "peak_height": [10, 5000], "peak_area": [100, 100_000]},
}


def a_reader(mapping: str = MAPPING, **options: Any) -> LaboratoryReader:
    """The reader of an account with these options and this mapping; None leaves an option out."""
    assert ADAPTER.mapping is not None
    found = mapping_of("lab.yaml", mapping, ADAPTER.mapping)
    given = {name: option for name, option in {**OPTIONS, **options}.items() if option is not None}
    return LaboratoryReader(Mapped(settings(given), found.mapping))


def read(webhook: str, body: Any, reader: LaboratoryReader | None = None) -> Translation:
    """What a push through a webhook is read as; JSON is written first."""
    written = body if isinstance(body, bytes) else json.dumps(body).encode()
    return (reader or a_reader()).translate(Incoming(webhook, written, {}, RECEIVED))


def refused(webhook: str, body: Any, reader: LaboratoryReader | None = None) -> Refused:
    """Why a push is refused."""
    try:
        found = read(webhook, body, reader)
    except Refused as refusal:
        return refusal
    raise AssertionError(f"it was taken: {found.facts}")


def a_result(**changes: Any) -> dict[str, Any]:
    """A result as JSON; None leaves a field out."""
    said = {
        "result_id": "A-1",
        "samples": [SAMPLE],
        "test": "RCP-HPLC",
        "state": "verified",
        "value": "99.50",
        "unit": "%",
        "changed_at": "2026-12-01T09:30:00+01:00",
        **changes,
    }
    return {name: value for name, value in said.items() if value is not None}


def results(*said: dict[str, Any]) -> dict[str, Any]:
    """A message with these results."""
    return {"results": list(said)}


def a_peak(name: str, share: float, area: float, height: float, **changes: Any) -> dict[str, Any]:
    """A peak as a converter writes it."""
    return {
        "identifier": "random",
        "written name": name,
        "relative peak area": {"value": share, "unit": "%"},
        "peak area": {"value": area, "unit": "mAU.s"},
        "peak height": {"value": height, "unit": "mAU"},
        **changes,
    }


PEAKS = (a_peak("free nuclide", 0.32, 90.0, 4.0), a_peak("product", 99.68, 28272.0, 940.0))


def a_signal(*peaks: dict[str, Any], label: str = "RADIO_1", detection: str = "radiometric") -> dict[str, Any]:
    """One signal of an injection."""
    return {
        "device control aggregate document": {
            "device control document": [{"device type": label, "detection type": detection}]
        },
        "sample document": {"sample identifier": SAMPLE, "written name": "QC1"},
        "injection document": {
            "injection identifier": "INJ-1",
            "injection time": "2026-12-01T06:11:00+01:00",
            "custom information document": {"injection method": "RCP-177-01", "injection type": "Unknown"},
        },
        "chromatogram data cube": {"label": label},
        "processed data aggregate document": {"processed data document": [{"peak list": {"peak": list(peaks)}}]},
    }


def an_injection(*signals: dict[str, Any]) -> dict[str, Any]:
    """One injection with its signals, and the people of the laboratory."""
    measured = {"measurement document": list(signals)}
    return {"measurement aggregate document": measured, "analyst": "operator-b", "submitter": "operator-a"}


def a_chromatogram(*injections: dict[str, Any]) -> dict[str, Any]:
    """A document; without injections, with a good one."""
    return {
        "$asm.manifest": MANIFEST,
        "liquid chromatography aggregate document": {
            "data system document": {"ASM converter name": "converter", "ASM converter version": "0.1.150"},
            "device system document": {"asset management identifier": "HPLC-7"},
            "liquid chromatography document": list(injections) or [an_injection(a_signal(*PEAKS))],
        },
    }
