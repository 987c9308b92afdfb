"""Steps of ladders reach people: by a real mail server, by signed webhooks, by short messages at Twilio's twin."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from doselane.alert.v1.events_pb2 import AlertSent
from doselane.exchange.v1.events_pb2 import DeliveryFailed
from pydantic import SecretStr

from adapters.alert_smtp.client import SmtpRelay
from adapters.alert_smtp.port import look_ahead
from adapters.alert_smtp.settings import settings as smtp_settings
from adapters.alert_smtp.translate import mail_of
from adapters.outbound import Away, Uncertain
from adapters.ports import alert
from adapters.sandbox.twilio import TwilioTwin
from services.kernel.event import Event
from services.kernel.http import HttpServer
from services.kernel.timestamps import stamp
from services.kernel.webhook_signing import SignatureKind, SigningKey
from tests.support.alerts import (
    CDMO,
    CONTACTS,
    EMAIL,
    ESCALATION,
    NORTHLAKE,
    PHONE,
    UNTIL,
    Contact,
    a_step_taken,
    step_news,
)
from tests.support.certificates import Authority
from tests.support.couriers import CourierDesk, a_courier_desk
from tests.support.mailbox import PASSWORD, USER, Mailbox, a_mailbox
from tests.support.receiver import Receiver, receiving

SID, TOKEN, NUMBER = "AC" + "a" * 32, "an-auth-token", "+15550100100"
SECRET = SigningKey(SignatureKind.HMAC_SHA256, b"s" * 32).secret
SENDER = "doselane@cdmo.example"


@dataclass
class AlertDesk:
    """A host with an account for each way to tell people, and what they lead to."""

    desk: CourierDesk
    mail: Mailbox
    hooks: Receiver
    twilio: TwilioTwin
    sequence: int = 0

    async def take(self, *contacts: Contact, **changes: Any) -> None:
        """A step is taken."""
        self.sequence += 1
        event = step_news(a_step_taken(*contacts, **changes), self.sequence)
        await self.desk.bus.publish("doselane.tower", [event])

    async def published(self, count: int) -> list[Event]:
        """So many events, once they are there; when nothing is being sent, the clock goes on to what is due next."""
        return await self.until(lambda: self.desk.published(), lambda found: len(found) >= count)

    async def until(self, look: Callable[[], Awaitable[Any]], enough: Callable[[Any], bool]) -> Any:
        async with asyncio.timeout(60):
            while not enough(found := await look()):
                due = await self.desk.database.pool.fetchval(
                    "SELECT min(next_at) FROM delivery WHERE state = 1 HAVING bool_and(lease_until IS NULL)"
                )
                if due is not None and due > self.desk.clock.now():
                    self.desk.clock.advance_to(due)
                await asyncio.sleep(0.01)
        return found


@pytest.fixture
async def alerts(courier_dsn: str) -> AsyncIterator[AlertDesk]:
    async with AsyncExitStack() as stack:
        mail = await stack.enter_async_context(a_mailbox())
        hooks = await stack.enter_async_context(receiving())
        twilio = TwilioTwin(SID, TOKEN, NUMBER)
        server = HttpServer(twilio.app, "127.0.0.1:0")
        await server.start()
        stack.push_async_callback(server.stop, 1)
        accounts = {
            "mail": {
                "partner": CDMO,
                "adapter": "alert_smtp",
                "options": {"host": "127.0.0.1", "port": mail.port, "security": "none", "sender": SENDER},
            },
            "hooks": {
                "partner": CDMO,
                "adapter": "alert_webhook",
                "options": {"secrets": [SECRET], "path": "/alerts"},
                "connection": {"url": f"http://127.0.0.1:{hooks.port}"},
            },
            "phones": {
                "partner": CDMO,
                "adapter": "alert_twilio",
                "options": {"account_sid": SID, "sender": NUMBER},
                "connection": {
                    "url": f"http://127.0.0.1:{server.port}",
                    "credentials": {"type": "basic", "user": SID, "password": TOKEN},
                },
            },
        }
        desk = await stack.enter_async_context(
            a_courier_desk(courier_dsn, accounts=SecretStr(json.dumps(accounts)), look_every="0.02")
        )
        yield AlertDesk(desk, mail, hooks, twilio)


def sent(events: list[Event]) -> dict[str, str]:
    """What was told as sent: contact, and what was answered."""
    said = [AlertSent.FromString(each.data) for each in events if each.type == "doselane.alert.alert.sent.v1"]
    return {each.alert.about.rpartition("/")[2]: each.alert.detail for each in said}


def failed(events: list[Event]) -> list[tuple[str, int, str]]:
    said = [DeliveryFailed.FromString(each.data) for each in events if each.type.endswith("delivery.failed.v1")]
    return [(each.about.rpartition("/")[2], each.state, each.detail) for each in said]


async def test_a_step_reaches_each_contact_by_its_way_once_and_what_was_answered_is_published(alerts: AlertDesk):
    await alerts.take()
    events = await alerts.published(3)
    assert sent(events) == {"1": "250 queued as 1", "2": f"taken as SM{1:032x}", "3": "204 No Content"}
    assert {(each.source, each.partner) for each in events} == {("doselane/alert", CDMO)}
    (mail,), (message,), (hook,) = alerts.mail.mails, alerts.twilio.messages, alerts.hooks.hooks["alerts"]
    assert (mail["To"], mail["Subject"]) == (
        EMAIL, "RUN_FAILED (runs/lu-1): 2 doses of products/lu at risk, until 2026-11-22T18:00:00Z",
    )  # fmt: skip
    assert "doses/d2" in mail.get_content() and message["to"] == PHONE
    said = hook.verified(SECRET)
    assert (said["about"], hook.id) == (f"{ESCALATION}/steps/1/contacts/3", said["about"].replace("/", "."))
    await alerts.take(partner=NORTHLAKE)  # who has no account here
    await alerts.take(CONTACTS[0], step=2)
    await alerts.published(4)
    assert (len(alerts.mail.mails), len(alerts.twilio.messages), len(alerts.hooks.hooks["alerts"])) == (2, 1, 1)


async def test_what_passes_by_itself_is_sent_again_and_a_no_is_told(alerts: AlertDesk):
    alerts.mail.of_recipients = ["451 try later"]
    alerts.mail.of_mails = ["421 too busy"]
    answers = iter([503, 429, 204])
    alerts.hooks.answers["alerts"] = lambda _: next(answers)
    await alerts.take(CONTACTS[0], CONTACTS[2])
    assert sent(await alerts.published(2)) == {"1": "250 queued as 1", "2": "204 No Content"}
    hooks = alerts.hooks.hooks["alerts"]
    assert len(hooks) == 3 and len({each.id for each in hooks}) == 1 and len(alerts.mail.mails) == 1
    alerts.mail.of_recipients = ["550 no such user"]
    alerts.hooks.answers["alerts"] = lambda _: 410
    alerts.twilio.unreachable.add(PHONE)
    await alerts.take(step=2)
    told = sorted(failed(await alerts.published(5)))
    assert [(contact, state) for contact, state, _ in told] == [("1", 3), ("2", 3), ("3", 3)]
    for (_, _, words), said in zip(told, ("550 no such user", "21610", "410"), strict=True):
        assert said in words


async def test_after_a_lost_answer_a_mail_bears_the_same_id_and_a_short_message_is_looked_for(alerts: AlertDesk):
    alerts.mail.of_mails, alerts.twilio.lose_answers = [""], 1
    await alerts.take(*CONTACTS[:2])
    assert sent(await alerts.published(2)) == {"1": "250 queued as 1", "2": f"found as SM{1:032x}"}
    assert len({mail["Message-ID"] for mail in alerts.mail.mails}) == 1 and len(alerts.mail.mails) == 2
    assert len(alerts.twilio.messages) == 1
    await alerts.take(CONTACTS[1], step=2, subject="runs/" + "x" * 1600)
    ((_, state, words),) = failed(await alerts.published(3))
    assert (state, len(alerts.twilio.messages)) == (3, 1) and "characters" in words


async def test_nobody_is_told_after_the_time_is_over_and_that_is_told(alerts: AlertDesk):
    alerts.mail.of_recipients = ["451 try later"] * 1000
    until = alerts.desk.clock.now() + timedelta(minutes=1)
    await alerts.take(CONTACTS[0], until_time=stamp(until))

    async def given_up() -> list[tuple[str, int, str]]:
        return failed(await alerts.desk.published())

    ((contact, state, words),) = await alerts.until(given_up, bool)
    assert (contact, state) == ("1", 4) and "451 try later" in words and not alerts.mail.mails
    assert alerts.desk.clock.now() >= until


async def test_an_address_that_is_none_never_reaches_the_mail_server(alerts: AlertDesk):
    bad = [Contact(channel=Contact.EMAIL, address=each) for each in ("a@b.example\r\nRCPT TO:<x@y.example>", "a b")]
    await alerts.take(*bad)
    assert [state for _, state, _ in failed(await alerts.published(2))] == [3, 3]
    assert not alerts.mail.mails


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_the_mail_server_is_spoken_to_by_tls_with_a_login_or_not_at_all(tmp_path: Path, security: str):
    authority = Authority(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue("mail"))
    async with a_mailbox(context, at_once=security == "tls") as box:
        options = {"host": "127.0.0.1", "port": box.port, "security": security, "sender": SENDER, "user": USER}
        trusted = {**options, "authorities_file": str(authority.file), "password": PASSWORD}
        mail = _mail()
        assert (await SmtpRelay(smtp_settings(trusted)).send(mail)).startswith("250")
        assert (box.secure, box.users) == ([True], [USER])
        assert (await look_ahead(SmtpRelay(smtp_settings(trusted)))).findings == ()
        stranger = {name: value for name, value in trusted.items() if name != "authorities_file"}
        for wrong in ({**trusted, "password": "another"}, stranger):
            with pytest.raises(Away) as away:
                await SmtpRelay(smtp_settings(wrong)).send(mail)
            assert "another" not in str(away.value)
            assert (await look_ahead(SmtpRelay(smtp_settings(wrong)))).findings
        assert len(box.mails) == 1


async def test_a_mail_server_that_offers_no_tls_is_told_nothing():
    async with a_mailbox() as box:
        options = {"host": "127.0.0.1", "port": box.port, "security": "starttls", "sender": SENDER}
        with pytest.raises(Away):
            await SmtpRelay(smtp_settings(options)).send(_mail())
        assert not box.mails
        box.of_mails = [""]
        with pytest.raises(Uncertain):
            await SmtpRelay(smtp_settings({**options, "security": "none"})).send(_mail())
    with pytest.raises(Away):
        await SmtpRelay(smtp_settings({**options, "security": "none"})).send(_mail())


def _mail() -> Any:
    (outgoing,) = alert.alerts(alert.EMAIL)(step_news(a_step_taken()), CDMO)
    given = smtp_settings({"host": "127.0.0.1", "security": "none", "sender": SENDER})
    return mail_of(alert.alert_of(outgoing.body), given, UNTIL)
