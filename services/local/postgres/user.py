"""Who the server runs as: PostgreSQL refuses to be root."""

import os
import pwd
import stat
from pathlib import Path

from services.local.postgres.binaries import PostgresUnavailable, binaries


def user_to_run_as(data_dir: Path) -> tuple[int, int] | None:
    """PostgreSQL refuses to run as root. Root hands the server to the owner of the data, or to `nobody`."""
    owner = data_dir.stat().st_uid if data_dir.exists() else None
    if os.geteuid() != 0:
        if owner not in (None, os.geteuid()):
            raise PostgresUnavailable(
                f"The database in {data_dir} belongs to another user; run as that user, or remove it to begin anew."
            )
        return None
    account = pwd.getpwnam("nobody") if not owner else pwd.getpwuid(owner)
    _let_pass(data_dir)
    _let_pass(binaries())
    _let_read(binaries().parent)
    return account.pw_uid, account.pw_gid


def _let_pass(path: Path) -> None:
    """Lets other users walk through, but not list, each folder above `path`; the server must reach its own files."""
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)


def _let_read(folder: Path) -> None:
    """Undoes a umask that hid the server's programs from other users."""
    needed = stat.S_IROTH | stat.S_IXOTH
    if all(path.stat().st_mode & needed == needed for path in (folder / "bin", folder / "bin" / "postgres")):
        return
    # The wheel keeps the libraries that it brings along in a folder beside its package.
    libraries = folder.parent.with_name(folder.parent.name + ".libs")
    for path in [folder, *folder.rglob("*"), libraries, *libraries.rglob("*")]:
        mode = stat.S_IMODE(path.stat().st_mode)
        # What the owner may read and run, others may too.
        path.chmod(mode | (mode & 0o500) >> 6)
