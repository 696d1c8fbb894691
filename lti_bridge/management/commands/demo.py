"""``lti-bridge demo``: ``run`` with a pretend LMS, pretend providers and sample data; ``--check`` walks through it."""

import shlex
import shutil
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.urls import reverse

from config.first_start import DEFAULT_PORT
from lti_bridge.management.commands import run
from lti_bridge.sandbox.addresses import bridge_url, lms_url, origins, provider_url


class Command(run.Command):
    help = "Runs everything with a pretend LMS, pretend providers and sample data."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="the pretend parties take the next two")
        parser.add_argument("--host", default="", help="where to listen, if not at the address of BASE_URL")
        parser.add_argument(
            "--check", action="store_true", help="walk the whole way in a folder and on ports of its own, then exit"
        )

    def handle(self, *, port: int, host: str, check: bool = False, **_: Any) -> None:
        # Not at the top: these need the sandbox's tables.
        from lti_bridge.sandbox import samples
        from lti_bridge.sandbox.check.journeys import walk_all

        if check:
            try:
                sys.exit(walk_all(self._say))
            finally:
                shutil.rmtree(settings.DATA_DIR, ignore_errors=True)
        if samples.is_foreign():
            raise CommandError("This database holds platforms already; sample data would not belong there.")
        binds = self._binds(host, port)
        self.prepare(binds)
        samples.make()
        sys.exit(self.run_tree(binds, self._demo_greeting(samples.make_admin(), samples.invite())))

    def _binds(self, host: str, port: int) -> list[str]:
        own, *neighbours = origins().hosts
        if not neighbours:
            # BASE_URL is somewhere else, behind a proxy: all parties share it, and us.
            return [f"{host or '127.0.0.1'}:{port}"]
        return [f"{host}:{port}" if host else own, *neighbours]

    def _demo_greeting(self, password: str, invitation: str) -> list[str]:
        lms, provider = origins().lms, origins().provider
        secret = (
            f"password {password} (shown once)"
            if password
            else "password as shown at the first start (lost? see below)"
        )
        addresses = {
            "Course, as Alice (student)": lms_url("sandbox-lms-enter", "alice"),
            "Course, as Ines (teacher)": lms_url("sandbox-lms-enter", "ines"),
            "Gradebook of the LMS": lms_url("sandbox-lms-gradebook"),
            "Pretend Isograd": provider_url("sandbox-isograd"),
            "Pretend Inspera": provider_url("sandbox-inspera"),
            "Pretend Originality": provider_url("sandbox-originality"),
            "Fault switches": origins().bridge + reverse("sandbox-faults"),
            "Administration": f"{bridge_url('admin:index')}  user admin, {secret}",
            "Registration by the LMS": f"{lms_url('sandbox-lms13-tools')} (as Ines) with {invitation}",
        }
        notes = []
        if lms.partition("//")[2].startswith("localhost"):
            notes = ["(Only one loopback address here: the parties share localhost, and so their cookies.)"]
        return [
            f"LTI Bridge {settings.BASE_URL} between a pretend LMS {lms} and a pretend provider {provider}",
            *notes,
            *(f"  {name + ':':28}{address}" for name, address in addresses.items()),
            f"Data: {settings.DATA_DIR}. Ctrl-C stops everything.",
            "Other commands look at this demo when they are told where it is, such as:",
            f"  {_command('doctor')}",
            *([] if password else ["A new password for the administration:", f"  {_command('changepassword admin')}"]),
        ]


def _command(words: str) -> str:
    """What to type for a command that looks at this demo."""
    told = {"DATA_DIR": str(settings.DATA_DIR.absolute()), "SANDBOX": "true", "BASE_URL": settings.BASE_URL}
    environment = " ".join(f"{name}={shlex.quote(value)}" for name, value in told.items())
    return f"{environment} .venv/bin/lti-bridge {words}"
