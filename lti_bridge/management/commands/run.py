"""``lti-bridge run``: everything one machine needs, in one process tree."""

import socket
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from config.first_start import DEFAULT_PORT
from lti_bridge.processes import ProcessTree, beat, web, worker


class Command(BaseCommand):
    help = "Runs the web server, the worker and the clock in one process tree until SIGTERM, then drains them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=DEFAULT_PORT)
        parser.add_argument("--host", default="127.0.0.1", help="where to listen (0.0.0.0: everywhere)")

    def handle(self, *, port: int, host: str, **_: Any) -> None:
        bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self.prepare([bind])
        sys.exit(self.run_tree([bind], self.greeting(bind)))

    def prepare(self, binds: list[str]) -> None:
        """What has to be there before anything starts: free ports, the folders, the tables."""
        for bind in binds:
            self._check_free(bind)
        # WhiteNoise warns when there is no folder of collected files, though it needs none here.
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
        call_command("migrate", verbosity=0, interactive=False)

    def run_tree(self, binds: list[str], greeting: list[str]) -> int:
        """Run until told to stop; gives the exit code."""
        # The programs open their own.
        connections.close_all()
        tree = ProcessTree(
            programs=[web(binds), worker(), beat()],
            say=self._say,
            is_ready=lambda: all(map(_listens, binds)),
            announce=lambda: self._say("\n".join(greeting)),
        )
        return tree.run()

    def greeting(self, bind: str) -> list[str]:
        database, queue = settings.DATABASES["default"]["ENGINE"].rpartition(".")[2], settings.CELERY["broker_url"]
        return [
            f"LTI Bridge listens on {bind}; its public address is {settings.BASE_URL}",
            f"Data: {settings.DATA_DIR.absolute()} ({database}); queue: {queue.partition(':')[0]}",
            "First make an administrator: lti-bridge createsuperuser",
            f"Then log in at {settings.BASE_URL}/admin/, or describe everything in a file: lti-bridge apply FILE.toml",
            "Ctrl-C or SIGTERM finishes what is under way, then stops.",
        ]

    def _check_free(self, bind: str) -> None:
        host, port = _place(bind)
        try:
            with socket.create_server((host, port), family=_family(host)):
                pass
        except OSError as error:
            advice = f'Another port may be free: --port {port + 10} (with make: ARGS="--port {port + 10}").'
            raise CommandError(f"Cannot listen on {bind}: {error.strerror}. {advice}") from None

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _listens(bind: str) -> bool:
    host, port = _place(bind)
    try:
        with socket.create_connection((host, port), timeout=0.5):
            return True
    except OSError:
        return False


def _place(bind: str) -> tuple[str, int]:
    host, _, port = bind.rpartition(":")
    return host.strip("[]"), int(port)


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
