"""Shows what would be made of a message by what is in force, and changes nothing."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from doselane.exchange.v1.exchange_pb2 import (
    MessageNote,
    MessageTranslation,
    RawMessage,
    TranslatedEvent,
    TranslateMessageRequest,
)

from adapters.host import store
from adapters.host.http import kept
from adapters.host.intake import Intake
from adapters.host.judge import LEFT_OUT
from adapters.host.settling import foresee
from adapters.host.store import StoredMessage
from adapters.host.values import Account, PendingMessage, ReceivedMessage, Verdict, by_itself
from adapters.ports import Sender
from services.kernel.clock import Clock
from services.kernel.db import Database
from services.kernel.errors import Invalid, NotFound
from services.kernel.steps import in_steps

# The id of what is not kept: no message has it.
NOWHERE = UUID(int=0)


class Translator:
    """Reads messages as they would be read if they came now, or were read again."""

    def __init__(self, database: Database, clock: Clock, intake: Intake, accounts: Mapping[str, Account]) -> None:
        self._database, self._clock, self._intake, self._accounts = database, clock, intake, accounts

    async def translate(self, request: TranslateMessageRequest) -> MessageTranslation:
        """What would be made of the message that is asked about, with all its events."""
        match request.WhichOneof("what"):
            case "message":
                stored = await self._stored(request.message)
                account = self._account(request.account or stored.received.account)
                source = _source(account, request.source or stored.received.source)
                received = _read_by(account, source, stored.received)
                again = received.message_id != NOWHERE and stored.verdict is not None
            case "raw":
                account = self._account(request.account)
                source = _source(account, request.source or next(iter(account.adapter.sources), ""))
                received, again = self._raw(account, source, request.raw), False
            case _:
                raise Invalid("Either `message` or `raw` says which message.", field="what")
        pending = replace(await self._intake.read(received, account), again=again)
        verdict, published = await foresee(self._database.pool, pending, self._clock.now())
        return await _told(pending, account.mapping_version, verdict, published)

    async def _stored(self, name: str) -> StoredMessage:
        stored = await store.one(self._database.pool, UUID(name.partition("/")[2]))
        if stored is None:
            raise NotFound("There is no message of this name.", name=name)
        return stored

    def _account(self, account_id: str) -> Account:
        account = self._accounts.get(account_id)
        if account is None:
            raise NotFound("There is no account of this name here.", account=account_id)
        return account

    def _raw(self, account: Account, source: str, raw: RawMessage) -> ReceivedMessage:
        headers = {each.name.lower(): each.value for each in raw.headers}
        if len(headers) != len(raw.headers):
            raise Invalid("A header is there twice.", field="raw.headers")
        in_path = {name: value for name, value in headers.items() if name.startswith(":")}
        arrived = by_itself(account, source, raw.body, self._clock.now(), headers=kept(headers) | in_path)
        return replace(arrived, message_id=NOWHERE)


def _source(account: Account, source: str) -> str:
    ways = account.adapter.sources
    if source not in ways:
        raise Invalid(f"By {account.id} messages come as one of {', '.join(ways)}.", field="source", source=source)
    return source


def _read_by(account: Account, source: str, received: ReceivedMessage) -> ReceivedMessage:
    """The message as if it had come through this account; if that is another one, it is another message."""
    if account.id == received.account:
        return replace(received, source=source)
    return replace(
        received,
        message_id=NOWHERE,
        account=account.id,
        partner=account.partner,
        adapter=account.adapter.name,
        source=source,
        port=account.port.name,
    )


async def _told(
    pending: PendingMessage, mapping_version: str, verdict: Verdict, published: frozenset[int]
) -> MessageTranslation:
    received, result = pending.received, pending.result
    facts = {fact.index: fact for fact in result.facts}
    notes = {note.index: note for note in verdict.notes}
    name = received.name if received.message_id != NOWHERE else ""
    sender = Sender(received.partner, received.adapter, name)

    def event(index: int) -> TranslatedEvent:
        fact, refusal = facts.get(index), result.refused.get(index)
        note = notes.get(index) or MessageNote(warnings=fact.warnings if fact else [LEFT_OUT])
        shown = TranslatedEvent(index=index, warnings=note.warnings, published=index in published)
        if refusal:
            shown.detail = refusal.words
        if fact:
            shown.event_id, shown.kind, shown.code = fact.event_id, fact.kind, fact.code
            shown.references.extend(fact.references)
        if fact and LEFT_OUT not in note.warnings:
            shown.type, said = pending.port.reported(sender, fact.said)
            shown.data.Pack(said)
        return shown

    events = await in_steps(event, sorted(facts.keys() | result.refused.keys()))
    return MessageTranslation(
        account=received.account,
        port=received.port,
        adapter=received.adapter,
        source=received.source,
        mapping_version=mapping_version,
        state=verdict.state,
        reason=verdict.reason,
        detail=verdict.detail,
        event_count=len(events),
        events=events,
    )
