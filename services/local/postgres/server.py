"""A running server: start, stop, databases."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO
from urllib.parse import quote

from services.local import leash
from services.local.lock import AlreadyRunning, lock
from services.local.postgres.binaries import PostgresUnavailable, binaries
from services.local.postgres.leftovers import postmaster_lines, stop_what_was_left, wait_for_children_to_leave
from services.local.postgres.user import user_to_run_as

SUPERUSER = "postgres"
PORT = 5432  # Names the socket's file only; the server listens on no network address.
SOCKET_PATH_BYTES_MAX = 103  # 107 on Linux, 103 on macOS.
READY_WITHIN_SECONDS = 120
LOG_BYTES_MAX = 10_000_000
SETTINGS: Mapping[str, str] = {
    # What is acknowledged is on disk, here as in production.
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %d ",
}


class Postgres:
    """A running server that owns its data directory until `stop`."""

    def __init__(self, data_dir: Path, socket_dir: Path, server: leash.Leash, lock_file: IO[str]) -> None:
        self.data_dir = data_dir
        self.socket_dir = socket_dir
        self._server = server
        self._lock_file = lock_file

    @property
    def pid(self) -> int:
        """Process id of the postmaster."""
        return self._server.pid

    @property
    def alive(self) -> bool:
        """Whether the postmaster is still running."""
        return self._server.alive

    def dsn(self, database: str = SUPERUSER) -> str:
        """The address of one database, through the Unix socket."""
        return _dsn(database, self.socket_dir)

    def create_database(self, name: str, template: str = "template1") -> str:
        """Creates the database unless it is there, and answers its address."""
        found = self.execute(f"SELECT 1 FROM pg_database WHERE datname = {_literal(name)}")
        if not found:
            self.execute(f"CREATE DATABASE {_identifier(name)} TEMPLATE {_identifier(template)}")
        return self.dsn(name)

    def execute(self, sql: str, database: str = SUPERUSER) -> str:
        """Runs one administrative statement through psql and answers its bare output.

        It is synchronous so that set-up code may call it with or without a running event loop.
        """
        command = [str(binaries() / "psql"), "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1"]
        answer = subprocess.run(
            [*command, "-d", self.dsn(database), "-c", sql], capture_output=True, text=True, timeout=60, check=False
        )
        if answer.returncode:
            raise PostgresUnavailable(f"PostgreSQL refused {sql!r}: {answer.stderr.strip()}")
        return answer.stdout.strip()

    def stop(self) -> None:
        """Stops the server cleanly; its data stays. Calling it twice does no harm."""
        if not self._lock_file.closed:
            self._server.stop(signal.SIGINT)
            self._let_go()

    def kill(self) -> None:
        """Ends the server as a power cut would: nothing is flushed, nobody is told. For tests."""
        self._server.stop(signal.SIGKILL)
        wait_for_children_to_leave(self.data_dir)
        self._let_go()

    def __enter__(self) -> "Postgres":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _let_go(self) -> None:
        if self.socket_dir != self.data_dir:
            shutil.rmtree(self.socket_dir, ignore_errors=True)
        self._lock_file.close()


def start(
    data_dir: Path, *, settings: Mapping[str, str] | None = None, environment: Mapping[str, str] | None = None
) -> Postgres:
    """Starts the server on `data_dir`, creating its data the first time and finding it again after that.

    A server that a killed owner left behind is stopped first. `settings` are added to ours, `environment` to the
    server's surroundings.
    """
    data_dir = data_dir.absolute()
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    try:
        lock_file = lock(data_dir.with_name(data_dir.name + ".lock"))
    except AlreadyRunning as busy:
        raise PostgresUnavailable(f"Another process is using the database in {data_dir}.") from busy
    try:
        user = user_to_run_as(data_dir)
        stop_what_was_left(data_dir)
        if not (data_dir / "PG_VERSION").exists():
            _initialise(data_dir, user)
        socket_dir = _socket_dir(data_dir, user)
        all_settings = {**SETTINGS, "unix_socket_directories": str(socket_dir), **(settings or {})}
        server = _launch(data_dir, all_settings, environment or {}, user)
    except BaseException:
        lock_file.close()
        raise
    return Postgres(data_dir, socket_dir, server, lock_file)


def running(data_dir: Path, database: str) -> str | None:
    """The address of a database of the server that another process runs on this data, if one does."""
    lines = postmaster_lines(data_dir.absolute())
    return _dsn(database, Path(lines[4])) if len(lines) > 4 else None


def _dsn(database: str, socket_dir: Path) -> str:
    return f"postgresql://{SUPERUSER}@/{quote(database)}?host={quote(str(socket_dir))}&port={PORT}"


def _launch(
    data_dir: Path, settings: Mapping[str, str], environment: Mapping[str, str], user: tuple[int, int] | None
) -> leash.Leash:
    command = [str(binaries() / "postgres"), "-D", str(data_dir)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    log_path = data_dir / "server.log"
    if log_path.exists() and log_path.stat().st_size > LOG_BYTES_MAX:
        log_path.replace(data_dir / "server.log.old")
    with log_path.open("ab") as log:
        started_at = log.tell()
        server = leash.start(
            command,
            log=log,
            directory=data_dir,
            environment={**os.environ, "LC_ALL": "C", **environment},
            on_death=signal.SIGINT,
            user=user,
        )
    try:
        _wait_until_ready(data_dir, server)
    except BaseException as fault:
        server.stop(signal.SIGINT)
        if isinstance(fault, PostgresUnavailable):
            raise PostgresUnavailable(f"{fault} Its log says:\n{_since(log_path, started_at)}") from None
        raise
    return server


def _wait_until_ready(data_dir: Path, server: leash.Leash) -> None:
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while time.monotonic() < deadline:
        if not server.alive:
            raise PostgresUnavailable("PostgreSQL ended while it started.")
        lines = postmaster_lines(data_dir)
        if len(lines) >= 8 and lines[0] == str(server.pid) and lines[7].strip() == "ready":
            return
        time.sleep(0.01)
    raise PostgresUnavailable(f"PostgreSQL was not ready after {READY_WITHIN_SECONDS} seconds.")


def _initialise(data_dir: Path, user: tuple[int, int] | None) -> None:
    """Makes the first data beside its place and moves it there whole: a set-up that was cut short leaves no half."""
    fresh = data_dir.with_name(data_dir.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    ids: dict[str, object] = {}
    if user is not None:
        os.chown(fresh, *user)
        ids = {"user": user[0], "group": user[1], "extra_groups": []}
    command = [str(binaries() / "initdb"), "-D", str(fresh), "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8"]
    command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    environment = {**os.environ, "LC_ALL": "C"}
    answer = subprocess.run(  # type: ignore[call-overload]
        command, cwd=fresh, env=environment, capture_output=True, text=True, timeout=120, check=False, **ids
    )
    if answer.returncode:
        raise PostgresUnavailable(f"PostgreSQL could not make its data in {data_dir}: {answer.stderr.strip()}")
    fresh.replace(data_dir)


def _socket_dir(data_dir: Path, user: tuple[int, int] | None) -> Path:
    """The data directory, which only the server's user may enter, unless its path is too long or has a comma."""
    length = len(os.fsencode(data_dir / f".s.PGSQL.{PORT}"))
    if length <= SOCKET_PATH_BYTES_MAX and not set(str(data_dir)) & set(',"'):
        return data_dir
    folder = Path(tempfile.mkdtemp(prefix="doselane-", dir="/tmp"))
    if user is not None:
        os.chown(folder, *user)
    return folder


def _since(log_path: Path, position: int) -> str:
    with log_path.open("rb") as log:
        log.seek(position)
        return log.read()[-4000:].decode(errors="replace").strip()


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
