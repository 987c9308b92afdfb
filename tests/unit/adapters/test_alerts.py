"""What people are told of a step: names, instants and counts; and what an account of each way may say."""

import json
from collections.abc import Mapping
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest

from adapters.alert_smtp.port import SEND as EMAIL_SEND
from adapters.alert_smtp.settings import settings as smtp_settings
from adapters.alert_smtp.translate import mail_of
from adapters.alert_twilio.port import fields_of
from adapters.alert_twilio.settings import settings as twilio_settings
from adapters.alert_webhook.port import written
from adapters.alert_webhook.settings import settings as webhook_settings
from adapters.manifest import Incoming, Refused
from adapters.ports.alert import EMAIL, PORT, SMS, WEBHOOK, Alert, AlertReader, alert_of, alerts, receipt
from services.kernel.webhook_signing import SignatureKind, SigningKey
from tests.support.alerts import CDMO, ESCALATION, NORTHLAKE, PHONE, UNTIL, a_step_taken, step_news
from tests.support.alerts import EMAIL as ADDRESS
from tests.support.couriers import NOW

SECRET = SigningKey(SignatureKind.HMAC_SHA256, b"s" * 32).secret
SID = "AC" + "0" * 32
SMTP = {"host": "mail.cdmo.example", "sender": "doselane@cdmo.example"}


def an_alert(channel: int = EMAIL, **changes: Any) -> Alert:
    (made,) = alerts(channel)(step_news(a_step_taken(**changes)), CDMO)
    return alert_of(made.body)


def test_each_contact_of_a_channel_is_told_by_itself_while_doses_can_be_saved():
    event = step_news(a_step_taken())
    made = {channel: list(alerts(channel)(event, CDMO)) for channel in (EMAIL, SMS, WEBHOOK)}
    assert [[each.subject for each in made[channel]] for channel in made] == [
        [f"{ESCALATION}/steps/1/contacts/{number}"] for number in (1, 2, 3)
    ]
    assert {each.give_up_at for found in made.values() for each in found} == {UNTIL}
    assert [alert_of(made[channel][0].body).address for channel in made] == [ADDRESS, PHONE, ""]


def test_a_ladder_of_another_partner_and_a_time_that_is_over_are_told_by_nobody():
    assert not list(alerts(EMAIL)(step_news(a_step_taken()), NORTHLAKE))
    assert not list(alerts(EMAIL)(step_news(a_step_taken(until_time=None)), CDMO))


def test_a_message_says_what_happened_until_when_and_to_which_doses():
    alert = an_alert()
    assert alert.headline == "RUN_FAILED (runs/lu-1): 2 doses of products/lu at risk, until 2026-11-22T18:00:00Z"
    for said in ("Step 1 of 2", "doses/d1  until 2026-11-22T18:00:00Z", "doses/d2", ESCALATION):
        assert said in alert.text
    assert alert.short.endswith("[00000000e5ca/1]") and len(alert.short) < 320
    assert an_alert(doses=1, subject="").headline.startswith("RUN_FAILED: 1 dose of")
    many = an_alert(doses=80)
    assert "and 30 more" in many.text and "doses/d51" not in many.text and "80 doses" in many.headline


def test_an_email_has_an_id_of_its_alert_and_no_header_can_be_added_to_it():
    given = smtp_settings(SMTP)
    mail = message_from_bytes(bytes(mail_of(an_alert(), given, NOW)), policy=default)
    assert (mail["To"], mail["From"]) == (ADDRESS, "Doselane <doselane@cdmo.example>")
    assert mail["Message-ID"] == f"<{ESCALATION.replace('/', '.')}.steps.1.contacts.1@cdmo.example>"
    assert (mail["Auto-Submitted"], mail.get_content_type()) == ("auto-generated", "text/plain")
    alert = an_alert()
    for address in ("a@b.example\r\nBcc: all@b.example", "a@b.example, c@d.example", "", "nobody"):
        with pytest.raises((ValueError, IndexError)):
            mail_of(Alert(alert.about, address, alert.facts), given, NOW)
    for headline in ("runs/lu-1\r\nBcc: all@b.example", "runs/lu-1\nX: y"):
        with pytest.raises(ValueError, match="linefeed"):
            mail_of(Alert(alert.about, ADDRESS, {**alert.facts, "subject": headline}), given, NOW)
    (outgoing,) = alerts(EMAIL)(step_news(a_step_taken()), CDMO)
    assert EMAIL_SEND.written is not None and b"Subject: RUN_FAILED" in EMAIL_SEND.written(given, outgoing)


def test_a_webhook_and_a_short_message_say_the_same_as_the_email():
    (outgoing,) = alerts(WEBHOOK)(step_news(a_step_taken()), CDMO)
    said = json.loads(written(None, outgoing))
    assert (said["type"], said["data"]["untilTime"]) == ("doselane.escalation.step", "2026-11-22T18:00:00Z")
    assert [each["dose"] for each in said["data"]["doses"]] == ["doses/d1", "doses/d2"]
    number = twilio_settings({"account_sid": SID, "sender": "+15550100100"})
    fields = fields_of(an_alert(SMS), number)
    assert (fields["To"], fields["From"]) == (PHONE, "+15550100100") and "until 2026" in fields["Body"]
    service = twilio_settings({"account_sid": SID, "sender": "MG" + "1" * 32})
    assert "From" not in fields_of(an_alert(SMS), service)


def test_a_receipt_is_read_as_what_was_sent_and_anything_else_is_refused():
    body = receipt(f"{ESCALATION}/steps/1/contacts/1", "250 OK").body
    (fact,) = AlertReader().translate(Incoming("alert.email", body, {}, NOW)).facts
    assert (fact.said.about, fact.said.detail, fact.key) == (fact.event_id, "250 OK", fact.event_id)  # type: ignore[attr-defined]
    for wrong in (b"[]", b'{"about": 1, "detail": ""}', b'"x"'):
        with pytest.raises(Refused, match="BODY_NOT_RECEIPT"):
            AlertReader().translate(Incoming("alert.email", wrong, {}, NOW))
    assert PORT.source == "doselane/alert"


@pytest.mark.parametrize(
    ("read", "options", "said"),
    [
        (smtp_settings, {}, "host must be"),
        (smtp_settings, {**SMTP, "security": "none"}, "this machine alone"),
        (smtp_settings, {**SMTP, "security": "ssl"}, "security must be one of"),
        (smtp_settings, {**SMTP, "port": 0}, "port must be"),
        (smtp_settings, {**SMTP, "sender": "a@b\r\nX: y"}, "sender must be"),
        (smtp_settings, {**SMTP, "user": "u"}, "go together"),
        (smtp_settings, {**SMTP, "password": 1, "user": "u"}, "password must be a text"),
        (smtp_settings, {**SMTP, "authorities_file": "nowhere"}, "authorities_file cannot be read"),
        (smtp_settings, {**SMTP, "spam": 1}, "there is no option 'spam'"),
        (webhook_settings, {}, "secrets must be one or two"),
        (webhook_settings, {"secrets": ["whsec_short"]}, "secrets must be one or two"),
        (webhook_settings, {"secrets": ["whsk_" + SECRET.removeprefix("whsec_")]}, "secrets must be one or two"),
        (webhook_settings, {"secrets": [SECRET], "path": "//elsewhere"}, "path must begin with one stroke"),
        (twilio_settings, {}, "account_sid must be"),
        (twilio_settings, {"account_sid": SID, "sender": "Doselane"}, "sender must be"),
        (twilio_settings, {"account_sid": SID, "sender": "+15550100100", "key": ""}, "there is no option"),
    ],
)
def test_options_that_cannot_be_are_told(read: Any, options: Mapping[str, Any], said: str):
    with pytest.raises(ValueError, match=said):
        read(options)


@pytest.mark.parametrize("secret", ["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])
def test_a_secret_of_the_receivers_own_signs_with_its_prefix_or_without(secret: str):
    """24 bytes, as receivers of Standard Webhooks often make them."""
    (key,) = webhook_settings({"secrets": [secret]}).keys
    assert key.secret == "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_no_secret_is_shown_and_ports_follow_from_the_security():
    given = smtp_settings({**SMTP, "user": "u", "password": "hidden-word"})
    assert (given.port, given.domain) == (587, "cdmo.example") and "hidden-word" not in repr(given)
    assert smtp_settings({**SMTP, "security": "tls"}).port == 465
    signed = webhook_settings({"secrets": [SECRET, SECRET]})
    assert len(signed.keys) == 2 and SECRET not in repr(signed)
    with pytest.raises(ValueError) as refused:
        smtp_settings({**SMTP, "password": "hidden-word"})
    assert "hidden-word" not in str(refused.value)
