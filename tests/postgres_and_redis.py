"""A private PostgreSQL and a private Redis for tests: free ports of 127.0.0.1, and no trace left afterwards.

``python -m tests.postgres_and_redis [--postgres] [--redis] [--quick] -- COMMAND…`` starts them (without a choice:
both), runs the command with ``DATABASE_URL`` and ``CELERY_BROKER_URL`` set, stops them, and exits as the command did.

A service can be stopped or killed and started again: it keeps its port, its address and what its disk holds.
"""

import argparse
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Final, Self

import psutil
import psycopg
import redis

from tests import environment  # noqa: F401  (the command gets what the settings need)

PATIENCE = 30.0  # seconds that a service may take to answer, or to stop
DATABASE: Final = "lti_bridge"
PASSWORD: Final = "sample"


class ServiceFailed(Exception):
    """A service is missing or did not come up; the message says what it wrote."""


class Service:
    """One server process with a folder of its own. Subclasses say how to start it and how to see that it answers."""

    program: str

    def __init__(self) -> None:
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix=f"lti-bridge-{self.program}-"))
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address, as DATABASE_URL or CELERY_BROKER_URL wants it."""
        raise NotImplementedError

    def command(self) -> list[str]:
        """What starts the server in the foreground."""
        raise NotImplementedError

    def check(self) -> None:
        """Raise while the server does not answer."""
        raise NotImplementedError

    def start(self) -> Self:
        """Start, and return when it answers."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command(), stdout=log, stderr=log, **self._as_its_user())
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                self.check()
                return self
            except (psycopg.Error, redis.RedisError) as problem:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise ServiceFailed(f"{self.program} did not start:\n{self.log.read_text()[-2000:]}") from problem
                time.sleep(0.05)

    def stop(self) -> None:
        """Stop in good order; SIGINT is what PostgreSQL calls a fast shutdown, and Redis obeys it too."""
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(PATIENCE)
            self.process = None

    def kill9(self) -> None:
        """Kill the server and all its children at once, as a power cut would."""
        if self.process is not None:
            parent = psutil.Process(self.process.pid)
            family = [parent, *parent.children(recursive=True)]
            for member in family:
                member.kill()
            psutil.wait_procs(family, PATIENCE)
            self.process.wait(PATIENCE)
            self.process = None

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def _as_its_user(self) -> dict[str, Any]:
        """PostgreSQL refuses to be root. A session of its own keeps Ctrl-C for the command."""
        options: dict[str, Any] = {"cwd": self.folder, "stdin": subprocess.DEVNULL, "start_new_session": True}
        if os.geteuid() == 0 and self.program == "postgres":
            options |= {"user": "postgres", "group": "postgres", "extra_groups": []}
        return options

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.kill9() if error else self.stop()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)


class Postgres(Service):
    """PostgreSQL with its disk habits as in production, or ``quick``: without fsync, as only a power cut needs it."""

    program = "postgres"

    def __init__(self, *, quick: bool = False) -> None:
        super().__init__()
        self.quick = quick

    @property
    def url(self) -> str:
        return self._address(DATABASE)

    def command(self) -> list[str]:
        options = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": "off" if self.quick else "on",
            "max_connections": 200,
        }
        given = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        return [str(postgres_program("postgres")), "-D", str(self.folder / "data"), *given]

    def start(self) -> Self:
        if not (self.folder / "data").exists():
            self._make_cluster()
        return super().start()

    def check(self) -> None:
        with psycopg.connect(self._address("postgres"), autocommit=True, connect_timeout=2) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(f"CREATE DATABASE {DATABASE}")

    def _address(self, database: str) -> str:
        return f"postgresql://postgres:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def _make_cluster(self) -> None:
        password_file = self.folder / "password"
        password_file.write_text(PASSWORD)
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            for path in (self.folder, password_file):
                os.chown(path, owner.pw_uid, owner.pw_gid)
        made = subprocess.run(
            [
                *(str(postgres_program("initdb")), "--pgdata", str(self.folder / "data")),
                *("--username=postgres", "--pwfile", str(password_file), "--auth=scram-sha-256"),
                *("--encoding=UTF8", "--locale=C.UTF-8"),
            ],
            capture_output=True,
            text=True,
            **self._as_its_user(),
        )
        if made.returncode:
            raise ServiceFailed(f"initdb failed:\n{made.stderr}")


class Redis(Service):
    """Redis. It forgets all when it stops, unless ``persistent``: then each write is on disk before the answer."""

    program = "redis-server"

    def __init__(self, *, persistent: bool = False) -> None:
        super().__init__()
        self.persistent = persistent

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        server = shutil.which(self.program)
        if server is None:
            raise ServiceFailed("redis-server is missing: scripts/services installs it")
        options = {
            "port": self.port,
            "bind": "127.0.0.1",
            "dir": self.folder,
            "save": "",
            "appendonly": "yes" if self.persistent else "no",
            "appendfsync": "always",
        }
        return [server, *(part for name, value in options.items() for part in (f"--{name}", str(value)))]

    def check(self) -> None:
        with redis.Redis(port=self.port, socket_timeout=2) as client:
            client.ping()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def postgres_program(name: str) -> Path:
    """One of the newest PostgreSQL's programs; Debian keeps them out of PATH."""
    found = [path for path in Path("/usr/lib/postgresql").glob(f"*/bin/{name}") if path.parts[4].isdigit()]
    if not found:
        raise ServiceFailed(f"{name} is missing: scripts/services installs PostgreSQL")
    return max(found, key=lambda path: int(path.parts[4]))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.postgres_and_redis", description=__doc__.partition("\n")[0])
    parser.add_argument("--postgres", action="store_true", help="start PostgreSQL, set DATABASE_URL")
    parser.add_argument("--redis", action="store_true", help="start Redis, set CELERY_BROKER_URL")
    parser.add_argument("--quick", action="store_true", help="PostgreSQL does not wait for the disk; not for figures")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    chosen = parser.parse_args()
    command = chosen.command[1:] if chosen.command[:1] == ["--"] else chosen.command
    if not command:
        parser.error("a command is needed")
    both = not (chosen.postgres or chosen.redis)
    signal.signal(signal.SIGTERM, _leave)
    try:
        with ExitStack() as services:
            if chosen.postgres or both:
                os.environ["DATABASE_URL"] = services.enter_context(Postgres(quick=chosen.quick)).url
            if chosen.redis or both:
                os.environ["CELERY_BROKER_URL"] = services.enter_context(Redis()).url
            return _run(command)
    except ServiceFailed as problem:
        print(problem, file=sys.stderr)
        return 1


def _run(command: list[str]) -> int:
    """Run it and wait. Ctrl-C reaches the command itself, which may finish; whatever else ends us ends it too."""
    with subprocess.Popen(command) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue
            except SystemExit:
                process.terminate()
                process.wait(PATIENCE)
                raise


def _leave(signum: int, _frame: FrameType | None) -> None:
    sys.exit(128 + signum)


if __name__ == "__main__":
    sys.exit(main())
