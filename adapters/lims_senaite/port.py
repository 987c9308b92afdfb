"""What we ask of SENAITE: to register our samples, and what became of them."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from adapters.lims_senaite.client import SAMPLES, SenaiteClient, Spoilt
from adapters.lims_senaite.cursor import check_fits, read_up_to
from adapters.lims_senaite.registration import (
    REGISTERED,
    SampleOrder,
    SampleThere,
    lacks,
    missing_tests,
    registrations,
    sample_order,
    written,
)
from adapters.mapping import AccountMapping
from adapters.outbound import Away, Declined, Fetched, Following, Outgoing, Poll, Reaction

AT_ONCE_MAX = 4
# One sample of ours, the copies of it that were made when it was declared invalid, and a margin.
NAMED_ALIKE_MAX = 20


async def register(senaite: SenaiteClient, outgoing: Outgoing) -> str:
    """Makes the sample unless it is there, completes what is half-made, and reads back what SENAITE took."""
    order = sample_order(senaite.given, outgoing.body)
    there = await _there(senaite, order.reference) or await _made(senaite, order)
    if missing := lacks(order, there, senaite.given.mapping):
        spoilt = await senaite.update(str(there.sample["uid"]), missing)
        there = await _there(senaite, order.reference) or there
        _require_nothing(order, there, senaite.given.mapping, spoilt)
    return there.receipt


async def look(senaite: SenaiteClient, outgoing: Outgoing) -> str | None:
    """The receipt, if the sample is there and whole; what is half-made is completed by sending again."""
    order = sample_order(senaite.given, outgoing.body)
    there = await _there(senaite, order.reference)
    return None if there is None or lacks(order, there, senaite.given.mapping) else there.receipt


async def fetch_changed(senaite: SenaiteClient, cursor: str, following: Following) -> Fetched:
    """The next samples of ours that were changed, each with its analyses."""
    done, options = read_up_to(cursor), senaite.given.settings
    begins = done.begins(options.since)
    hits: list[dict[str, Any]] = []
    async for page in senaite.pages("AnalysisRequest", _changed_since(begins, options.client)):
        hits += page.items
        check_fits(hits, begins, options.client)
        if len(done.unread(hits)) > AT_ONCE_MAX:
            break
    else:
        # A sample that was changed meanwhile moves to the end, and another one over the edge of a page.
        if len({each.get("uid") for each in hits}) < page.count:
            raise Away("the list of samples changed while it was read")
    unread = done.unread(hits)
    bodies = [await _body(senaite, str(each.get("uid"))) for each in unread[:AT_ONCE_MAX]]
    return Fetched(bodies, done.after(unread[:AT_ONCE_MAX]).written(), more=len(unread) > AT_ONCE_MAX)


async def fetch_followed(senaite: SenaiteClient, cursor: str, following: Following) -> Fetched:
    """The next samples that we wait for, changed or not: an analysis need not change its sample when it changes."""
    names = await following(cursor, AT_ONCE_MAX)
    samples = [sample for name in names for sample in await _named(senaite, name)]
    bodies = [await _body(senaite, str(sample["uid"])) for sample in samples]
    more = len(names) == AT_ONCE_MAX
    return Fetched(bodies, names[-1] if more else "", more)


def _changed_since(begins: Any, client: str) -> dict[str, str]:
    asked = {**SAMPLES, "getClientUID": client, "sort_on": "modified", "sort_order": "asc"}
    if begins is not None:
        asked |= {"modified.query:record:date": begins.isoformat(), "modified.range:record": "min"}
    return asked


async def _body(senaite: SenaiteClient, uid: str) -> bytes:
    sample = await senaite.read(uid)
    analyses = await senaite.analyses(str(sample.get("id")))
    return json.dumps({"sample": sample, "analyses": analyses}).encode()


async def _named(senaite: SenaiteClient, reference: str) -> list[dict[str, Any]]:
    """The samples with our reference; the copy of an invalid one may bear it too."""
    asked = {**SAMPLES, "getClientSampleID": reference, "getClientUID": senaite.given.settings.client}
    hits: list[Mapping[str, Any]] = []
    async for page in senaite.pages("AnalysisRequest", asked):
        if page.count > NAMED_ALIKE_MAX:
            raise Declined(f"the search for {reference} came unfiltered: {page.count} samples")
        hits += page.items
    whole = [await senaite.read(str(each.get("uid"))) for each in hits]
    return [each for each in whole if each.get("ClientSampleID") == reference]


async def _there(senaite: SenaiteClient, reference: str) -> SampleThere | None:
    found = await _named(senaite, reference)
    if not found:
        return None
    first = next((each for each in found if not each.get("Invalidated")), found[0])
    return SampleThere(first, await senaite.analysis_hits(str(first.get("id"))))


async def _made(senaite: SenaiteClient, order: SampleOrder) -> SampleThere:
    """The sample, made. Whatever SENAITE answers, what is there decides: an error may leave half of it."""
    spoilt = await senaite.create(senaite.given.settings.client, order.fields)
    there = await _there(senaite, order.reference)
    if there is not None:
        return there
    if spoilt is None:
        raise Declined("SENAITE says that it made the sample, and does not find it by its ClientSampleID")
    raise Away(spoilt.words) if spoilt.may_pass else Declined(spoilt.words)


def _require_nothing(order: SampleOrder, there: SampleThere, mapping: AccountMapping, spoilt: Spoilt | None) -> None:
    """What SENAITE does not like it may drop and say yes."""
    if missing := lacks(order, there, mapping):
        fields = [name for name in missing if name != "Analyses"]
        what = ", ".join([*fields, *missing_tests(order, there, mapping)])
        raise Declined(f"{there.sample.get('id')} lacks {what}{f'; {spoilt.words}' if spoilt else ''}")


REGISTER = Reaction("senaite.register", REGISTERED, registrations, register, look, written)
CHANGED = Poll("senaite.samples", timedelta(minutes=1), fetch_changed)
FOLLOWED = Poll("senaite.followed", timedelta(hours=1), fetch_followed)
