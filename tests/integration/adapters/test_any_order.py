"""In whatever order, company and number a shipment's events come, they end in the same milestones."""

import json
import random
from datetime import timedelta
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.courier_epcis import ADAPTER as EPCIS
from adapters.courier_ups import ADAPTER as UPS
from adapters.host.intake import translated
from adapters.host.judge import deduplicate
from adapters.host.settings import accounts
from adapters.host.values import Account, Deduplication, PendingMessage, ReceivedMessage, digest
from adapters.manifest import Incoming
from services.kernel.ids import uuid7
from tests.support.couriers import ACCOUNTS, NOW, SWIFT, CourierDesk, epcis_document, epcis_event, ups
from tests.support.tokens import Issuer

CODES = ("003", "038", "010", "999", "021", "011", "046")
STEPS = ("collecting", "departing", "arriving", "inspecting", "receiving", "other")


def messages() -> list[Any]:
    """A shipment's life as UPS tells it."""
    return [ups(NOW + timedelta(minutes=10 * number), code=code) for number, code in enumerate(CODES)]


def events() -> list[dict[str, Any]]:
    """A shipment's life as EPCIS tells it, with an event that was wrong and one without an id."""
    told = [epcis_event(NOW + timedelta(minutes=10 * number), step) for number, step in enumerate(STEPS)]
    told.append({**told[1], "errorDeclaration": {"declarationTime": "2026-11-22T09:30:00Z"}})
    anonymous = epcis_event(NOW + timedelta(minutes=3), "loading")
    del anonymous["eventID"]
    return [*told, anonymous]


@st.composite
def tellings(draw: st.DrawFn, known: list[Any]) -> list[Any]:
    """All of it at least once, in some order, some of it again."""
    return draw(st.permutations([*known, *draw(st.lists(st.sampled_from(known), max_size=6))]))


def an_account(name: str) -> Account:
    return accounts(json.dumps({name: ACCOUNTS[name]}), {UPS.name: UPS, EPCIS.name: EPCIS}, Issuer().verifier())[name]


def counted(account: Account, webhook: str, bodies: list[Any]) -> dict[str, bytes]:
    """What counts after these pushes, each with the milestone that it stands for."""
    known: dict[str, bytes] = {}
    for body in bodies:
        raw = json.dumps(body).encode()
        made = translated(account.reader, "messages/x", Incoming(webhook, raw, {}, NOW + timedelta(hours=2)))
        arrival = ReceivedMessage(uuid7(), account.id, SWIFT, "", webhook, NOW, {}, raw, len(raw), digest(raw))
        before = {at: Deduplication(False) for at, fact in enumerate(made.facts) if fact.key in known}
        for index, found in deduplicate(PendingMessage(arrival, made, account.port), before, 0, {}).items():
            fact = next(each for each in made.facts if each.index == index)
            if found.fresh:
                known[fact.key] = fact.said.SerializeToString(deterministic=True)
    return known


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(told=tellings(messages()))
def test_any_telling_of_ups_messages_ends_in_the_same_milestones(told: list[Any]) -> None:
    account = an_account("swift-ups")
    assert counted(account, "ups.track-alert", told) == counted(account, "ups.track-alert", messages())


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_telling_and_grouping_of_epcis_events_ends_in_the_same_milestones(data: st.DataObject) -> None:
    known = events()
    told = data.draw(tellings(known))
    cuts = sorted(data.draw(st.sets(st.integers(0, len(told)), max_size=5)) | {0, len(told)})
    documents = [epcis_document(*told[start:end]) for start, end in pairwise(cuts)]
    account = an_account("cold")
    in_order = [epcis_document(each) for each in known]
    assert counted(account, "epcis.capture", documents) == counted(account, "epcis.capture", in_order)


async def test_a_shuffled_and_repeated_telling_over_the_wire_publishes_each_milestone_once(desk: CourierDesk) -> None:
    known, chance = events(), random.Random(7)
    told = [*known, *known, *known]
    chance.shuffle(told)
    while told:
        size = chance.randint(1, 5)
        await desk.capture(epcis_document(*told[:size]))
        told = told[size:]
    published = await desk.milestones()
    assert len(published) == len(known)
    assert {(each.event_id, each.retracted) for each in published if "sha-256" not in each.event_id} == {
        (event["eventID"], "errorDeclaration" in event) for event in known if "eventID" in event
    }
