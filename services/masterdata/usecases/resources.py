"""Load, decide, save. What promised slots may stand on is shown to slotting's ledger in between."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from services.kernel import idempotency
from services.kernel.asking import Ask
from services.kernel.clock import Clock
from services.kernel.errors import InvalidFields, NotFound, Stale
from services.kernel.rpc import Behalf
from services.masterdata.documents import ResourceKind, kind_of
from services.masterdata.domain import Change, Content, Provenance, Version, neighbours, rules
from services.masterdata.domain.refusals import ResourceExists, SlotsInConflict
from services.masterdata.domain.version import created, deleted, require_etag, updated
from services.masterdata.ledger import NetworkLedger, ThreatenedSlot
from services.masterdata.store import Reader, Store, Unit

# Makes the answer's bytes of what was done, in the order of the wishes, and the slots that it puts at risk.
Render: TypeAlias = Callable[[Sequence[Change], Sequence[str]], bytes]
# What else becomes of the changes, in their transaction; refuses, and nothing has happened.
Also: TypeAlias = Callable[[Unit, Sequence[Change]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class ResourceWish:
    """One resource as somebody wants it to be. `at` is where it stands in the request; the errors name it."""

    kind: ResourceKind
    name: str
    at: str
    document: bytes | None  # None: it shall be no more
    paths: tuple[str, ...] = ()  # the fields of the document that count; none: all
    etag: str = ""
    may_exist: bool = True
    may_be_missing: bool = False


@dataclass(frozen=True, slots=True)
class ResourceAsk(Ask):
    """What is to be done, all or nothing, and how the answer is made."""

    wishes: tuple[ResourceWish, ...]
    render: Render
    behalf: Behalf
    accept_conflicts: bool = False
    validate_only: bool = False
    also: Also | None = None


async def get(kind: ResourceKind, name: str, partner: str | None, store: Store) -> Version:
    """A resource as it is; what the partner (None: an operator) may not see does not exist."""
    found = await store.one(name, partner)
    if found is None:
        raise _unknown(kind, name)
    return found


async def list_revisions(kind: ResourceKind, name: str, before: int | None, limit: int, store: Store) -> list[Version]:
    """The versions of a resource that there is or was, newest first: all, or those before one."""
    found = await store.revisions(name, before, limit)
    if not found and before is None:
        raise _unknown(kind, name)
    return found


async def export(kinds: Sequence[ResourceKind], partner: str | None, store: Store) -> dict[ResourceKind, list[Version]]:
    """All resources of each of these kinds, as they are at one instant."""
    found: dict[ResourceKind, list[Version]] = {kind: [] for kind in kinds}
    for version in await store.everything([kind.singular for kind in kinds], partner):
        found[kind_of(version.kind)].append(version)
    return found


async def change(ask: ResourceAsk, store: Store, ledger: NetworkLedger, clock: Clock) -> bytes:
    """Does what was asked, once the ledger has been shown what it would mean for promised slots.

    The ledger is asked outside of any transaction. What is saved afterwards is decided anew, on what is there then;
    if that is not what the ledger was asked about, the caller starts again.
    """
    if ask.validate_only:  # Its request id is never stored. Conflicts are told, not refused: that is what it is for.
        seen, threatened = await _foreseen(ask, store, ledger, clock)
        return ask.render(seen, [each.slot for each in threatened])
    return await store.unless_answered(ask.request_key, lambda: _change(ask, store, ledger, clock))


async def _foreseen(
    ask: ResourceAsk, store: Store, ledger: NetworkLedger, clock: Clock
) -> tuple[list[Change], tuple[ThreatenedSlot, ...]]:
    """What each wish would come to now, and the slots that it would put at risk."""
    async with store.reader() as reader:
        seen = await _decide(ask, reader, clock.now())
    return seen, await _ask_ledger(ask, seen, ledger)


async def _change(ask: ResourceAsk, store: Store, ledger: NetworkLedger, clock: Clock) -> bytes:
    seen, threatened = await _foreseen(ask, store, ledger, clock)
    if threatened and not ask.accept_conflicts:
        raise _conflict(threatened)
    slots = [each.slot for each in threatened]
    async with store.unit() as unit:
        if (answered := await idempotency.answered(unit.conn, ask.request_key)) is not None:
            return answered
        now = clock.now()
        changes = await _decide(ask, unit, now)
        _require_as_seen(seen, changes)
        await unit.save(changes, slots, ask.traceparent)
        if ask.also is not None:
            await ask.also(unit, changes)
        answer = ask.render(changes, slots)
        await idempotency.remember(unit.conn, ask.request_key, answer, now)
        return answer


async def _decide(ask: ResourceAsk, reader: Reader, now: datetime) -> list[Change]:
    """What each wish comes to, or all that is wrong with them."""
    # Once for all wishes, as an import may have thousands.
    stored = await reader.load([wish.name for wish in ask.wishes])
    by = Provenance(ask.actor, now, ask.reason)
    changes = [_change_of(wish, stored.get(wish.name), by) for wish in ask.wishes]
    # What stays as it is was accepted once; a rule that came later, or the clock, does not take it back.
    happening = [(wish, change) for wish, change in zip(ask.wishes, changes, strict=True) if change.happens]
    putting = [(wish, change.after.document, change) for wish, change in happening if wish.document is not None]
    violations = [wrong for wish, document, _ in putting for wrong in _violations_in(wish, document)]
    if violations:
        raise InvalidFields(violations)
    put = [(wish, change, wish.kind.content(document)) for wish, document, change in putting]
    for wish, change, content in put:
        before = wish.kind.content(change.before.document) if change.before else None
        rules.refuse(content, before, wish.at, now)
    gone = {wish.name for wish, _ in happening if wish.document is None}
    world = await _world({content.name: content for _, _, content in put}, gone, reader)
    for name in gone:
        neighbours.require_unused(name, world)
    for wish, _, content in put:
        neighbours.require_fitting(content, world, wish.at, now)
    return changes


def _violations_in(wish: ResourceWish, document: bytes) -> list[tuple[str, str]]:
    """All that is wrong with a resource in itself: its shape, or, where that is right, what the rules say of it."""
    return wish.kind.misshapen(document, wish.at) or rules.violations_in(wish.kind.content(document), wish.at)


def _change_of(wish: ResourceWish, stored: Version | None, by: Provenance) -> Change:
    live = stored if stored and not stored.deleted else None
    if live is None:
        if not wish.may_be_missing or wish.document is None:
            raise _unknown(wish.kind, wish.name)
        if wish.etag:
            raise Stale("There is none any more; leave the etag out.", resource=wish.name, field=f"{wish.at}.etag")
        document = wish.kind.merged(wish.name, b"", wish.document, wish.paths)
        fields = wish.kind.differing(b"", document)
        return created(wish.name, wish.kind.singular, document, fields, stored.number if stored else 0, by)
    if not wish.may_exist:
        singular = wish.kind.singular
        raise ResourceExists(f"There is a {singular} of this name already.", resource=wish.name, field=f"{singular}_id")
    require_etag(live, wish.etag, f"{wish.at}.etag")
    if wish.document is None:
        return deleted(live, by)
    document = wish.kind.merged(wish.name, live.document, wish.document, wish.paths)
    return updated(live, document, wish.kind.differing(live.document, document), by)


async def _world(put: Mapping[str, Content], gone: set[str], reader: Reader) -> neighbours.Neighbourhood:
    """All that the changed resources must fit to, as it would be after the change."""
    referred = {name for content in put.values() for _, name in content.references}
    watched = gone.union(*(neighbours.watched_by(content) for content in put.values()))
    found = [*(await reader.load(referred)).values(), *await reader.mentioning(watched)]
    live = {each.name: kind_of(each.kind).content(each.document) for each in found if not each.deleted}
    return neighbours.Neighbourhood({name: content for name, content in {**live, **put}.items() if name not in gone})


async def _ask_ledger(ask: ResourceAsk, changes: Sequence[Change], ledger: NetworkLedger) -> tuple[ThreatenedSlot, ...]:
    """The slots at risk. Something new takes nothing from a promise, and much of what changes does not either."""
    concerned = [
        change.after
        for change in changes
        if change.happens and change.before is not None and _concerns_ledger(change.after)
    ]
    return await ledger.threatened(concerned, ask.behalf) if concerned else ()


def _concerns_ledger(version: Version) -> bool:
    kind = kind_of(version.kind)
    return kind.asks_ledger if version.deleted else kind.concerns_ledger(version.changed_fields)


def _require_as_seen(seen: Sequence[Change], changes: Sequence[Change]) -> None:
    """Refuse to save over what came in between: the ledger was not asked about that."""
    # By number: it rises with each version, also through a deletion, and never comes twice.
    for one, other in zip(seen, changes, strict=True):
        if (one.before and one.before.number) != (other.before and other.before.number):
            raise Stale("It changed while the ledger was asked; read it again.", resource=other.after.name)


def _conflict(threatened: Sequence[ThreatenedSlot]) -> SlotsInConflict:
    return SlotsInConflict(
        "Promised slots would lose what they stand on; move them, or accept the conflicts.",
        slot_count=len(threatened),
        risks=",".join(sorted({each.risk for each in threatened})),
        slots=",".join(each.slot for each in threatened),
    )


def _unknown(kind: ResourceKind, name: str) -> NotFound:
    return NotFound(f"There is no such {kind.singular}.", resource=name)
