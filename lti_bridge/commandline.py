"""The console script ``lti-bridge``: Django's command line with this project's settings."""

import os
import sys

from django.core.management import execute_from_command_line

from config.first_start import load_or_make, take_command_line

#: Commands that may be somebody's very first: they make the keys that are missing.
FIRST_COMMANDS = frozenset({"run", "demo"})


def main(argv: list[str] | None = None) -> None:
    """Run one management command.

    Takes ``argv`` as ``sys.argv`` has it. Before the settings are read, the keys of an earlier
    first start are put into the environment, and ``run`` and ``demo`` make what is missing.
    """
    arguments = sys.argv if argv is None else argv
    command = arguments[1] if len(arguments) > 1 else "help"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if command in FIRST_COMMANDS:
        take_command_line(arguments)
    load_or_make(make=command in FIRST_COMMANDS, sandbox=command == "demo")
    execute_from_command_line(arguments)
