"""``lti-bridge export``: write the configuration file back from the database, secrets left out."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lti_bridge.configuration.export import export


class Command(BaseCommand):
    help = (
        "Writes platforms, accounts and activities as a TOML file for `apply`. In the place of each secret stands "
        "the name of an environment variable, to be set before the file is applied."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--output", type=Path, metavar="FILE", help="instead of standard output")

    def handle(self, *, output: Path | None, **_: Any) -> None:
        text, variables = export()
        if output is None:
            self.stdout.write(text, ending="")
            return
        try:
            output.write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{output} cannot be written: {error.strerror}") from None
        self.stdout.write(f"Written to {output}.")
        if variables:
            self.stdout.write("Before it is applied elsewhere, set:\n  " + "\n  ".join(variables))
