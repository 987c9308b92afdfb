"""Acknowledging recalls and failures after use."""

from collections.abc import Callable
from dataclasses import replace

from services.kernel.asking import Ask
from services.kernel.clock import Clock
from services.kernel.db import Connection
from services.quality.domain import refusals
from services.quality.domain.notices import Notice
from services.quality.store import Store, Unit


async def acknowledge(
    store: Store, clock: Clock, name: str, viewer: str | None, answer: str, ask: Ask, render: Callable[[Notice], bytes]
) -> bytes:
    """Notes that a party knows. Whoever acknowledges first is the one who did; a second time changes nothing."""

    async def once(conn: Connection) -> bytes:
        unit, by = Unit(conn, ask.traceparent), ask.by(clock.now())
        notice = await unit.lock_notice(name)
        if notice is None or viewer not in (None, notice.partner):
            raise refusals.NoticeUnknown("There is no such notice.", notice=name)
        if notice.acknowledged_at is None:
            notice = replace(notice, acknowledged_at=by.at, acknowledged_by=by.actor, answer=answer)
            await unit.put_notice(notice, by)
        return render(notice)

    return await store.perform(ask.request_key, clock.now(), once)
