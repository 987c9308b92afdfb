"""Where the gateway is and who asks: from options, variables, and profiles that `doselane login` keeps in a file.

The file lies in the user's folder for settings and only its owner may read it, because secrets are in it.
"""

import json
import os
import stat
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path

import typer

from doselane.client.gateway import Gateway, target_of
from doselane.client.tokens import ClientCredentials, StaticToken, TokenFile, TokenSource

FILE_VARIABLE = "DOSELANE_PROFILES"
# Where `make run` listens; for another address, another issuer must be named.
SANDBOX, SANDBOX_ISSUER = "http://localhost:9090", "http://localhost:8080/oauth/token"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class ProfileError(Exception):
    """Something is wrong with how the command line is set up: in words, with what to do."""

    def __init__(self, words: str, remedy: str) -> None:
        super().__init__(words)
        self.words, self.remedy = words, remedy


@dataclass(frozen=True, slots=True)
class Profile:
    """A gateway and who asks it; what is empty was not said."""

    address: str = ""
    token: str = field(default="", repr=False)
    token_file: str = ""
    token_url: str = ""
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    ca_file: str = ""

    def over(self, kept: "Profile") -> "Profile":
        """What was said here, and for the rest what is kept there. Credentials are taken from one of them, whole."""
        if self.token or self.token_file or self.client_id or self.client_secret:
            kept = replace(kept, token="", token_file="", client_id="", client_secret="")
        said = {name: value for name, value in asdict(self).items() if value}
        return replace(kept, **said)

    def source(self) -> TokenSource:
        """Where tokens come from. Raises ProfileError."""
        if self.token:
            return StaticToken(self.token)
        if self.token_file:
            return TokenFile(self.token_file)
        if not (self.client_id and self.client_secret):
            raise ProfileError("nobody is logged in, and no token was given", "doselane login, or set DOSELANE_TOKEN")
        issuer = self.token_url or (SANDBOX_ISSUER if not self.address else "")
        if not issuer:
            raise ProfileError("no issuer of tokens was named", "give --token-url, the token endpoint of your issuer")
        return ClientCredentials(issuer, self.client_id, self.client_secret, ca_file=self.ca_file)

    def gateway(self, call_s_max: float) -> Gateway:
        """The gateway, whose calls take so long at most. Raises ProfileError."""
        try:
            target_of(self.address or SANDBOX)
            roots = Path(self.ca_file).read_bytes() if self.ca_file else None
        except ValueError as wrong:
            raise ProfileError(str(wrong), "give --address, such as https://grpc.doselane.northlake.example") from None
        except OSError as fault:
            raise ProfileError(f"the certificates cannot be read: {fault}", "see --ca-file") from None
        return Gateway(self.address or SANDBOX, self.source(), root_certificates=roots, call_s_max=call_s_max)


def file() -> Path:
    """The file with the profiles."""
    named = os.environ.get(FILE_VARIABLE)
    return Path(named) if named else Path(typer.get_app_dir("doselane")) / "profiles.json"


def kept(name: str) -> Profile:
    """A profile; an empty one if nothing is kept under `default`. Raises ProfileError."""
    found = read()
    if name not in found and name != "default":
        known = ", ".join(sorted(found)) or "none is kept"
        raise ProfileError(
            f"there is no profile {name} in {file()}", f"doselane login --profile {name}; known: {known}"
        )
    return found.get(name, Profile())


def read() -> Mapping[str, Profile]:
    """All profiles. Raises ProfileError for a file that others may read, or that is none of ours."""
    path = file()
    try:
        mode = path.stat().st_mode
        text = path.read_text("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError) as fault:
        raise ProfileError(
            f"the profiles cannot be read: {fault}", f"see {path}, or name another by {FILE_VARIABLE}"
        ) from None
    if os.name == "posix" and mode & _OTHERS:
        raise ProfileError(f"others may read {path}, which holds secrets", f"chmod 600 {path}")
    try:
        said = json.loads(text)
        return {
            str(name): Profile(**{str(key): str(value) for key, value in each.items()}) for name, each in said.items()
        }
    except (ValueError, TypeError, AttributeError) as fault:
        words = f"{path} is no file of profiles: {fault}"
        names = ", ".join(each.name for each in fields(Profile))
        raise ProfileError(
            words, f"mend it (an object by profile, each with {names}), or remove it and log in"
        ) from None


def write(profiles: Mapping[str, Profile]) -> Path:
    """Keeps the profiles, whole or not at all, for their owner alone."""
    path = file()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    said = {name: {key: value for key, value in asdict(each).items() if value} for name, each in profiles.items()}
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        json.dump(said, out, indent=2)
        out.write("\n")
    fresh.replace(path)
    return path
