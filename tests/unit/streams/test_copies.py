"""What partners get of events: only what the protos let them have. The checker is itself checked on seeded faults."""

import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import product
from typing import Any

import pytest
from doselane.described import descriptors
from doselane.slotting.v1 import events_pb2 as slotting
from doselane.type.v1.options_pb2 import audience, feed_event, own_name, owner_field, withheld
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import Descriptor, FieldDescriptor, FileDescriptor
from google.protobuf.descriptor_pb2 import FieldOptions, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from services.edge import api
from services.streams.events import FEED_TYPES, copies, copy_of
from tests.support.line import an_event
from tests.support.status import slot_event

API = api.load()
PARTNER, OTHER = "partners/northlake", "partners/harbor"
_TYPE = re.compile(r"\(`(doselane\.[a-z0-9_.]+\.v\d+)`\)")
KINDS = ("Product", "Facility", "Line", "Site", "Lane", "Agreement")
# What partners never get, and no comment says so: who of the staff did something, other sponsors' slots, what a courier
# is asked, and versions and times that would tell how often others were cut, or when something of others changed.
UNSAID = {
    "doselane.capacity.v1.Run.line",
    "doselane.capacity.v1.Run.etag",
    "doselane.capacity.v1.Run.update_time",
    *(
        f"doselane.capacity.v1.Run{what}.version"
        for what in ("Opened", "Cut", "Cancelled", "ProductionStarted", "Produced", "Failed")
    ),
    *(f"doselane.capacity.v1.Run{what}.conflicting_slots" for what in ("Cut", "Cancelled", "Produced", "Failed")),
    "doselane.distribution.v1.CustodyEntry.actor",
    "doselane.streams.v1.KafkaAccess.client_key",
    "doselane.streams.v1.KafkaAccess.sasl_password",
    *(f"doselane.masterdata.v1.{kind}.etag" for kind in KINDS),
    *(f"doselane.masterdata.v1.{kind}.update_time" for kind in KINDS),
    *(f"doselane.masterdata.v1.{kind}.last_change" for kind in KINDS),
    *(f"doselane.masterdata.v1.Resource{what}.version" for what in ("Created", "Updated", "Deleted")),
    *(f"doselane.masterdata.v1.Resource{what}.accepted_conflicts" for what in ("Updated", "Deleted")),
    "doselane.masterdata.v1.ResourceUpdated.changed_fields",
    "doselane.distribution.v1.BookingRequested.consignment",
    "doselane.distribution.v1.CancellationRequested.consignment",
    "doselane.distribution.v1.CancellationRequested.cause",
    "doselane.distribution.v1.RedirectionRequested.consignment",
    "doselane.distribution.v1.RedirectionRequested.cause",
}
CHOICES = 6  # the kinds of a resource of master data
FEED_MESSAGES = [descriptor_pool.Default().FindMessageTypeByName(copies.data_name(each)) for each in sorted(FEED_TYPES)]


def messages_of_events() -> Iterator[Descriptor]:
    """Every message that says that it is told to partners."""
    for name in API.comments:
        if name.startswith("doselane.") and name.count(".") == 3:
            try:
                found = descriptor_pool.Default().FindMessageTypeByName(name)
            except KeyError:
                continue  # an enum or a service
            if found.GetOptions().HasExtension(feed_event):
                yield found


def fields_in(described: Descriptor) -> Iterator[FieldDescriptor]:
    """Every field that may stand in a message of this kind, wherever."""
    seen, waiting = set[str](), [described]
    while waiting:
        kind = waiting.pop()
        if kind.full_name not in seen:
            seen.add(kind.full_name)
            yield from kind.fields
            waiting += [field.message_type for field in kind.fields if field.message_type]


@cache
def full(described: Descriptor, choice: int = 0, depth: int = 0) -> Any:
    """A message with every field set, as deep as kinds do not repeat; repeated fields twice, of a oneof the chosen."""
    message = GetMessageClass(described)()
    for field in described.fields:
        either = field.containing_oneof.fields if field.containing_oneof else [field]
        if either[choice % len(either)] is not field:
            continue
        values: list[Any]
        if field.message_type:
            values = [full(field.message_type, choice, depth + 1)] * 2 if depth < 5 else []
        elif field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
            values = [b"x" if field.type == FieldDescriptor.TYPE_BYTES else "x"] * 2
        elif field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
            values = [True] * 2
        else:
            values = [1, 1]
        if field.is_repeated:
            getattr(message, field.name).extend(values)
        elif values and field.message_type:
            getattr(message, field.name).CopyFrom(values[0])
        elif values:
            setattr(message, field.name, values[0])
    for field in described.fields:
        if "doselane.type.v1.own_name]: true" in str(field.GetOptions()):
            getattr(message, field.name)[:] = [PARTNER, OTHER]
    if described.full_name == "doselane.capacity.v1.Run":
        message.allotments[0].partner, message.allotments[1].partner = PARTNER, OTHER
    return message


def leaks(message: Message, allowed: str = PARTNER) -> set[str]:
    """What stands in a message that is not for the partner, looked for in another way than the code leaves it out."""
    found = set()
    for field, value in message.ListFields():
        if "doselane.type.v1.withheld]: true" in str(field.GetOptions()):
            found.add(field.full_name)
        for each in value if field.is_repeated else [value]:
            if each == OTHER:
                found.add(f"{field.full_name} of another")
            if isinstance(each, Message):
                if each.DESCRIPTOR.name == "Allotment" and each.partner != allowed:  # type: ignore[attr-defined]
                    found.add(f"{field.full_name} of another")
                found |= leaks(each, allowed)
    return found


@pytest.mark.parametrize("described", FEED_MESSAGES, ids=lambda each: each.full_name)
def test_a_copy_has_all_that_is_for_the_partner_and_nothing_that_is_not(described: Descriptor) -> None:
    for choice in range(CHOICES):
        whole = full(described, choice)
        copy = GetMessageClass(described).FromString(copies.redacted(described, whole.SerializeToString(), PARTNER))
        assert leaks(copy) == set()
        assert _names(copy) == _names(whole) - _hidden(whole)


def _names(message: Message, path: str = "") -> set[str]:
    """Where something stands in a message, each entry of a repeated field alike."""
    found = set()
    for field, value in message.ListFields():
        here = f"{path}.{field.name}"
        found.add(here)
        for each in value if field.is_repeated else [value]:
            if isinstance(each, Message):
                found |= _names(each, here)
    return found


def _hidden(message: Message, path: str = "") -> set[str]:
    found = set()
    for field, value in message.ListFields():
        here = f"{path}.{field.name}"
        withheld = "doselane.type.v1.withheld]: true" in str(field.GetOptions())
        for each in value if field.is_repeated else [value]:
            if isinstance(each, Message):
                found |= _names(each, here) if withheld else _hidden(each, here)
        if withheld:
            found.add(here)
    return found


def spoilt(spoil: Callable[[str, FieldOptions], None]) -> DescriptorPool:
    """All protos anew, their fields' options otherwise; `spoil` is given the message's full name and the options."""
    pool, added = DescriptorPool(), set[str]()

    def add(file: FileDescriptor) -> None:
        if file.name in added:
            return
        added.add(file.name)
        for each in file.dependencies:
            add(each)
        proto = FileDescriptorProto()
        file.CopyToProto(proto)
        waiting = [(f"{file.package}.{each.name}", each) for each in proto.message_type]
        while waiting:
            name, described = waiting.pop()
            waiting += [(f"{name}.{each.name}", each) for each in described.nested_type]
            for field in described.field:
                spoil(name, field.options)
        pool.AddSerializedFile(proto.SerializeToString())

    for each in FEED_MESSAGES:
        add(each.file)
    return pool


@pytest.mark.parametrize(
    ("forgotten", "where"),
    [
        (withheld, "anywhere"),
        (owner_field, "anywhere"),
        (own_name, "anywhere"),
        (withheld, "within"),
        (withheld, "in lists"),
    ],
    ids=["withheld", "owned", "named", "nested", "repeated"],
)
def test_each_rule_of_leaving_out_is_missed_where_the_protos_forget_it(forgotten: Any, where: str) -> None:
    events = {each.full_name for each in FEED_MESSAGES}
    fields = [field for each in FEED_MESSAGES for field in fields_in(each)]
    in_lists = {field.message_type.full_name for field in fields if field.message_type and field.is_repeated}

    def spoil(message: str, options: FieldOptions) -> None:
        if where == "anywhere" or (message in in_lists if where == "in lists" else message not in events):
            options.ClearExtension(forgotten)

    pool, found = spoilt(spoil), set[str]()
    for described, choice in product(FEED_MESSAGES, range(CHOICES)):
        worse = pool.FindMessageTypeByName(described.full_name)
        data = copies.redacted(worse, full(described, choice).SerializeToString(), PARTNER)
        found |= leaks(GetMessageClass(described).FromString(data))
    assert found


def test_protos_that_are_read_anew_and_forget_nothing_leak_nothing() -> None:
    pool = spoilt(lambda message, options: None)
    for described in FEED_MESSAGES:
        whole = full(described).SerializeToString()
        anew = pool.FindMessageTypeByName(described.full_name)
        assert copies.redacted(anew, whole, PARTNER) == copies.redacted(described, whole, PARTNER)


def test_the_type_of_an_event_is_the_one_that_its_comment_names() -> None:
    told = {each.full_name: each.GetOptions().Extensions[feed_event] for each in messages_of_events()}
    assert told == {name: found[1] for name in told if (found := _TYPE.search(API.comment(name)))}
    assert len(told) > 40


def test_no_message_that_is_told_to_partners_is_overlooked() -> None:
    assert {each.full_name for each in messages_of_events()} == {each.full_name for each in FEED_MESSAGES}


# Events that no feed carries, and why, by the end of their types.
_OWN_WORDS = "what an outside system told is its own words; what came of it is told by the service that decided"
_STAFFS = "it is the manufacturer's own, and of no partner"
_BY_OTHERS = "each partner is told of its own part by another event"
NOT_IN_FEEDS = {
    "capacity.run.created": "nobody may see a run before it is opened (`run.opened`)",
    "capacity.production_order.refused": _STAFFS,
    "courier.milestone.reported": _OWN_WORDS,
    "crm.order.changed": _OWN_WORDS,
    "lims.result.reported": _OWN_WORDS,
    "distribution.a2_table.signed": _STAFFS,
    "distribution.a2_table.retired": _STAFFS,
    "distribution.denial.recorded": _STAFFS,
    "distribution.lane.measured": _STAFFS,
    "distribution.outbound_delivery.refused": _STAFFS,
    **dict.fromkeys(
        [
            f"erp.{what}.changed"
            for what in ("production_order", "inspection_lot", "outbound_delivery", "demand", "order")
        ]
        + ["erp.production.reported"],
        _OWN_WORDS,
    ),
    "erp.message.refused": _STAFFS,
    "courier.delivery.failed": _STAFFS,
    "courier.source.silent": _STAFFS,
    "courier.source.heard": _STAFFS,
    **dict.fromkeys(
        [f"masterdata.transit_proposal.{what}" for what in ("created", "accepted", "rejected", "superseded")], _STAFFS
    ),
    **dict.fromkeys([f"planning.isotope_delivery.{what}" for what in ("planned", "updated", "cancelled")], _STAFFS),
    **dict.fromkeys(
        [f"planning.proposal.{what}" for what in ("ready", "failed", "edited", "accepted", "rejected")], _STAFFS
    ),
    "quality.specification.signed": _STAFFS,
    "slotting.run.cut": _BY_OTHERS,  # capacity's run.cut, as far as a partner may see the run
    "slotting.network.conflicted": _BY_OTHERS,  # slot.at_risk
    "tower.board_entry.changed": "each step of a judgement; dose.at_risk, .safe_again and .lost tell what came of it",
    **dict.fromkeys(
        [f"tower.incident.{what}" for what in ("opened", "acknowledged", "updated", "resolved")], _BY_OTHERS
    ),  # dose.at_risk and its like, as doses of several may be in one
    "tower.rescue.applied": _BY_OTHERS,  # slot.moved
    **dict.fromkeys(
        [f"tower.escalation_ladder.{what}" for what in ("set", "withdrawn")]
        + [f"tower.escalation.{what}" for what in ("step_taken", "acknowledged", "changed")],
        "the alerts of a ladder tell whom its partner wants told; what they tell of is dose.at_risk",
    ),
    "alert.alert.sent": "it is kept with the step of the escalation (`GetEscalation`)",
    "alert.message.refused": _STAFFS,
}


def test_of_each_event_there_is_it_is_said_that_a_feed_carries_it_or_why_none_does() -> None:
    published = {f"doselane.{each}" for each in re.findall(r"`doselane\.([a-z0-9_.]+)\.v1`", _first_words())}
    unsaid = {each.removesuffix(".v1") for each in published} - {each.removesuffix(".v1") for each in FEED_TYPES}
    assert unsaid == {f"doselane.{each}" for each in NOT_IN_FEEDS}
    assert all(NOT_IN_FEEDS.values()) and len(published) > 100


def _first_words() -> str:
    """What the comments of the messages of events begin with, in which each names its type."""
    of_events = [file for file in descriptors().file if file.name.endswith("/v1/events.proto")]
    names = [f"{file.package}.{each.name}" for file in of_events for each in file.message_type]
    return " ".join(found[0] for name in names if (found := _TYPE.search(API.comment(name))))


def test_what_only_operators_see_and_what_is_of_a_patient_is_withheld_and_little_else() -> None:
    fields = {field.full_name: field for each in FEED_MESSAGES for field in fields_in(each)}
    withheld = {name for name, field in fields.items() if copies.is_withheld(field)}
    said = {
        name for name in fields if re.search(r"only operators see (it|them)|partners do not", API.comment(name), re.I)
    }
    of_patients = {name for name in fields if "patient" in name.rpartition(".")[2]}
    assert len(said) >= 8
    assert len(of_patients) >= 4
    within = {inner.full_name for name in withheld if (kind := fields[name].message_type) for inner in fields_in(kind)}
    assert withheld - within == (said | of_patients | UNSAID) - within


def test_nothing_is_told_whose_kind_nobody_knows_beforehand() -> None:
    kinds = {each.full_name for described in FEED_MESSAGES for each in copies.reached(described)}
    assert not kinds & {"google.protobuf.Any", "google.protobuf.Struct", "google.protobuf.Value"}


def test_only_what_is_withheld_names_who_hears_of_an_event() -> None:
    named = [field for each in FEED_MESSAGES for field in each.fields if field.GetOptions().Extensions[audience]]
    assert len(named) >= 13
    assert all(copies.is_withheld(field) and field.is_repeated for field in named)


def test_what_the_protos_do_not_know_is_left_out() -> None:
    event = slot_event("a")
    unknown = b"\xa2\x06\x06secret"  # field 100
    assert b"secret" in slotting.SlotConfirmed.FromString(event.data + unknown).SerializeToString()
    newer = an_event(type=event.type, data=event.data + unknown)
    assert b"secret" not in copy_of(newer, PARTNER).data


def test_what_cannot_be_read_is_an_error() -> None:
    with pytest.raises(DecodeError):
        copy_of(an_event(data=b"\x0a\xff"), PARTNER)
