"""The console as it is served: its policy, its files, and that it asks for nothing but published calls."""

import json
import re
from functools import cache

import pytest
from doselane.remedies import what_to_do
from starlette.applications import Starlette
from starlette.testclient import TestClient

from services.edge.api import load
from services.edge.console import routes
from services.edge.console.serving import FILES
from services.edge.settings import CONSOLE_SCOPES, PORTAL_SCOPES, Settings
from services.local import world

LOGO = "data:image/png;base64,iVBORw0KGgo="
TARGETS = {"*": "127.0.0.1:1"}
MODULES = sorted(FILES.glob("*.js"))
# Ways in which a text becomes markup or a script.
MARKUP = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|setHTML|document\.write|createContextualFragment|DOMParser|srcdoc"
    r"|\beval\b|new Function|javascript:"
)


def browser(**settings: str) -> TestClient:
    """Asks a door that serves the console, and nothing else."""
    return TestClient(Starlette(routes=routes(Settings(targets=TARGETS, **settings), {"version": "7", "build": ""})))


@pytest.mark.parametrize("path", ["/", "/signed-in", "/portal"])
def test_the_page_runs_its_own_scripts_only_and_leads_where_something_is(path: str):
    client = browser(portal_client_id="portal")
    page = client.get(path)
    assert re.findall(r"<script[^>]*>([^<]*)", page.text) == [""] and not re.search(
        r"<style|\son\w+=|style=", page.text
    )
    for each in re.findall(r'(?:src|href)="(/console/[^"]+)"', page.text):
        answer = client.get(each)
        assert answer.status_code == 200 and answer.content
    assert set(re.findall(r'href="(/[^"]+)"', page.text)) - {"/docs/", "/docs/api"} <= {
        f"/console/{path.name}" for path in FILES.iterdir()
    }


def test_the_policy_lets_in_nothing_from_elsewhere_and_no_text_become_a_script():
    told = browser(console_token_url="https://login.example.com/token").get("/").headers
    policy = dict(each.strip().partition(" ")[::2] for each in told["content-security-policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": "'self' https://login.example.com",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    assert (told["referrer-policy"], told["cross-origin-opener-policy"]) == ("no-referrer", "same-origin")
    assert "connect-src 'self';" in browser().get("/").headers["content-security-policy"]


def test_a_file_that_a_browser_has_is_not_sent_again():
    client = browser()
    first = client.get("/console/main.js")
    assert first.headers["content-type"].startswith("text/javascript") and first.headers["cache-control"] == "no-cache"
    assert client.get("/console/main.js", headers={"if-none-match": first.headers["etag"]}).status_code == 304


def test_the_page_learns_where_people_sign_in_and_no_secret():
    told = browser(
        console_authorization_url="https://login.example.com/authorize",
        console_client_id="doselane-console",
        console_issuer="https://login.example.com",
        token_url="https://login.example.com/token",
    ).get("/console/console.json")
    assert told.json() == {
        "authorizationUrl": "https://login.example.com/authorize",
        "tokenUrl": "https://login.example.com/token",
        "clientId": "doselane-console",
        "issuer": "https://login.example.com",
        "scopes": CONSOLE_SCOPES,
        "about": {"version": "7"},
    }


def test_the_sandboxs_pages_ask_for_what_others_ask_for_by_default():
    assert set(CONSOLE_SCOPES.split()) == {"openid", *world.CONSOLE_SCOPES}
    assert set(PORTAL_SCOPES.split()) == {"openid", *world.PORTAL_SCOPES}


def test_there_is_a_portal_only_for_who_has_a_client_and_it_wears_its_owners_name():
    client = browser()
    assert [client.get(path).status_code for path in ("/portal", "/portal/signed-in")] == [404, 404]
    client = browser(portal_client_id="orders", portal_name="Lakeside", portal_colour="#aabbcc", portal_logo=LOGO)
    assert client.get("/portal").text == client.get("/portal/signed-in").text
    told = client.get("/console/portal.json").json()
    assert (told["clientId"], told["name"], told["colour"], told["logo"]) == ("orders", "Lakeside", "#aabbcc", LOGO)


@pytest.mark.parametrize(
    "wrong",
    [
        {"portal_colour": "red"},
        {"portal_colour": "#12345"},
        {"portal_logo": "https://elsewhere/logo.png"},
        {"portal_logo": "data:text/html;base64,PGI+"},
    ],
    ids=str,
)
def test_a_colour_or_a_logo_that_is_none_is_refused(wrong: dict[str, str]):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        browser(**wrong)


def test_what_to_do_and_half_lives_are_those_of_everybody():
    client = browser()
    assert client.get("/console/remedies.json").json().keys() == what_to_do().keys()
    lives = client.get("/console/half-lives.json").json()
    assert lives["NUCLIDE_LU_177"] == 6.647 * 86400 and len(lives) >= 15


@cache
def texts() -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in MODULES}


def test_a_module_makes_markup_of_no_text():
    assert len(texts()) >= 15
    assert {name: MARKUP.findall(text) for name, text in texts().items() if MARKUP.search(text)} == {}
    assert MARKUP.search("place.innerHTML = name") and MARKUP.search("eval(name)")  # that it finds any


def test_modules_import_what_there_is_and_each_is_of_use():
    imported = {each for text in texts().values() for each in re.findall(r'from "\./([\w.-]+)"', text)}
    assert imported == texts().keys() - {"main.js", "portal.js"}
    for text in texts().values():
        for names, module in re.findall(r'import \{([^}]+)\} from "\./([\w.-]+)"', text):
            for name in re.split(r",\s*", names.strip()):
                assert re.search(rf"export (?:async )?(?:function|const|class) {name}\b", texts()[module]), (
                    module,
                    name,
                )
                assert len(re.findall(rf"\b{name}\b", text)) > 1, f"{name} is imported and not used"


def test_the_console_asks_only_calls_that_are_published():
    served = {binding.template.text for binding in load().bindings}
    asked = {each for text in texts().values() for each in re.findall(r'"(/v1/[^"]+)"', text)}
    assert len(asked) >= 10 and {each.replace("doses/-", "{parent=doses/*}") for each in asked} <= served
    verbs = {each for text in texts().values() for each in re.findall(r"`/v1/\$\{[^}]+\}([:/]\w+)`", text)}
    assert verbs and all(any(each.rstrip("}").endswith(verb) for each in served) for verb in verbs)


def test_states_that_a_list_can_be_filtered_by_are_those_of_the_calls():
    """A word that a call does not know would be refused; one that is missing could not be asked for."""
    known = {
        name.removesuffix("Request"): {value.name for value in field.enum_type.values if value.number}
        for binding in load().bindings
        for name, field in [(binding.method.input_type.name, binding.method.input_type.fields_by_name.get("states"))]
        if field is not None and field.enum_type is not None
    }
    for module, call in (
        ("runs.js", "ListRuns"),
        ("shipments.js", "ListShipments"),
        ("batches.js", "ListBatches"),
    ):
        [words] = re.findall(r"const STATES = \[([^\]]+)\]", texts()[module])
        assert set(json.loads(f"[{words}]")) == known[call]
