"""Settings from the environment."""

from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import SecretStr, ValidationError

from services.kernel import settings
from services.kernel.process import ListenSettings
from services.kernel.settings import Bounds, Seconds, SettingsError, Texts, load


class Bus(StrEnum):
    KAFKA = "kafka"
    POSTGRES = "postgres"


class Some(settings.Settings):
    database_url: SecretStr
    port: Annotated[int, Bounds(1, 65535)]
    share: float = 0.5
    quick: bool = False
    data: Path = Path("data")
    grace: Annotated[Seconds, Bounds(0, 60)] = timedelta(seconds=5)
    bus: Bus = Bus.POSTGRES
    ca: Path | None = None
    targets: Texts = {}
    key: SecretStr | None = None


GOOD = {"X_DATABASE_URL": "postgresql://me:secret@host/db", "X_PORT": "9000"}


def test_each_type_is_read_in_its_own_way():
    some = load(
        Some,
        {
            **GOOD,
            "X_SHARE": "0.25",
            "X_QUICK": "yes",
            "X_GRACE": "1.5",
            "X_BUS": "kafka",
            "X_CA": "/ca.pem",
            "X_TARGETS": "a=h:1, b=h:2",
        },
        "X",
    )
    assert (some.port, some.share, some.quick, some.bus) == (9000, 0.25, True, Bus.KAFKA)
    assert (some.grace, some.ca, some.key) == (timedelta(seconds=1.5), Path("/ca.pem"), None)
    assert some.targets == {"a": "h:1", "b": "h:2"}


def test_what_is_not_set_or_empty_has_its_default():
    some = load(Some, {**GOOD, "X_SHARE": "", "X_KEY": ""}, "X_")
    assert (some.share, some.bus, some.key) == (0.5, Bus.POSTGRES, None)


def test_only_what_is_given_counts_and_not_the_environment_of_the_process(monkeypatch):
    monkeypatch.setenv("PORT", "1")
    monkeypatch.setenv("X_PORT", "2")
    monkeypatch.setenv("X_SHARE", "0.1")
    assert (load(Some, GOOD, "X").port, load(Some, GOOD, "X").share) == (9000, 0.5)
    assert Some(database_url=SecretStr("x"), port=3).share == 0.5


def test_settings_do_not_change_and_have_no_others():
    some = load(Some, GOOD, "X")
    with pytest.raises(ValidationError):
        some.port = 1  # type: ignore[misc]
    with pytest.raises(ValidationError):
        Some(database_url=SecretStr("x"), port=3, prot=4)  # type: ignore[call-arg]


def test_every_wrong_or_missing_variable_is_reported_at_once():
    wrong = {"X_PORT": "70000", "X_SHARE": "nan", "X_QUICK": "perhaps", "X_GRACE": "long", "X_BUS": "mqtt"}
    with pytest.raises(SettingsError) as error:
        load(Some, {**wrong, "X_TARGETS": "nonsense"}, "X")
    assert error.value.problems == [
        "X_DATABASE_URL is missing.",
        "X_PORT must be at most 65535, not '70000'.",
        "X_SHARE must be a finite number, not 'nan'.",
        "X_QUICK must be a valid boolean, unable to interpret input, not 'perhaps'.",
        "X_GRACE must be a number of seconds, not 'long'.",
        "X_BUS must be 'kafka' or 'postgres', not 'mqtt'.",
        "X_TARGETS must be name=value pairs separated by commas, not 'nonsense'.",
    ]


@pytest.mark.parametrize(("port", "right"), [("0", False), ("1", True), ("65535", True), ("65536", False)])
def test_bounds_are_inclusive(port, right):
    try:
        assert load(Some, {**GOOD, "X_PORT": port}, "X").port == int(port)
        assert right
    except SettingsError:
        assert not right


@pytest.mark.parametrize("grace", ["-1", "60.001", "inf", "nan", "1e300"])
def test_a_length_of_time_has_its_bounds_in_seconds(grace):
    with pytest.raises(SettingsError, match="X_GRACE"):
        load(Some, {**GOOD, "X_GRACE": grace}, "X")


def test_a_slip_of_the_pen_in_a_name_is_pointed_out():
    with pytest.raises(SettingsError, match="X_DATABSE_URL a slip of the pen"):
        load(Some, {"X_DATABSE_URL": "x", "X_PORT": "1"}, "X")


def test_no_problem_shows_a_secret_or_a_password():
    with pytest.raises(SettingsError) as error:
        load(
            Some,
            {**GOOD, "X_PORT": "amqp://me:hunter2@host", "X_TARGETS": "a=http://me:hunter2@h,b", "X_KEY": "k"},
            "X",
        )
    assert len(error.value.problems) == 2
    assert "hunter2" not in str(error.value) + repr(error.value) + repr(error.value.__cause__)


def test_a_secret_may_come_from_a_file(tmp_path):
    (tmp_path / "url").write_text("postgresql://host/db\n")
    some = load(Some, {"X_DATABASE_URL_FILE": str(tmp_path / "url"), "X_PORT": "1"}, "X")
    assert some.database_url.get_secret_value() == "postgresql://host/db"
    (tmp_path / "key").write_text("k\n")
    key = load(Some, {**GOOD, "X_KEY_FILE": str(tmp_path / "key")}, "X").key
    assert key is not None and key.get_secret_value() == "k"


def test_what_is_no_secret_does_not_come_from_a_file(tmp_path):
    (tmp_path / "port").write_text("9001")
    assert load(Some, {**GOOD, "X_PORT_FILE": str(tmp_path / "port")}, "X").port == 9000


def test_a_secret_file_that_cannot_be_read_is_reported_once(tmp_path):
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    for path, why in (("/nowhere/url", "No such file or directory"), (str(tmp_path / "bytes"), "it is no text")):
        with pytest.raises(SettingsError) as error:
            load(Some, {"X_DATABASE_URL_FILE": path, "X_PORT": "1"}, "X")
        assert error.value.problems == [f"X_DATABASE_URL_FILE cannot be read: {why}."]


def test_what_two_variables_must_agree_on_is_checked():
    with pytest.raises(SettingsError, match="set together"):
        load(ListenSettings, {"DOSELANE_TLS_KEY": "/key.pem"}, "DOSELANE")
