"""Profiles of the command line: what is said goes before what is kept, and secrets stay with their owner."""

import stat
from pathlib import Path

import pytest
from doselane.client import ClientCredentials, StaticToken, TokenFile
from doselane.client.cli import profiles
from doselane.client.cli.logins import claims
from doselane.client.cli.profiles import Profile, ProfileError

KEPT = Profile("https://grpc.northlake.example", token_url="https://id.example/token", client_id="c", client_secret="s")


@pytest.fixture(autouse=True)
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    named = tmp_path / "folder" / "profiles.json"
    monkeypatch.setenv(profiles.FILE_VARIABLE, str(named))
    return named


def test_what_is_written_is_read_and_for_its_owner_alone(path: Path) -> None:
    profiles.write({"default": KEPT, "other": Profile()})
    assert profiles.read() == {"default": KEPT, "other": Profile()}
    assert [stat.S_IMODE(each.stat().st_mode) for each in (path, path.parent)] == [0o600, 0o700]
    assert list(path.parent.iterdir()) == [path]
    assert "client_secret" not in repr(KEPT)


def test_credentials_are_taken_whole_from_where_they_are_said() -> None:
    token = Profile(token="t").over(KEPT)
    assert (token.address, token.token, token.client_id, token.client_secret) == (KEPT.address, "t", "", "")
    assert Profile(client_id="x").over(KEPT).client_secret == ""
    assert Profile(address="http://h:1").over(KEPT).client_secret == "s"


def test_tokens_come_from_what_is_said() -> None:
    assert isinstance(Profile(token="t").source(), StaticToken)
    assert isinstance(Profile(token_file="f").source(), TokenFile)
    assert isinstance(KEPT.source(), ClientCredentials)
    with pytest.raises(ProfileError, match="no issuer"):
        Profile("https://grpc.northlake.example", client_id="c", client_secret="s").source()
    with pytest.raises(ProfileError) as nobody:
        Profile().source()
    assert "doselane login" in nobody.value.remedy


@pytest.mark.parametrize("text", ["", "[]", '{"default": 1}', '{"default": {"colour": "red"}}', "\xff"])
def test_a_file_that_is_none_of_ours_is_refused_with_what_to_do(path: Path, text: str) -> None:
    profiles.write({})
    path.write_text(text, "latin-1")
    with pytest.raises(ProfileError) as wrong:
        profiles.read()
    assert str(path) in wrong.value.words + wrong.value.remedy


def test_a_profile_that_is_not_kept_is_told_with_those_that_are() -> None:
    profiles.write({"sandbox": KEPT})
    assert profiles.kept("default") == Profile()
    with pytest.raises(ProfileError) as missing:
        profiles.kept("production")
    assert "known: sandbox" in missing.value.remedy


@pytest.mark.parametrize("token", ["", "opaque", "a.b.c", "a.W10.c"])
def test_a_token_that_is_no_jwt_says_nothing(token: str) -> None:
    assert claims(token) == {}
