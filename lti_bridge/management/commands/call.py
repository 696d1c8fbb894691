"""``lti-bridge call ACCOUNT OPERATION key=value …``: one operation of a provider's API, as its document has it."""

import json
import shutil
import textwrap
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lti_bridge.errors import BridgeError, CannotCall, ProviderError
from lti_bridge.models import Account
from lti_bridge.providers import call, provider_of
from lti_bridge.providers.operations import Operation


class Command(BaseCommand):
    help = (
        "Carries out one operation of a provider's API. The answer goes to standard output as JSON, with the "
        "provider's own field names; an error to standard error, with exit code 1. Without an operation: lists them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("account", metavar="ACCOUNT")
        parser.add_argument("operation", metavar="OPERATION", nargs="?", default="")
        parser.add_argument(
            "arguments",
            metavar="key=value",
            nargs="*",
            help="key=@FILE reads the value from a file (FILE.json as JSON); key=@@text is a text that begins with @",
        )

    def handle(self, *, account: str, operation: str, arguments: list[str], **_: Any) -> None:
        row = Account.objects.filter(name=account).first()
        if row is None:
            raise CommandError(f'There is no account "{account}". There are: {_names()}.')
        if not operation:
            self.stdout.write(_listing(row, provider_of(row.provider).operations.values()))
            return
        try:
            answer = call(row, operation, dict(_read(arguments)))
        except CannotCall as error:
            raise CommandError("\n  ".join(["Nothing was sent.", *error.problems])) from None
        except BridgeError as error:
            self._tell(error)
            raise SystemExit(1) from None
        self.stdout.write(json.dumps(answer, indent=2, ensure_ascii=False))

    def _tell(self, error: BridgeError) -> None:
        """The provider's own code and words where it gave any, then ours: what happened, what to do."""
        if isinstance(error, ProviderError) and error.provider_code:
            self.stderr.write(f"error {error.provider_code}: {_printable(error.provider_message)}")
        self.stderr.write(f"{error.code}: {error.sentence}")
        if error.detail:
            self.stderr.write(error.detail)
        self.stderr.write(f"What to do: {error.advice}")


def _printable(text: str) -> str:
    # A provider wrote it, and a terminal obeys control characters.
    return "".join(each if each.isprintable() else " " for each in text)


def _names() -> str:
    return ", ".join(Account.objects.order_by("name").values_list("name", flat=True)) or "none yet"


def _read(arguments: Iterable[str]) -> Iterator[tuple[str, Any]]:
    """The arguments by name. Raises ``CommandError`` for what is not ``key=value``, doubled or no readable file."""
    seen = set()
    for each in arguments:
        name, is_one, value = each.partition("=")
        if not (name and is_one):
            raise CommandError(f'"{each}" is not key=value.')
        if name in seen:
            raise CommandError(f"{name} is given twice.")
        seen.add(name)
        yield name, _value(name, value)


def _value(name: str, value: str) -> Any:
    if value.startswith("@@"):
        return value[1:]
    if not value.startswith("@"):
        return value
    file = Path(value[1:])
    try:
        text = file.read_text(encoding="utf-8")
        return json.loads(text) if file.suffix == ".json" else text.rstrip("\r\n")
    except (OSError, ValueError, RecursionError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not what its name says"
        raise CommandError(f"{name}: file {file} cannot be read: {why}") from None


def _listing(account: Account, operations: Iterable[Operation]) -> str:
    lines = [line for each in operations for line in _lines(each)]
    return "\n".join(lines) or f"{provider_of(account.provider).label} has no API that can be called."


def _lines(operation: Operation) -> Iterator[str]:
    width = max(shutil.get_terminal_size((120, 50)).columns, 60)
    yield f"{operation.name}"
    yield from textwrap.wrap(operation.words, width, initial_indent="  ", subsequent_indent="  ")
    for name, argument in operation.arguments.items():
        either = next((group for group in operation.either if name in group), ())
        needed = "required" if argument.required else f"this or {_others(either, name)}" if either else "optional"
        told = f"{name}  ({needed}; {argument.kind.words}) {argument.words}".rstrip()
        yield from textwrap.wrap(told, width, initial_indent="    ", subsequent_indent="        ")
    yield ""


def _others(group: Iterable[str], name: str) -> str:
    return " or ".join(other for other in group if other != name)
