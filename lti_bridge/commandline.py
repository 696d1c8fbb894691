"""The console script ``lti-bridge``: Django's command line with this project's settings."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line, find_commands

from config.first_start import KEYS_FILE, data_dir, load_or_make, take_command_line
from lti_bridge import __version__

#: Commands that may be somebody's very first: they make the keys that are missing.
FIRST_COMMANDS = frozenset({"run", "demo"})
_HELP = frozenset({"help", "--help", "-h"})
_KEYS = ("SECRET_KEY", "FIELD_KEYS")


def main(argv: list[str] | None = None) -> None:
    """Run one management command.

    Takes ``argv`` as ``sys.argv`` has it. Before the settings are read, the keys of an earlier
    first start are put into the environment, and ``run`` and ``demo`` make what is missing.
    Settings that are wrong or missing end in a short list and exit code 1; ``--traceback`` shows where.
    """
    arguments = sys.argv if argv is None else argv
    command = arguments[1] if len(arguments) > 1 else "help"
    if command in ("version", "--version"):
        print(f"LTI Bridge {__version__}")
        return
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        trouble = _read_environment(command, arguments)
        if not trouble:
            execute_from_command_line(arguments)
            return
    except ImproperlyConfigured as error:
        if "--traceback" in arguments:
            raise
        trouble = str(error)
    if command in _HELP and len(arguments) <= 2:
        print(_list_of_commands())
        print(trouble, file=sys.stderr)
        return
    print(trouble, file=sys.stderr)
    raise SystemExit(1)


def _read_environment(command: str, arguments: Sequence[str]) -> str:
    """Complete the environment and read the settings. Gives what is wrong, empty when nothing is."""
    try:
        if command in FIRST_COMMANDS:
            take_command_line(arguments)
        load_or_make(make=command in FIRST_COMMANDS, sandbox=command == "demo")
        # The first look at any setting reads them all.
        _ = settings.INSTALLED_APPS
    except ImproperlyConfigured as error:
        if "--traceback" in arguments:
            raise
        return f"{error}{_where_keys_are()}"
    except (OSError, ValueError) as error:
        if "--traceback" in arguments:
            raise
        return _unreadable(error)
    return ""


def _where_keys_are() -> str:
    """What helps when a key is missing; empty when none is."""
    if all(os.environ.get(name) or f"{name}_FILE" in os.environ for name in _KEYS):
        return ""
    folder = data_dir().absolute()
    holds = f"has a {KEYS_FILE} without them" if (folder / KEYS_FILE).exists() else f"holds no {KEYS_FILE}"
    return (
        f"\n`run` and `demo` make missing keys; DATA_DIR={folder} {holds}. "
        "Give DATA_DIR or the keys as the service has them, or start `lti-bridge run` once."
    )


def _unreadable(error: OSError | ValueError) -> str:
    if isinstance(error, OSError):
        file = error.filename or data_dir().absolute()
        return f"{file}: {error.strerror}. Are you the user that the service runs as?"
    if isinstance(error, UnicodeDecodeError):
        return f"{data_dir().absolute() / KEYS_FILE} is not a text file; put a saved copy in its place."
    # Its words may hold a part of a password.
    return "A value in the environment cannot be read (--traceback shows where)."


def _list_of_commands() -> str:
    names = sorted(find_commands(str(Path(__file__).parent / "management")))
    more = "Django's own are listed too once the settings are complete; among them migrate and createsuperuser."
    return "\n".join(["Commands of lti-bridge (each has --help):", *(f"    {name}" for name in names), more])
