"""The authorization endpoint of the development issuer: a page on which people sign in, as HTML without a script."""

from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from html import escape
from urllib.parse import urlsplit

from starlette.responses import HTMLResponse, RedirectResponse, Response

from services.local.authorizations import AuthorizationRefused, Authorizations, SignInRequest
from services.local.persons import Persons
from services.local.token_requests import TokenRefused
from services.local.token_requests import form as fields_of

_STYLE = """:root{color-scheme:light dark;font:100%/1.5 system-ui,sans-serif}
body{margin:0;display:grid;place-items:center;min-height:100vh}
main{max-width:24rem;padding:1.5rem}
label{display:block;margin:1rem 0 .25rem;font-weight:600}
input,button{font:inherit;width:100%;box-sizing:border-box;padding:.6rem .75rem;border-radius:.4rem}
input{border:1px solid #6e7781}
button{margin-top:1.5rem;border:0;background:#0b57d0;color:#fff;font-weight:600}
:focus-visible{outline:3px solid #0b57d0;outline-offset:2px}
[role=alert]{border-left:4px solid #cf222e;padding-left:.75rem}
@media (prefers-color-scheme:dark){:focus-visible{outline-color:#7cb3ff}}"""
_STYLE_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()


def answer(issuer: str, browsers: Authorizations, persons: Persons, query: str, form: bytes | None) -> Response:
    """The page; to its form, the way back with a code; to a request that is not right, what is wrong with it."""
    try:
        given = fields_of(query.encode())
        try:
            asked = browsers.request(given)
        except TokenRefused as refused:
            back = SignInRequest(given["client_id"], given["redirect_uri"], given.get("state", ""))
            return _go(back, issuer, error=refused.error, error_description=refused.description)
    except (AuthorizationRefused, TokenRefused) as refused:
        return _refusal(str(refused))
    if form is None:
        return _form(persons.known, asked.redirect_uri)
    fields: dict[str, str] = {}
    try:
        fields = fields_of(form)
        proof = persons.authenticate({name: fields.get(name, "") for name in ("username", "password")})
    except TokenRefused as refused:
        return _form(persons.known, asked.redirect_uri, wrong=str(refused), username=fields.get("username", ""))
    return _go(asked, issuer, code=browsers.grant(asked, proof))


def _go(asked: SignInRequest, issuer: str, **fields: str) -> Response:
    # 303, so that the password is not sent on with the form.
    return RedirectResponse(asked.answered(**fields, iss=issuer), 303, {"cache-control": "no-store"})


def _form(people: Iterable[str], redirect_uri: str, *, wrong: str = "", username: str = "") -> HTMLResponse:
    # The form is sent to its own address, so that the request for the code stays with it.
    options = "".join(f'<option value="{escape(each)}"></option>' for each in sorted(people))
    alert = f'<p role="alert">{escape(wrong)}</p>' if wrong else ""
    return _page(
        f"""<h1>Sign in to Doselane</h1><p>This is the development issuer. Its accounts stand for functions; <code>make
run</code> prints them with their passwords.</p>{alert}<form method="post"><label for="username">Account</label>
<input id="username" name="username" list="people" autocomplete="username" required value="{escape(username)}">
<datalist id="people">{options}</datalist><label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button>Sign in</button></form>""",
        400 if wrong else 200,
        redirect_uri,
    )


def _refusal(words: str) -> HTMLResponse:
    return _page(
        f"""<h1>You cannot be signed in</h1><p role="alert">{escape(words)}</p><p>Go back to the program that sent you
here; its settings do not agree with the issuer's.</p>""",
        400,
    )


def _page(body: str, status: int, redirect_uri: str = "") -> HTMLResponse:
    # Browsers hold where a form leads to against the policy, the address after a redirection included.
    back = urlsplit(redirect_uri)
    action = f"'self' {back.scheme}://{back.netloc}" if redirect_uri else "'none'"
    policy = f"default-src 'none'; img-src data:; style-src 'sha256-{_STYLE_HASH}'; form-action {action}"
    headers = {
        "cache-control": "no-store",
        "content-security-policy": f"{policy}; base-uri 'none'; frame-ancestors 'none'",
        "referrer-policy": "no-referrer",
    }
    text = f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sign in to Doselane</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<style>{_STYLE}</style></head><body><main>{body}</main></body></html>"""
    return HTMLResponse(text, status, headers)
