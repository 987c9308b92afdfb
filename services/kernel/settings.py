"""Settings of a process: one small frozen class (pydantic-settings), read from the environment once.

Every mistake is reported at once, and no value that may carry a password is shown. Secrets are `SecretStr`: no text, so
that nobody writes one out by accident; a variable `NAME_FILE` may name a file that holds one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args

from pydantic import BeforeValidator, GetCoreSchemaHandler, SecretStr, ValidationError
from pydantic_core import CoreSchema, ErrorDetails, core_schema
from pydantic_settings import BaseSettings, EnvSettingsSource, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings.sources.utils import parse_env_vars

VALUE_CHARACTERS_SHOWN = 80


class SettingsError(Exception):
    """The environment does not fit. `problems` has one sentence a variable, and so has the text."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("The settings are wrong:\n" + "\n".join(f"  {problem}" for problem in problems))
        self.problems = problems


class Settings(BaseSettings):
    """Base of all settings. Built by hand it takes what it is given; only `load` looks at an environment."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, *_: Any, **__: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Nothing but the arguments."""
        return (init_settings,)


Own = TypeVar("Own", bound=Settings)


@dataclass(frozen=True, slots=True)
class Bounds:
    """Least and greatest value allowed, both inclusive: `Annotated[int, Bounds(1, 100)]`. Timedeltas count seconds."""

    least: float | None = None
    greatest: float | None = None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Checks what the type has read."""
        return core_schema.no_info_after_validator_function(self._checked, handler(source))

    def _checked(self, value: Any) -> Any:
        measured = value.total_seconds() if isinstance(value, timedelta) else value
        if self.least is not None and not measured >= self.least:
            raise ValueError(f"must be at least {self.least:g}")
        if self.greatest is not None and not measured <= self.greatest:
            raise ValueError(f"must be at most {self.greatest:g}")
        return value


def _seconds(value: object) -> object:
    try:
        return timedelta(seconds=float(value)) if isinstance(value, str) else value
    except (ValueError, OverflowError):
        raise ValueError("must be a number of seconds") from None


def _pairs(value: object) -> object:
    if not isinstance(value, str):
        return value
    pairs = [part.strip() for part in value.split(",") if part.strip()]
    if any("=" not in pair for pair in pairs):
        raise ValueError("must be name=value pairs separated by commas")
    return {name.strip(): said.strip() for name, _, said in (pair.partition("=") for pair in pairs)}


Seconds = Annotated[timedelta, BeforeValidator(_seconds)]
Texts = Annotated[Mapping[str, str], NoDecode, BeforeValidator(_pairs)]  # name=value, separated by commas


def load(cls: type[Own], environ: Mapping[str, str], prefix: str) -> Own:
    """Builds `cls` from the variables `PREFIX_FIELD`; raises one SettingsError with every problem.

    A variable that is empty counts as missing, because that is how charts and compose files unset one.
    """
    prefix = prefix.rstrip("_") + "_"
    from_files, problems = _secrets_in_files(cls, environ, prefix)
    source = EnvSettingsSource(cls, case_sensitive=False, env_prefix=prefix, env_ignore_empty=True)
    source.env_vars = parse_env_vars({**environ, **from_files}, case_sensitive=False, ignore_empty=True)
    try:
        return cls(**source())
    except ValidationError as wrong:
        problems += [_problem(each, cls, environ, prefix, unread=problems) for each in wrong.errors()]
    raise SettingsError([problem for problem in problems if problem])


def _secrets_in_files(cls: type[Settings], environ: Mapping[str, str], prefix: str) -> tuple[dict[str, str], list[str]]:
    found, problems = {}, []
    for field in filter(lambda each: is_secret(cls, each), cls.model_fields):
        name = prefix + field.upper()
        if not environ.get(name) and (path := environ.get(f"{name}_FILE")):
            try:
                found[name] = Path(path).read_text().strip()
            except (OSError, ValueError) as wrong:
                problems.append(f"{name}_FILE cannot be read: {getattr(wrong, 'strerror', None) or 'it is no text'}.")
    return found, problems


def is_secret(cls: type[Settings], field: str) -> bool:
    """Whether a field of the settings is a secret."""
    kind = cls.model_fields[field].annotation
    return kind is SecretStr or SecretStr in get_args(kind)


def _problem(
    wrong: ErrorDetails, cls: type[Settings], environ: Mapping[str, str], prefix: str, unread: list[str]
) -> str:
    if not wrong["loc"]:  # what one variable alone cannot show
        return f"{prefix}*: {_said(wrong)}."
    field = str(wrong["loc"][0])
    name = prefix + field.upper()
    if wrong["type"] != "missing":
        return f"{name} {_said(wrong)}{_shown(environ.get(name, ''), secret=is_secret(cls, field))}."
    return "" if any(name in each for each in unread) else f"{name} is missing{_hint(name, environ, prefix)}."


def _said(wrong: ErrorDetails) -> str:
    return wrong["msg"].removeprefix("Value error, ").replace("Input should", "must").rstrip(".")


def _shown(text: str, *, secret: bool) -> str:
    """The wrong value, so that the mistake is seen; a secret's never, nor what carries a password like a URL."""
    return "" if secret or "@" in text else f", not {text[:VALUE_CHARACTERS_SHOWN]!r}"


def _hint(name: str, environ: Mapping[str, str], prefix: str) -> str:
    near = get_close_matches(name, [key for key in environ if key.startswith(prefix)], n=1, cutoff=0.85)
    return f" (is {near[0]} a slip of the pen?)" if near else ""
