"""``lti-bridge apply FILE.toml``: make the database match the configuration file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lti_bridge.configuration.plan import apply
from lti_bridge.configuration.reading import read
from lti_bridge.errors import ConfigurationError


class Command(BaseCommand):
    help = (
        "Makes platforms, accounts and activities match a TOML file: all of it or nothing, as often as you like. "
        "What the file does not name is left alone. See docs/configuration.md."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.toml")
        parser.add_argument("--dry-run", action="store_true", help="print what would change, and change nothing")

    def handle(self, *, file: Path, dry_run: bool, **_: Any) -> None:
        configuration, problems = read(file)
        try:
            plan = apply(configuration, problems, dry_run=dry_run)
        except ConfigurationError as error:
            lines = str(error).splitlines()
            counted = "1 problem" if len(lines) == 1 else f"{len(lines)} problems"
            raise CommandError("\n  ".join([f"{counted}; nothing was changed.", *lines])) from None
        for line in plan.lines():
            self.stdout.write(line)
        if not plan.changes:
            self.stdout.write("Nothing to change.")
        elif dry_run:
            self.stdout.write("Nothing was changed: this was a dry run.")
