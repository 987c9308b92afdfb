"""Looks whether an account's system has, allows and takes what the account is to do; nothing is changed there."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.x509 import load_pem_x509_certificate
from doselane.exchange.v1 import connection_pb2

from adapters.host.client import client
from adapters.host.mappings import against
from adapters.host.values import Account
from adapters.manifest import Archive
from adapters.outbound import Away, Declined, storable
from adapters.preflight import Area, ConnectionFinding, Preflight, Severity
from services.kernel.clock import Clock
from services.kernel.timestamps import stamp

CHECK_S_MAX = 50.0  # the edge waits for a minute at most
CERTIFICATE_ENDS_SOON = timedelta(days=30)
FINDINGS_MAX, SAMPLES_MAX = 500, 50
BODY_CHARACTERS_MAX = 20_000
COLLECTION = "accounts"

Report = connection_pb2.ConnectionReport


class ConnectionChecker:
    """Checks accounts, each one check at a time: who asks meanwhile gets the same report."""

    def __init__(self, clock: Clock, archive: Callable[[Account], Archive]) -> None:
        self._clock, self._archive = clock, archive
        self._running: dict[str, asyncio.Task[Report]] = {}

    async def check(self, account: Account) -> Report:
        """What stands in the way of exchanging with the account's system."""
        running = self._running.get(account.id)
        if running is None:
            running = asyncio.ensure_future(self._checked(account))
            self._running[account.id] = running
            running.add_done_callback(lambda _: self._running.pop(account.id, None))
        # Who hangs up does not end it for those who wait too.
        return await asyncio.shield(running)

    async def _checked(self, account: Account) -> Report:
        now = self._clock.now()
        found = [*certificates(account, now)]
        looked = await self._looked(account)
        return report(account, now, Preflight([*found, *looked.findings], looked.samples))

    async def _looked(self, account: Account) -> Preflight:
        adapter = account.adapter
        if adapter.preflight is None and adapter.metadata is None:
            words = f"{adapter.name} has no way to ask its system beforehand, so nothing was asked"
            return Preflight([ConnectionFinding(Severity.NOTE, Area.SERVICE, words)])
        if adapter.connect_alone is not None:
            return await self._within(account, adapter.connect_alone(account.settings))
        if account.connection is None:
            remedy = "add connection to the account, with url and credentials"
            return Preflight([ConnectionFinding(Severity.ERROR, Area.LOGIN, "the account has no connection", remedy)])
        async with client(account.connection, self._clock) as http:
            return await self._within(account, self._connected(account, http))

    async def _within(self, account: Account, connection: Any) -> Preflight:
        """What was found in time, or that nothing could be asked."""
        try:
            async with asyncio.timeout(CHECK_S_MAX):
                return await self._asked(account, connection)
        except TimeoutError:
            return _not_asked(f"the system took longer than {CHECK_S_MAX:.0f} seconds")
        except Away as away:
            return _not_asked(str(away))
        except Declined as no:
            return _not_asked(str(no), "do what the words say, and check again")

    def _connected(self, account: Account, http: Any) -> Any:
        adapter = account.adapter
        if adapter.connect_archived is not None:
            return adapter.connect_archived(account.settings, http, self._archive(account))
        assert adapter.connect is not None, "what looks at another system connects to it"
        return adapter.connect(account.settings, http)

    async def _asked(self, account: Account, connection: Any) -> Preflight:
        adapter = account.adapter
        if adapter.preflight is not None:
            return await adapter.preflight(connection)
        assert adapter.metadata is not None, "one of the two is there"
        if account.mapping is None:
            return Preflight()
        lines = against(account.mapping, await adapter.metadata(connection))
        remedy = "write in the mapping what the system has"
        return Preflight([ConnectionFinding(Severity.ERROR, Area.MAPPING, line, remedy) for line in lines])


def certificates(account: Account, now: datetime) -> Sequence[ConnectionFinding]:
    """The certificates with which the account proves who it is: those that are over, or soon."""
    connection = account.connection or {}
    tls, credentials = connection.get("tls") or {}, connection.get("credentials") or {}
    kafka = (connection.get("kafka") or {}).get("tls") or {}
    texts: list[tuple[str, bytes]] = []
    for place, path in (
        ("connection.tls.certificate_file", tls.get("certificate_file")),
        ("connection.kafka.tls.certificate_file", kafka.get("certificate_file")),
    ):
        try:
            if path:
                texts.append((place, Path(path).read_bytes()))
        except OSError as wrong:
            words = f"{place} cannot be read: {wrong}"
            return [
                ConnectionFinding(Severity.ERROR, Area.CERTIFICATE, words, "put the file where the account names it")
            ]
    if text := credentials.get("certificate"):
        texts.append(("connection.credentials.certificate", str(text).encode()))
    return [found for place, pem in texts if (found := _ends(place, pem, now)) is not None]


def _ends(place: str, pem: bytes, now: datetime) -> ConnectionFinding | None:
    try:
        ends = load_pem_x509_certificate(pem).not_valid_after_utc
    except ValueError as wrong:
        return ConnectionFinding(Severity.ERROR, Area.CERTIFICATE, f"{place} cannot be read: {wrong}", "give it as PEM")
    remedy = "have a new certificate issued, register it with the other system, and put it in the place of this one"
    if ends <= now:
        return ConnectionFinding(Severity.ERROR, Area.CERTIFICATE, f"{place} has ended at {ends.isoformat()}", remedy)
    if ends - now < CERTIFICATE_ENDS_SOON:
        return ConnectionFinding(Severity.WARNING, Area.CERTIFICATE, f"{place} ends at {ends.isoformat()}", remedy)
    return None


def report(account: Account, now: datetime, looked: Preflight) -> Report:
    """What is told of a check. What is beyond the bounds of an answer is counted in a last finding. Pure."""
    findings, samples = list(looked.findings), looked.samples[:SAMPLES_MAX]
    is_ready = all(each.severity is not Severity.ERROR for each in findings)
    left = len(findings) - FINDINGS_MAX
    if left > 0:
        more = ConnectionFinding(Severity.NOTE, Area.MAPPING, f"{left} more are not listed", "mend these first")
        findings = [*findings[:FINDINGS_MAX], more]
    return Report(
        name=f"{COLLECTION}/{account.id}",
        partner=account.partner,
        adapter=account.adapter.name,
        check_time=stamp(now),
        ready=is_ready,
        findings=[_told(each, account) for each in findings],
        samples=[
            Report.SamplePayload(
                reaction=each.reaction,
                subject=each.subject,
                body=each.body[:BODY_CHARACTERS_MAX],
                problem=storable(each.problem),
            )
            for each in samples
        ],
    )


def _told(finding: ConnectionFinding, account: Account) -> Report.Finding:
    return Report.Finding(
        severity=Report.Finding.Severity.Value(finding.severity),
        area=Report.Finding.Area.Value(finding.area),
        system_place=storable(finding.theirs),
        our_name=finding.ours,
        mapping_place=_line(account, finding.mapped),
        detail=storable(finding.detail),
        remedy=storable(finding.remedy),
    )


def _line(account: Account, mapped: tuple[str, ...]) -> str:
    """File and line that say it; of what the file leaves to the adapter, or misses, none."""
    if account.mapping is None or not mapped:
        return ""
    lines: Mapping[tuple[str, ...], int] = account.mapping.lines
    line = lines.get(mapped)
    return "" if line is None else f"{Path(account.mapping.name).name}:{line}"


def _not_asked(words: str, remedy: str = "see that the system can be reached, and check again") -> Preflight:
    return Preflight([ConnectionFinding(Severity.ERROR, Area.LOGIN, f"the system could not be asked: {words}", remedy)])
