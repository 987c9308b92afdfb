"""Notifications: taken, passed over, or known as our own; and what we say and ask ourselves."""

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from doselane.courier.v1.courier_pb2 import Milestone
from doselane.courier.v1.events_pb2 import MilestoneReported
from doselane.distribution.v1.events_pb2 import ShipmentFollowed
from doselane.distribution.v1.shipment_pb2 import Shipment

from adapters.courier_onerecord import port, telling
from adapters.courier_onerecord.client import OneRecordClient
from adapters.courier_onerecord.graph import LinkedDocument
from adapters.courier_onerecord.notifications import notification
from adapters.courier_onerecord.reader import SUBSCRIPTIONS
from adapters.courier_onerecord.settings import settings
from adapters.courier_onerecord.subscriptions import Subscribed, subscription
from adapters.manifest import Incoming, Refused
from adapters.sandbox.one_record import CONTEXT
from adapters.sandbox.one_record import subscription as asked_for
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from tests.support.interfaces import json_interface, samples
from tests.support.onerecord import (
    NOW,
    SERVER,
    SHIPMENT,
    THEIRS,
    WAYBILL,
    event,
    fetched,
    notified,
    only,
    posted,
    reader,
    told,
)

OURS = f"{SERVER}/logistics-objects/{WAYBILL}"
US = f"{SERVER}/logistics-objects/organization"
SKY, FORWARD = "partners/skyfreight", "partners/forward"
TAKEN = {
    "LogisticsEvent.json": "event", "LogisticsEvent_with_id.json": "event",
    "LogisticsEvents_filtered_list.json": "answer",
    "Notification_example6.json": "notification",
}  # fmt: skip


def wanted(value: dict[str, Any]) -> list[str]:
    return reader().wanted(notification(LinkedDocument(value)))


@pytest.mark.parametrize("path", samples("standards/one-record/examples", "*.json"))
def test_every_example_of_the_standard_is_taken_where_it_belongs_and_refused_elsewhere(path: Any) -> None:
    value, belongs = json_interface(f"standards/one-record/examples/{path.name}"), TAKEN.get(path.name)
    for way, read in (("event", posted), ("notification", notified)):
        if belongs == way:
            assert [fact.said.kind for fact in read(value).facts] == ([Milestone.DEPARTED] if way == "event" else [])
        else:
            with pytest.raises(Refused) as refused:
                read(value)
            assert refused.value.reason == "BODY_NOT_ONE_RECORD"
    assert len(fetched(value).facts) == (belongs in ("event", "answer"))


def test_an_event_in_a_notification_counts_and_one_that_is_only_named_is_fetched() -> None:
    link = f"{SHIPMENT}/logistics-events/1"
    inside = told(hasLogisticsEvent=[{**event(eventFor=None), "@id": link}])
    assert only(notified(inside)).said.kind == Milestone.DEPARTED
    assert SHIPMENT in only(notified(inside)).references
    assert wanted(inside) == []
    assert (notified(told(hasLogisticsEvent={"@id": link})).facts, wanted(told(hasLogisticsEvent={"@id": link}))) == (
        (),
        [link],
    )
    for event_type in ("LOGISTICS_EVENT_RECEIVED", "LOGISTICS_OBJECT_UPDATED", "LOGISTICS_OBJECT_CREATED"):
        assert wanted(told(event_type)) == [SHIPMENT]
        assert "will be fetched" in notified(told(event_type)).remark


def test_the_object_may_come_with_the_notification_and_its_events_with_it() -> None:
    whole = {"@id": SHIPMENT, "@type": "cargo:Shipment", "cargo:events": [event("RCF")],
             "cargo:waybill": {"cargo:waybillPrefix": "020", "cargo:waybillNumber": "12345675"}}  # fmt: skip
    fact = only(notified(told("LOGISTICS_OBJECT_UPDATED", hasLogisticsObject=whole)))
    assert fact.said.kind == Milestone.ARRIVED
    assert {SHIPMENT, WAYBILL} <= set(fact.references)


@pytest.mark.parametrize("event_type", [
    "SUBSCRIPTION_REQUEST_ACCEPTED", "SUBSCRIPTION_REQUEST_REJECTED", "CHANGE_REQUEST_PENDING",
    "VERIFICATION_REQUEST_FAILED", "LOGISTICS_OBJECT_PAINTED",
])  # fmt: skip
def test_news_of_requests_and_words_that_nobody_knows_set_off_nothing(event_type: str) -> None:
    value = told(event_type, isTriggeredBy={"@id": f"{THEIRS}/action-requests/1"})
    translation = notified(value)
    assert translation.facts == ()
    assert event_type in translation.remark


@pytest.mark.parametrize("value", [
    told(of=OURS), told("LOGISTICS_OBJECT_CREATED", of=OURS), told("LOGISTICS_OBJECT_UPDATED", of=OURS),
    told(of=OURS, hasLogisticsEvent=[event(**{"@id": f"{OURS}/logistics-events/{'a' * 64}"})]),
    told(of=OURS, hasLogisticsEvent=[event(recordingOrganization={"@id": US})]),
    told(of=OURS, hasLogisticsEvent={"@id": f"{OURS}/logistics-events/{'a' * 64}"}),
])  # fmt: skip
def test_our_own_notification_that_comes_back_is_known_and_nothing_is_fetched(value: dict[str, Any]) -> None:
    translation = notified(value)
    assert translation.facts == ()
    assert "ours, so nothing follows" in translation.remark
    assert wanted(value) == []


def test_our_own_event_that_comes_back_counts_nowhere_and_anothers_on_our_object_does() -> None:
    own = f"{OURS}/logistics-events/{'0123456789abcdef' * 4}"
    assert posted(event(**{"@id": own})).facts == ()
    assert posted(event(recordingOrganization={"@id": US})).facts == ()
    assert (
        posted(event(recordingOrganization=None, recordedBy={"@id": US})).facts == ()
    )  # as it was called before ontology 3.1
    theirs = posted(event(**{"@id": f"{OURS}/logistics-events/afb4b8cf-288a-459c-97fd-ccd538ec527f"}))
    assert only(theirs).said.kind == Milestone.DEPARTED


@pytest.mark.parametrize(("value", "place"), [
    ({"@context": CONTEXT, "@type": "api:Notification"}, "/api:hasEventType"),
    (told() | {"api:hasEventType": {"@id": "https://x.example/y"}}, "/api:hasEventType"),
    (told(of=""), "/api:hasLogisticsObject"),
    (event(), ""),
    ([told(), told()], "/0"),
])  # fmt: skip
def test_what_is_no_notification_is_refused_with_its_place(value: Any, place: str) -> None:
    with pytest.raises(Refused) as refused:
        notified(value)
    assert (refused.value.reason, refused.value.place, refused.value.status) == ("BODY_NOT_ONE_RECORD", place, 400)


def attached(*references: str, courier: str = SKY, lives: timedelta | None = timedelta(days=5)) -> Event:
    said = ShipmentFollowed(shipment=Shipment(name="shipments/1"), courier=courier, references=references)
    if lives is not None:
        said.administration_time.CopyFrom(stamp(NOW + lives))
    return Event(uuid7(), port.FOLLOWED, "doselane/distribution", "shipments/1", 1, NOW, said.SerializeToString())


def test_a_shipment_is_subscribed_to_by_its_object_or_else_with_all_shipments_and_again_before_it_ends() -> None:
    made = list(
        port.subscriptions(attached("02012345675", SHIPMENT, "1Z999AA10123456784", lives=timedelta(days=20)), SKY)
    )
    assert [(each.subject, each.not_before) for each in made] == [
        (name, NOW + timedelta(days=days)) for name in (WAYBILL, SHIPMENT) for days in (0, 13)
    ]
    ours = settings({"server": SERVER})
    of_type, of_object = (json.loads(port.subscription_written(ours, each)) for each in (made[0], made[2]))
    assert of_type["api:hasTopicType"] == {"@id": "api:LOGISTICS_OBJECT_TYPE"}
    assert of_type["api:hasTopic"]["@value"] == "https://onerecord.iata.org/ns/cargo#Shipment"
    assert of_object["api:hasTopic"]["@value"] == SHIPMENT
    assert of_object["api:expiresAt"]["@value"] == "2026-12-06T09:00:01Z"
    known = settings({"server": SERVER, "waybill_url": f"{THEIRS}/logistics-objects/waybill-{{waybill}}"})
    of_waybill = json.loads(port.subscription_written(known, made[0]))
    assert of_waybill["api:hasTopic"]["@value"] == f"{THEIRS}/logistics-objects/waybill-020-12345675"
    assert list(port.subscriptions(attached(WAYBILL, courier=FORWARD), SKY)) == []


def test_a_subscription_is_asked_for_as_the_standard_has_it() -> None:
    asked = port.subscription_written(settings({"server": SERVER}), next(port.subscriptions(attached(SHIPMENT), SKY)))
    with pytest.raises(Refused, match="TOPIC_NOT_SUPPORTED"):
        subscription(LinkedDocument(json.loads(asked)), settings({"server": SERVER}))  # it is of an object of theirs
    theirs = subscription(LinkedDocument(json.loads(asked)), settings({"server": THEIRS}))
    assert theirs.covers(SHIPMENT, "LOGISTICS_EVENT_RECEIVED", NOW)
    assert not theirs.covers(SHIPMENT, "LOGISTICS_EVENT_RECEIVED", NOW + timedelta(days=15))


@pytest.mark.parametrize(("changes", "place"), [
    ({"api:hasTopicType": {"@id": "api:LOGISTICS_OBJECT_COLOUR"}}, "/api:hasTopicType"),
    ({"api:hasTopic": None}, "/api:hasTopic"), ({"api:hasSubscriber": None}, "/api:hasSubscriber"),
    ({"api:hasTopic": f"{THEIRS}/logistics-objects/1"}, "/api:hasTopic"),
    ({"api:includeSubscriptionEventType": []}, "/api:includeSubscriptionEventType"),
    ({"api:includeSubscriptionEventType": {"@id": "api:EVERYTHING"}}, "/api:includeSubscriptionEventType"),
    ({"api:expiresAt": "soon"}, "/api:expiresAt"),
    ({"@type": "api:Notification"}, ""),
])  # fmt: skip
def test_a_subscription_that_cannot_be_kept_is_refused_with_its_place(changes: dict[str, Any], place: str) -> None:
    value = {
        "@context": CONTEXT,
        **asked_for("LOGISTICS_OBJECT_IDENTIFIER", OURS, f"{THEIRS}/me", "LOGISTICS_EVENT_RECEIVED"),
    }
    body = json.dumps({**value, **changes}).encode()
    with pytest.raises(Refused) as refused:
        reader().translate(Incoming(SUBSCRIPTIONS, body, {}, NOW))
    assert refused.value.place == place


def reported(code: str = "DEP", courier: str = SKY, adapter: str = "courier_onerecord", **beside: Any) -> Event:
    milestone = Milestone(event_id=f"{SHIPMENT}/logistics-events/1", kind=Milestone.DEPARTED, code=code,
                          time=stamp(NOW), shipment_references=[WAYBILL, "02012345675"])  # fmt: skip
    milestone.MergeFrom(Milestone(**beside))
    said = MilestoneReported(courier=courier, adapter=adapter, push="pushes/1", milestone=milestone)
    return Event(uuid7(), telling.REPORTED, "doselane/courier", "pushes/1", 1, NOW, said.SerializeToString())


@pytest.mark.parametrize("quiet", [
    reported(courier=FORWARD),  # his own words
    reported(adapter="courier_ups"), reported("DEP/PLANNED"), reported("DEP/PARTIAL"), reported("ZZZ"),
    reported(retracted=True),
])  # fmt: skip
def test_nobody_is_told_his_own_words_nor_what_has_not_happened(quiet: Event) -> None:
    assert list(telling.news(quiet, FORWARD)) == []


def test_an_event_is_told_once_for_a_waybill_under_an_id_of_ours_by_which_it_is_known_again() -> None:
    (made,) = telling.news(reported(), FORWARD)
    ours = settings({"server": SERVER})
    value = json.loads(telling.news_written(ours, made))
    (inside,) = value["api:hasLogisticsEvent"]
    assert value["api:hasLogisticsObject"] == {"@id": OURS}
    assert inside["cargo:recordingOrganization"]["@id"] == US
    assert notified(value).facts == posted({"@context": CONTEXT, **inside}).facts == ()
    elsewhere = notified(value, server="https://other.example/door")
    assert (only(elsewhere).said.kind, only(elsewhere).said.code) == (Milestone.DEPARTED, "DEP")
    assert made.give_up_at - NOW == telling.NEWS_LAST


def test_a_subscription_covers_its_topic_and_nothing_else() -> None:
    of_type = Subscribed("LOGISTICS_OBJECT_TYPE", "https://onerecord.iata.org/ns/cargo#Shipment", frozenset({"X"}))
    assert of_type.covers(OURS, "X", NOW)
    assert not of_type.covers(OURS, "Y", NOW)
    assert not Subscribed("LOGISTICS_OBJECT_IDENTIFIER", f"{OURS}1", frozenset({"X"})).covers(OURS, "X", NOW)


@pytest.mark.parametrize(("options", "words"), [
    ({}, "server must be"), ({"server": "http://gate.example"}, "server must be"), ({"server": "x"}, "server must be"),
    ({"server": SERVER, "wish": 1}, "no option 'wish'"),
    ({"server": SERVER, "codes": {"X": "FLOWN"}}, "no kind of milestone"),
    ({"server": SERVER, "codes": []}, "codes must be"),
    ({"server": SERVER, "untyped_events": "PLANNED"}, "untyped_events"),
    ({"server": SERVER, "waybill_url": THEIRS}, "waybill_url"), ({"server": SERVER, "events_max": True}, "events_max"),
    ({"server": SERVER, "organization": "me"}, "organization must"),
    ({"server": SERVER, "organization_name": ""}, "organization_name"),
])  # fmt: skip
def test_an_account_hears_all_that_is_wrong_with_its_options(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        settings(options)


@pytest.mark.parametrize(("url", "theirs"), [
    (f"{THEIRS}/api/logistics-objects/1", True), ("https://1r.skyfreight.example:443/api/x", True),
    ("HTTPS://1R.skyfreight.example/api/x", True),
    (f"{THEIRS}/other", False), (f"{THEIRS}/api/../admin", False), (f"{THEIRS}/api/%2e%2e/admin", False),
    ("http://1r.skyfreight.example/api/x", False), ("https://1r.skyfreight.example:8443/api/x", False),
    ("https://1r.skyfreight.example.evil.example/api/x", False), ("https://a@1r.skyfreight.example/api/x", False),
    ("https://1r.skyfreight.example@evil.example/api/x", False), ("https://169.254.169.254/api/x", False),
    ("https://1r.skyfreight.example\\@evil.example/api/x", False), ("//evil.example/api/x", False), ("/api/x", False),
    ("file:///etc/passwd", False), ("", False), ("urn:uuid:1", False), ("https://[", False),
])  # fmt: skip
def test_nothing_is_fetched_that_is_not_below_the_accounts_address(url: str, theirs: bool) -> None:
    http = httpx.AsyncClient(base_url=f"{THEIRS}/api")
    assert OneRecordClient(settings({"server": SERVER}), http, None).is_theirs(url) == theirs  # type: ignore[arg-type]
