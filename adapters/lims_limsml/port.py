"""What we ask of a LIMS: to log in a sample, once, and for the results of those that we follow."""

import logging
from datetime import timedelta

from adapters.lims_limsml.client import LimsmlClient, LimsmlSession
from adapters.lims_limsml.samples import body_of, log_in, numbers, registrations, results_of, search
from adapters.lims_limsml.translate import RESULTS
from adapters.mapping import Mapped, VendorMetadata
from adapters.outbound import Away, Declined, Fetched, Following, Outgoing, Poll, Reaction, Uncertain
from adapters.ports.lims import SAMPLE_REGISTERED

AT_ONCE_MAX = 10
_EVERY = timedelta(minutes=2)

log = logging.getLogger(__name__)


async def register(lims: LimsmlClient, outgoing: Outgoing) -> str:
    """Logs in a sample, unless it is there, and finds it: a reference that was cut off would be found by nobody."""
    async with lims.session() as session:
        if found := await _numbers(lims, session, outgoing.subject):
            return _receipt(found)
        await session.change(log_in(lims.settings, outgoing))
        try:
            found = await _numbers(lims, session, outgoing.subject)
        except Away as lost:
            raise Uncertain(f"it was logged in, and could not be looked up: {lost}") from lost
        except Declined as no:
            raise Declined(f"it was logged in, and could not be looked up: {no}") from no
    if not found:
        raise Declined("it was logged in, and FIND does not find it by our reference: is the field too short for it?")
    return _receipt(found)


async def look(lims: LimsmlClient, outgoing: Outgoing) -> str | None:
    """The receipt if a sample bears our reference."""
    async with lims.session() as session:
        found = await _numbers(lims, session, outgoing.subject)
    return _receipt(found) if found else None


async def fetch(lims: LimsmlClient, cursor: str, following: Following) -> Fetched:
    """The results of the next samples that we follow; the cursor is the last one asked for."""
    names = await following(cursor, AT_ONCE_MAX)
    bodies: list[bytes] = []
    refusals: list[Declined] = []
    if names:
        async with lims.session() as session:
            for name in names:
                try:
                    bodies += await _bodies(lims, session, name)
                except Declined as no:
                    log.warning("%s cannot be asked for: %s", name, no)
                    refusals.append(no)
    if names and len(refusals) == len(names):
        raise refusals[0]  # What holds for all is told, not passed over.
    more = len(names) == AT_ONCE_MAX
    return Fetched(bodies, names[-1] if more else "", more)


async def metadata(lims: LimsmlClient) -> VendorMetadata:
    """Compares the site's catalogue with what we need, as each login does. Of columns it says nothing beforehand."""
    async with lims.session():
        return VendorMetadata()


async def _bodies(lims: LimsmlClient, session: LimsmlSession, name: str) -> list[bytes]:
    """One for each sample that bears our reference; none while it is not logged in, or has no result."""
    found = await _numbers(lims, session, name)
    bodies = [body_of(name, number, await session.read(results_of(number))) for number in found]
    return [body for body in bodies if body is not None]


async def _numbers(lims: LimsmlClient, session: LimsmlSession, name: str) -> list[str]:
    return numbers(lims.settings, await session.read(search(lims.settings, name)), name)


def _receipt(found: list[str]) -> str:
    return f"logged in as {', '.join(found)}"


def _written(given: Mapped, outgoing: Outgoing) -> bytes:
    return log_in(given.settings, outgoing).text.encode()


REGISTER = Reaction("limsml.register", SAMPLE_REGISTERED, registrations, register, look, _written)
POLL = Poll(RESULTS, _EVERY, fetch)
