"""What SENAITE is asked to make of a sample of ours, and what a sample that it has still lacks. Pure."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from doselane.quality.v1.events_pb2 import SampleRegistered

from adapters.lims_senaite.settings import SenaiteOptions
from adapters.mapping import AccountMapping, Mapped
from adapters.outbound import Declined, Outgoing
from services.kernel.event import Event
from services.kernel.timestamps import instant

REGISTERED = "doselane.quality.sample.registered.v1"
# When nobody says until when a result is of use: no dose lives longer.
LIFE_MAX = timedelta(days=30)
# Whoever put a sample there wants nothing more of it.
_OVER = frozenset({"invalid", "rejected", "cancelled"})


@dataclass(frozen=True, slots=True)
class SampleOrder:
    """A sample as SENAITE is to make it."""

    reference: str  # ours, which SENAITE keeps as ClientSampleID
    fields: Mapping[str, Any]  # what stands in the body that makes it
    services: Mapping[str, str]  # by test of ours: the uid of the service that makes it; a profile may make others
    tests: Sequence[str]


@dataclass(frozen=True, slots=True)
class SampleThere:
    """A sample that SENAITE has, with the catalogue's columns of its analyses."""

    sample: Mapping[str, Any]
    analyses: Sequence[Mapping[str, Any]]

    @property
    def receipt(self) -> str:
        """What the delivery's record says."""
        return f"registered as {self.sample.get('id')} ({self.sample.get('uid')})"


def registrations(event: Event, partner: str) -> Iterator[Outgoing]:
    """The sample, if this laboratory is asked, until a result is of no use."""
    said = SampleRegistered.FromString(event.data)
    if said.sample.laboratory == partner:
        known = said.HasField("result_until_time")
        until = instant(said.result_until_time, "result_until_time") if known else event.time + LIFE_MAX
        yield Outgoing(said.sample.name, event.data, until)


def written(given: Mapped, outgoing: Outgoing) -> bytes:
    """The body that makes the sample; its ValueError names what the mapping lacks, as a dry run wants it."""
    try:
        return json.dumps(sample_order(given, outgoing.body).fields).encode()
    except Declined as no:
        raise ValueError(str(no)) from None


def sample_order(given: Mapped, body: bytes) -> SampleOrder:
    """The sample in SENAITE's words; raises Declined with each line that the account's mapping lacks."""
    sample, mapping = SampleRegistered.FromString(body).sample, given.mapping
    options: SenaiteOptions = given.settings
    sample_type = mapping.theirs("sample_type", sample.product)
    profiles = [uid for uid, product in mapping.tables.get("profile", {}).items() if product == sample.product]
    services = {test: uid for test in sample.tests if (uid := mapping.theirs("service", test))}
    if lines := list(_lacking(mapping, sample.product, sample.tests, services, has_profile=bool(profiles))):
        raise Declined(f"the mapping has no line for {'; '.join(lines)}")
    fields = {
        "Contact": options.contact,
        "SampleType": sample_type,
        "ClientSampleID": sample.name,
        **(
            {"DateSampled": instant(sample.sample_time, "sample_time").isoformat()}
            if sample.HasField("sample_time")
            else {}
        ),
        **({"Profiles": profiles} if profiles else {}),
        **({"Analyses": list(services.values())} if services else {}),
    }
    return SampleOrder(sample.name, fields, services, tuple(sample.tests))


def _lacking(
    mapping: AccountMapping, product: str, tests: Sequence[str], services: Mapping[str, str], *, has_profile: bool
) -> Iterator[str]:
    if mapping.theirs("sample_type", product) is None:
        yield f"tables.sample_type: {product}"
    for test in tests:
        # A test that no keyword stands for would be made, and its result never understood.
        if mapping.theirs("test", test) is None:
            yield f"tables.test: {test}"
        if test not in services and not has_profile:
            yield f"tables.service: {test}"


def lacks(order: SampleOrder, there: SampleThere, mapping: AccountMapping) -> dict[str, Any]:
    """The fields by which a half-made sample becomes what was asked for; empty if it lacks nothing."""
    if there.sample.get("review_state") in _OVER:
        return {}
    missing = {
        name: order.fields[name]
        for name in ("Contact", "SampleType", "DateSampled")
        if name in order.fields and not there.sample.get(name)
    }
    if absent := missing_tests(order, there, mapping):
        wanted = [str(each["getServiceUID"]) for each in there.analyses if each.get("getServiceUID")]
        wanted += [order.services[test] for test in absent if test in order.services]
        # On a sample that is there SENAITE takes objects only; bare uids in a list it drops without a word.
        missing["Analyses"] = [{"uid": uid} for uid in dict.fromkeys(wanted)]
    return missing


def missing_tests(order: SampleOrder, there: SampleThere, mapping: AccountMapping) -> list[str]:
    """The tests that no analysis of the sample makes."""
    made = {mapping.ours("test", str(each.get("getKeyword"))) for each in there.analyses}
    return [test for test in order.tests if test not in made]
