"""Shows how a message would be read, or what would be sent, with an account's settings and mapping; nothing is done.

python -m adapters.host.dry_run lab --message result.json --source lims.push
python -m adapters.host.dry_run lab --event event.json        (a CloudEvent as JSON, with data_base64)
python -m adapters.host.dry_run lab --metadata                (asks the other side what it has)

It reads the variables of the host, prints JSON, and ends with 1 if something is wrong.
"""

import argparse
import asyncio
import base64
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from google.protobuf.json_format import MessageToDict

from adapters.host.checking import ConnectionChecker
from adapters.host.intake import translated
from adapters.host.values import Account
from adapters.manifest import Archive, Fact, Incoming, Refused
from adapters.outbound import Outgoing, Reaction
from services.kernel.clock import SystemClock
from services.kernel.event import Event

Told = dict[str, Any]


def reading(account: Account, source: str, body: bytes, at: datetime) -> Told:
    """How the account's adapter reads a message that came at this instant."""
    result = translated(account.reader, "a dry run", Incoming(source, body, {}, at))
    told: Told = {**_account(account), "source": source}
    if result.refusal is not None:
        return told | {"refused": _refusal(result.refusal)}
    left_out = [{"index": index, **_refusal(refusal)} for index, refusal in result.refused.items()]
    return told | {"facts": [_fact(each) for each in result.facts], "leftOut": left_out, "remark": result.remark}


def sending(account: Account, event: Event) -> Told:
    """What would be sent through the account because of an event."""
    reactions = [
        each for each in account.adapter.reactions if each.event_type == event.type and each.wanted(account.settings)
    ]
    made = [
        _delivery(account, reaction, outgoing)
        for reaction in reactions
        for outgoing in reaction.make(event, account.partner)
    ]
    return {**_account(account), "event": str(event.id), "deliveries": made}


class _ClockAlone:
    """The archive of an account where there is no database: it knows what time it is."""

    def now(self) -> datetime:
        return SystemClock().now()


async def comparing(account: Account) -> Told:
    """What of an account's mapping and system does not go together: as CheckConnection tells it."""
    if account.adapter.preflight is None and account.adapter.metadata is None:
        return _account(account) | {"problems": [f"{account.adapter.name} cannot ask its system what it has"]}
    checker = ConnectionChecker(SystemClock(), lambda _: cast(Archive, _ClockAlone()))
    report = await checker.check(account)
    errors = [each for each in report.findings if each.severity == each.ERROR]
    told = MessageToDict(report)
    problems = [": ".join(filter(None, (each.mapping_place, each.system_place, each.detail))) for each in errors]
    return _account(account) | {key: told.get(key, []) for key in ("findings", "samples")} | {"problems": problems}


def event_of_json(text: str) -> Event:
    """A CloudEvent in its JSON form; ValueError says what is missing."""
    try:
        given = json.loads(text)
        return Event(
            id=UUID(given["id"]),
            type=given["type"],
            source=given.get("source", ""),
            subject=given.get("subject", ""),
            sequence=int(given.get("sequence", 1)),
            time=datetime.fromisoformat(given["time"]),
            data=base64.b64decode(given["data_base64"], validate=True),
            partner=given.get("partner", ""),
        )
    except (KeyError, TypeError, AttributeError) as wrong:
        raise ValueError(f"a CloudEvent with id, type, time and data_base64 is needed: {wrong}") from None


def run(argv: Sequence[str], known: Mapping[str, Account]) -> tuple[int, Told]:
    """What the command prints, with the code with which it ends."""
    asked = _arguments().parse_args(argv)
    account = known.get(asked.account)
    if account is None:
        return 1, {"problems": [f"there is no account {asked.account!r}; there are {', '.join(sorted(known))}"]}
    try:
        told = _told(account, asked)
    except (OSError, ValueError) as wrong:
        return 1, {"problems": [str(wrong)]}
    return int(bool(told.get("refused") or told.get("leftOut") or told.get("problems"))), told


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("adapters.host.dry_run", description="Shows what would be read or sent.")
    parser.add_argument("account", help="the account's id")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--message", type=Path, help="a file with a message as it would come")
    what.add_argument("--event", type=Path, help="a file with a CloudEvent of ours, as JSON")
    what.add_argument("--metadata", action="store_true", help="compare the mapping with what the system has")
    parser.add_argument("--source", default="", help="the webhook, poll, stream or reaction that would bring it")
    return parser


def _told(account: Account, asked: argparse.Namespace) -> Told:
    if asked.metadata:
        return asyncio.run(comparing(account))
    if asked.event:
        return sending(account, event_of_json(asked.event.read_text()))
    sources = account.adapter.sources
    source = asked.source or sources[0]
    if source not in sources:
        raise ValueError(f"--source must be one of {', '.join(sources)}")
    return reading(account, source, asked.message.read_bytes(), SystemClock().now())


def _account(account: Account) -> Told:
    return {"account": account.id, "adapter": account.adapter.name, "mapping": account.mapping_version}


def _fact(fact: Fact) -> Told:
    return {
        "index": fact.index,
        "eventId": fact.event_id,
        "kind": fact.kind,
        "code": fact.code,
        "references": list(fact.references),
        "warnings": list(fact.warnings),
        "said": MessageToDict(fact.said),
    }


def _delivery(account: Account, reaction: Reaction, outgoing: Outgoing) -> Told:
    body = reaction.written(account.settings, outgoing) if reaction.written else outgoing.body
    told = {"reaction": reaction.name, "subject": outgoing.subject, "giveUpTime": outgoing.give_up_at.isoformat()}
    if outgoing.not_before is not None:
        told["notBefore"] = outgoing.not_before.isoformat()
    try:
        return told | {"body": body.decode()}
    except UnicodeDecodeError:
        return told | {"bodyBase64": base64.b64encode(body).decode()}


def _refusal(refusal: Refused) -> Told:
    return {"reason": refusal.reason, "detail": refusal.detail, "place": refusal.place}
