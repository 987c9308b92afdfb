"""People who step up at the development issuer, over HTTP: both components first and after a break, else one."""

import httpx
import jwt
import pytest
from pydantic import SecretStr

from services.kernel import http, telemetry
from services.kernel.identity import TokenVerifier
from services.kernel.jwks import StaticJwks
from services.kernel.signer import BOTH_COMPONENTS, ONE_COMPONENT, Signer
from services.kernel.step_up import StepUpRequired, signer_of
from services.local import persons
from services.local.issuer import METADATA_PATH, Issuer, IssuerClient
from services.local.persons import Person
from services.local.world import CLIENTS, PERSONS, SIGNERS, VIEWERS
from services.quality.domain.signing import Role
from tests.unit.kernel_door.builders import Time

QP = "qualified-person@cdmo"
PASSWORD = "s3cret"
ROLE = str(Role.QUALIFIED_PERSON)
PERSON = Person(SecretStr(PASSWORD), "partners/cdmo", "Qualified Person", ("operator", "quality.sign", ROLE))
PROGRAMS = {"planner": IssuerClient(SecretStr("other"), "partners/cdmo", ("operator", "quality.sign"))}
BOTH = {"grant_type": "password", "username": QP, "password": PASSWORD}


class Desk:
    """An issuer on a port, and a clock that is moved by hand."""

    def __init__(self, client: httpx.AsyncClient, issuer: Issuer, time: Time) -> None:
        self.client, self.issuer, self.time = client, issuer, time

    async def ask(self, **form: str) -> httpx.Response:
        return await self.client.post("/oauth/token", data=form)

    async def session(self) -> str:
        return (await self.ask(**BOTH)).json()["session"]

    async def signer(self, token: str) -> Signer:
        verifier = TokenVerifier(StaticJwks(self.issuer.jwks()), self.issuer.url, now=self.time)
        return signer_of(await verifier.verify(token), [ROLE], verifier.step_up, verifier.now())


@pytest.fixture(scope="module")
async def desk(tmp_path_factory):
    late: dict = {}

    async def door(scope, receive, send) -> None:
        await late["app"](scope, receive, send)

    server, time = http.HttpServer(door, "127.0.0.1:0"), Time(1_800_000_000.25)
    await server.start()
    url = f"http://127.0.0.1:{server.port}"
    issuer = Issuer.open(tmp_path_factory.mktemp("persons"), f"{url}/oauth", PROGRAMS, time, persons={QP: PERSON})
    late["app"] = http.app("issuer", telemetry.setup("issuer", environ={}), mounts=issuer.mounts())
    async with httpx.AsyncClient(base_url=url) as connected:
        yield Desk(connected, issuer, time)
    await server.stop(1)


async def test_id_and_password_make_a_token_that_may_sign(desk):
    found = (await desk.ask(**BOTH, acr_values=BOTH_COMPONENTS)).json()
    assert (found["acr"], found["auth_time"]) == (BOTH_COMPONENTS, desk.time.seconds)
    signer = await desk.signer(found["access_token"])
    assert (signer.subject, signer.printed_name, signer.acr) == (QP, "Qualified Person", BOTH_COMPONENTS)
    assert signer.authenticated_at.timestamp() == desk.time.seconds
    assert signer.methods == ("pwd",)
    assert signer.token_id and signer.session_id
    assert found["session"] not in found["access_token"] and signer.session_id != found["session"]


async def test_within_a_session_the_password_is_enough_and_its_end_is_fifteen_minutes_after_the_last_use(desk):
    session = await desk.session()
    first = await desk.signer((await desk.ask(**BOTH)).json()["access_token"])
    for _ in range(2):
        desk.time.seconds += persons.IDLE_S_MAX
        found = (await desk.ask(grant_type="password", session=session, password=PASSWORD)).json()
        assert (found["acr"], found["session"]) == (ONE_COMPONENT, session)
        again = await desk.signer(found["access_token"])
        assert again.session_id != first.session_id
    desk.time.seconds += persons.IDLE_S_MAX + 0.001
    answer = await desk.ask(grant_type="password", session=session, password=PASSWORD)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


async def test_tokens_of_one_session_say_so_and_each_has_its_own_id_and_time(desk):
    first = (await desk.ask(**BOTH)).json()
    desk.time.seconds += 0.001
    second = (await desk.ask(grant_type="password", session=first["session"], password=PASSWORD)).json()
    one, other = [await desk.signer(each["access_token"]) for each in (first, second)]
    assert one.session_id == other.session_id
    assert one.token_id != other.token_id
    assert one.authenticated_at < other.authenticated_at


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"password": "wrong"}, "invalid_grant"),
        ({"password": ""}, "invalid_grant"),
        ({"username": "nobody"}, "invalid_grant"),
        ({"username": "planner", "password": "other"}, "invalid_grant"),
        ({"session": "made-up"}, "invalid_request"),
        ({"acr_values": ONE_COMPONENT}, "unmet_authentication_requirements"),
        ({"scope": f"{ROLE} agent"}, "invalid_scope"),
        ({"scope": "quality.designated_person"}, "invalid_scope"),
    ],
)
async def test_a_wrong_request_is_refused(desk, form, error):
    answer = await desk.ask(**{**BOTH, **form})
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert "access_token" not in answer.json()


@pytest.mark.parametrize("form", [{"password": "wrong"}, {"password": PASSWORD, "acr_values": BOTH_COMPONENTS}])
async def test_a_session_alone_is_no_component(desk, form):
    answer = await desk.ask(grant_type="password", session=await desk.session(), **form)
    assert answer.json()["error"] in ("invalid_grant", "unmet_authentication_requirements")


async def test_a_session_that_nobody_was_given_is_none(desk):
    answer = await desk.ask(grant_type="password", session="made-up", password=PASSWORD)
    assert answer.json()["error"] == "invalid_grant"


async def test_sessions_are_bounded_and_the_one_left_longest_goes_first(desk):
    oldest, used = await desk.session(), await desk.session()
    for _ in range(persons.SESSIONS_MAX - 1):
        desk.issuer.persons.vouch(QP)
    for session, answered in ((oldest, 400), (used, 200)):
        answer = await desk.ask(grant_type="password", session=session, password=PASSWORD)
        assert answer.status_code == answered


async def test_a_programs_token_never_signs(desk):
    token = desk.issuer.token("planner")
    claims = jwt.decode(token, options={"verify_signature": False})
    assert {"auth_time", "acr", "amr"} & set(claims) == set()
    with pytest.raises(StepUpRequired):
        await desk.signer(desk.issuer.sign("planner", "partners/cdmo", ["quality.sign", ROLE]))


def test_an_issuer_with_a_program_that_may_sign_does_not_start(tmp_path):
    spoiled = {"planner": IssuerClient(SecretStr("x"), "partners/cdmo", ("operator", ROLE))}
    with pytest.raises(ValueError, match=r"a program never signs.*planner"):
        Issuer.open(tmp_path, "https://i/oauth", spoiled)


async def test_the_metadata_tells_the_classes(desk):
    metadata = (await desk.client.get(f"{METADATA_PATH}/oauth")).json()
    assert metadata["acr_values_supported"] == [BOTH_COMPONENTS, ONE_COMPONENT]
    assert metadata["grant_types_supported"][:2] == ["client_credentials", "password"]


def test_the_sandboxs_accounts_are_functions_each_with_one_role_that_no_program_has():
    roles = set(map(str, Role))
    assert sorted(role for each in PERSONS.values() for role in set(each.scopes) & roles) == sorted(roles)
    assert all(name.endswith("@cdmo") for name in SIGNERS)
    assert not any(set(viewer.scopes) & roles for viewer in VIEWERS.values())
    assert not any(set(client.scopes) & roles for client in CLIENTS.values())
