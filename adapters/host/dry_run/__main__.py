"""The command."""

import json
import os
import sys
from collections.abc import Mapping

from adapters.host.discover import discover
from adapters.host.dry_run import run
from adapters.host.main import NAME
from adapters.host.settings import Settings, accounts
from adapters.host.values import Account
from services.kernel.clock import SystemClock
from services.kernel.settings import SettingsError, load
from services.kernel.standalone import IdentitySettings, verifier_of


def main() -> None:
    """Runs the command."""
    try:
        code, told = run(sys.argv[1:], _accounts())
    except SettingsError as wrong:
        code, told = 1, {"problems": wrong.problems}
    sys.stdout.write(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
    raise SystemExit(code)


def _accounts() -> Mapping[str, Account]:
    verifier = verifier_of(load(IdentitySettings, os.environ, IdentitySettings.PREFIX), SystemClock())
    settings = load(Settings, os.environ, f"DOSELANE_{NAME.upper()}")
    return accounts(settings.accounts.get_secret_value(), discover(), verifier)


if __name__ == "__main__":
    main()
