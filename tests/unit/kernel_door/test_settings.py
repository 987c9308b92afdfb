"""Settings from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, ClassVar

import pytest

from services.kernel.process import ListenSettings
from services.kernel.settings import Bounds, Secret, SettingsError, load


class Bus(StrEnum):
    KAFKA = "kafka"
    POSTGRES = "postgres"


@dataclass(frozen=True)
class Shared:
    PREFIX: ClassVar[str] = "DOSELANE"

    issuer: str = "https://issuer"


@dataclass(frozen=True)
class Some:
    database_url: Secret
    port: Annotated[int, Bounds(1, 65535)]
    share: float = 0.5
    quick: bool = False
    data: Path = Path("data")
    grace: Annotated[timedelta, Bounds(0, 60)] = timedelta(seconds=5)
    bus: Bus = Bus.POSTGRES
    ca: Path | None = None
    topics: tuple[str, ...] = ()
    targets: Mapping[str, str] = field(default_factory=dict)
    shared: Shared = field(default_factory=Shared)


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
            "X_TOPICS": "a, b",
            "X_TARGETS": "a=h:1, b=h:2",
            "DOSELANE_ISSUER": "https://other",
        },
        "X",
    )
    assert (some.port, some.share, some.quick, some.bus) == (9000, 0.25, True, Bus.KAFKA)
    assert (some.grace, some.ca, some.topics) == (timedelta(seconds=1.5), Path("/ca.pem"), ("a", "b"))
    assert some.targets == {"a": "h:1", "b": "h:2"}
    assert some.shared.issuer == "https://other"


def test_what_is_not_set_has_its_default():
    some = load(Some, {**GOOD, "X_SHARE": ""}, "X_")
    assert (some.share, some.bus, some.shared.issuer) == (0.5, Bus.POSTGRES, "https://issuer")


def test_every_wrong_or_missing_variable_is_reported_at_once():
    wrong = {"X_PORT": "70000", "X_SHARE": "nan", "X_QUICK": "perhaps", "X_GRACE": "long", "X_BUS": "mqtt"}
    with pytest.raises(SettingsError) as error:
        load(Some, {**wrong, "X_TARGETS": "nonsense"}, "X")
    assert error.value.problems == [
        "X_DATABASE_URL is missing.",
        "X_PORT must be at most 65535, not '70000'.",
        "X_SHARE must be a number, not 'nan'.",
        "X_QUICK must be true or false, not 'perhaps'.",
        "X_GRACE must be a number of seconds, not 'long'.",
        "X_BUS must be one of kafka, postgres, not 'mqtt'.",
        "X_TARGETS must be name=value pairs separated by commas, not 'nonsense'.",
    ]


def test_a_slip_of_the_pen_in_a_name_is_pointed_out():
    with pytest.raises(SettingsError, match="X_DATABSE_URL a slip of the pen"):
        load(Some, {"X_DATABSE_URL": "x", "X_PORT": "1"}, "X")


def test_a_secret_is_shown_by_nobody_but_the_one_who_asks_for_it():
    secret = load(Some, GOOD, "X").database_url
    assert "secret@" not in f"{secret} {secret!r} {secret!s:>5}" + "%s" % secret  # noqa: UP031
    assert secret.reveal() == GOOD["X_DATABASE_URL"]
    assert type(secret.reveal()) is str


def test_a_secret_may_come_from_a_file(tmp_path):
    (tmp_path / "url").write_text("postgresql://host/db\n")
    some = load(Some, {"X_DATABASE_URL_FILE": str(tmp_path / "url"), "X_PORT": "1"}, "X")
    assert some.database_url.reveal() == "postgresql://host/db"


def test_a_secret_file_that_cannot_be_read_is_reported():
    with pytest.raises(SettingsError, match="X_DATABASE_URL_FILE cannot be read: No such file"):
        load(Some, {"X_DATABASE_URL_FILE": "/nowhere/url", "X_PORT": "1"}, "X")


def test_what_two_variables_must_agree_on_is_checked():
    with pytest.raises(SettingsError, match="set together"):
        load(ListenSettings, {"DOSELANE_TLS_KEY": "/key.pem"}, "DOSELANE")
