"""A laboratory that works with SENAITE, and a sample that quality asks it to test."""

from datetime import UTC, datetime, timedelta
from typing import Any

from doselane.quality.v1.batch_pb2 import Sample
from doselane.quality.v1.events_pb2 import SampleRegistered

from adapters.host.mappings import mapping_of
from adapters.lims_senaite.settings import SHAPE, settings
from adapters.mapping import Mapped
from adapters.sandbox.senaite import LaboratoryService, SenaiteLaboratory
from services.kernel.clock import Clock
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
LABORATORY, PRODUCT, SAMPLE = "partners/laboratory", "products/lu-177-demo", "batches/b1/samples/1"
CLIENT, CONTACT, SAMPLE_TYPE, PROFILE = ("c" * 32, "a" * 32, "d" * 32, "e" * 32)
PURITY, ENDOTOXIN, APPEARANCE = ("1" * 32, "2" * 32, "3" * 32)
USER, PASSWORD = "doselane", "p" * 20
OPTIONS = {"client": CLIENT, "contact": CONTACT}
MAPPING = f"""\
version: 1
tables:
  test: {{RCP: radiochemical_purity, LAL: endotoxin, APP: appearance}}
  service:
    "{PURITY}": radiochemical_purity
    "{ENDOTOXIN}": endotoxin
    "{APPEARANCE}": appearance
  sample_type:
    "{SAMPLE_TYPE}": {PRODUCT}
"""
APPEARANCES = ({"ResultValue": "1", "ResultText": "clear"}, {"ResultValue": "2", "ResultText": "cloudy"})
SERVICES = (
    LaboratoryService(PURITY, "RCP", "%", "HPLC", lower="0.0", upper="100.0"),
    LaboratoryService(ENDOTOXIN, "LAL", "EU/mL", "LAL"),
    LaboratoryService(APPEARANCE, "APP", options=APPEARANCES),
)


def given(mapping: str = MAPPING) -> Mapped:
    """Options and mapping of an account."""
    return Mapped(settings(OPTIONS), mapping_of("mapping", mapping, SHAPE).mapping)


def a_laboratory(clock: Clock) -> SenaiteLaboratory:
    """A laboratory that tests what the mapping names."""
    profiles = {PROFILE: [PURITY, ENDOTOXIN, APPEARANCE]}
    return SenaiteLaboratory(clock, CLIENT, CONTACT, [SAMPLE_TYPE], SERVICES, profiles)


def registered(*tests: str, until: datetime | None = NOW + timedelta(days=10), **sample: Any) -> Event:
    """Quality registered a sample."""
    fields = {"name": SAMPLE, "product": PRODUCT, "laboratory": LABORATORY, "sample_time": stamp(NOW), **sample}
    said = SampleRegistered(
        sample=Sample(tests=tests or ("radiochemical_purity", "endotoxin"), **fields),
        result_until_time=stamp(until) if until else None,
    )
    kind, data = "doselane.quality.sample.registered.v1", said.SerializeToString()
    return Event(uuid7(), kind, "doselane/quality", fields["name"], 1, NOW, data)
