"""What an issuer's no means: what passes by itself, and which step is named otherwise."""

from datetime import timedelta

import pytest

from adapters.host.client.instance import Instance, instance
from adapters.host.client.refusals import token_refusal, told_refusal
from adapters.outbound import Away, Declined

FINAL = [
    ("invalid_grant", "user hasn't approved this consumer", "Admin approved users are pre-authorized"),
    ("invalid_grant", "user hasn\N{RIGHT SINGLE QUOTATION MARK}t approved this consumer", "Admin approved users"),
    ("invalid_app_access", "user is not admin approved to access this app", "assign the user's profile"),
    ("invalid_client", "app must be installed into org", "install the app"),
    ("invalid_grant", "audience is invalid", "one is for tests"),
    ("invalid_grant", "Audience validation failed", "one is for tests"),
    ("invalid_grant", "expired authorization code", "clock right"),
    ("invalid_grant", "invalid assertion", "clock right"),
    ("invalid_grant", "", "the key may not fit"),
    ("invalid_grant", "no client credentials user enabled", "runs as"),
    ("unauthorized_client", "", "allow this way"),
    ("unsupported_grant_type", "grant type not supported", "mistake of Doselane's"),
    ("invalid_request", "scope parameter not supported", "mistake of Doselane's"),
    ("inactive_user", "user is inactive", "make the user active"),
    ("inactive_org", "", "not active"),
    ("invalid_client", "invalid client credentials", "compare the client's id and secret"),
    ("invalid_client", "AADSTS7000215: Invalid client secret provided.", "compare the client's id and secret"),
    ("invalid_scope", "AADSTS1002012: The provided value for scope is not valid.", "correct the scope"),
    ("unauthorized", "Bad credentials", "Bad credentials"),  # in no row: their words
    ("", "", "400"),
]


@pytest.mark.parametrize(("error", "description", "step"), FINAL)
def test_a_no_that_stays_names_what_is_to_be_done(error: str, description: str, step: str) -> None:
    refusal = token_refusal(400, error, description)
    assert isinstance(refusal, Declined)
    assert step in str(refusal)
    assert description in str(refusal)


@pytest.mark.parametrize(
    ("status", "error", "description", "waits"),
    [
        (400, "invalid_client_id", "client identifier invalid", 10),
        (400, "invalid_client", "client identifier invalid", 10),
        (400, "rate_limit_exceeded", "", 10),
        (400, "invalid_grant", "login rate exceeded", 10),
        (400, "temporarily_unavailable", "", 1),
        (503, "", "", None),
        (500, "invalid_grant", "audience is invalid", None),
        (429, "", "", None),
    ],
)
def test_what_passes_by_itself_is_asked_for_later(status: int, error: str, description: str, waits: int | None) -> None:
    refusal = token_refusal(status, error, description)
    assert isinstance(refusal, Away)
    assert refusal.retry_after == (timedelta(minutes=waits) if waits else None)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"error": "invalid_client", "error_description": "no such app"}, ("invalid_client", "no such app")),
        ({"error": "invalid_client", "error_codes": [7000215]}, ("invalid_client", "")),
        ({"response": {"errors": [{"code": "10401", "message": "No such id"}]}}, ("10401", "No such id")),
        ({"errors": [{"code": "NOT.AUTHORIZED.ERROR", "message": "No"}]}, ("NOT.AUTHORIZED.ERROR", "No")),
        ({"fault": {"faultstring": "Bad", "detail": {"errorcode": "oauth.v2.Bad"}}}, ("oauth.v2.Bad", "Bad")),
        ({"ErrorCode": "invalid_client", "Error": "ClientId is Invalid"}, ("invalid_client", "ClientId is Invalid")),
        ({"status": 401, "title": "Unauthorized", "detail": "wrong key"}, ("Unauthorized", "wrong key")),
        ({"error": {"code": "401", "message": "Missing key"}}, ("401", "Missing key")),
        ({"message": "Forbidden"}, ("", "Forbidden")),
        ({"error": True, "errors": []}, ("", "")),
        ([], ("", "")),
        ("no", ("", "")),
        (None, ("", "")),
    ],
)  # fmt: skip
def test_what_an_issuer_says_is_found_where_it_says_it(said: object, told: tuple[str, str]) -> None:
    assert told_refusal(said) == told


ALLOWED = Instance("instance_url", ["*.my.salesforce.com", "lakeside.example"])


@pytest.mark.parametrize(
    ("named", "base"),
    [
        ("https://lakeside.my.salesforce.com", "https://lakeside.my.salesforce.com"),
        ("https://LAKESIDE--test.sandbox.my.salesforce.com/", "https://lakeside--test.sandbox.my.salesforce.com"),
        ("https://lakeside.example:8443", "https://lakeside.example:8443"),
    ],
)
def test_calls_go_where_the_issuer_says_on_hosts_that_the_account_allows(named: str, base: str) -> None:
    assert ALLOWED.base({"instance_url": named}) == base


@pytest.mark.parametrize(
    "named",
    [
        "https://my.salesforce.com",
        "https://evil-my.salesforce.com",
        "https://my.salesforce.com.evil.example",
        "https://x.lakeside.example",
        "https://evil.example/.my.salesforce.com",
        "https://a.my.salesforce.com@evil.example",
        "https://user@a.my.salesforce.com",
        "https://a.my.salesforce.com/elsewhere",
        "https://a.my.salesforce.com?x=1",
        "http://a.my.salesforce.com",
        "//a.my.salesforce.com",
        "a.my.salesforce.com",
        "",
        "https://[::1",
    ],
)
def test_no_token_goes_to_another_host(named: str) -> None:
    with pytest.raises(Declined):
        ALLOWED.base({"instance_url": named})


@pytest.mark.parametrize(
    "options",
    [
        None,
        {"field": "instance_url"},
        {"field": "instance_url", "hosts": []},
        {"field": "", "hosts": ["a.example"]},
        {"field": "f", "hosts": ["*"]},
        {"field": "f", "hosts": ["*.com"]},
        {"field": "f", "hosts": ["a.*.example"]},
        {"field": "f", "hosts": ["https://a.example"]},
        {"field": "f", "hosts": ["a.example"], "more": 1},
        {"field": "f", "hosts": "a.example"},
    ],
)
def test_hosts_that_nobody_can_mean_are_refused(options: object) -> None:
    with pytest.raises(ValueError, match=r"connection\.instance must be"):
        instance(options)
