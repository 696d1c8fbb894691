"""``lti-bridge signing_keys``: our own keys of LTI 1.3: what stands, the next one, and out with an old one."""

import json
import shutil
from argparse import ArgumentParser
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lti_bridge import signing_keys
from lti_bridge.models import AccessToken, SigningKey

Side = SigningKey.Side
HEADINGS = ("key id", "side", "standing", "published", "signs from", "retired")


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A key as operators see it; never its private half."""

    kid: str
    side: str
    standing: str
    published: str
    signs_from: str
    retired: str

    @classmethod
    def of(cls, key: SigningKey, signing: set[str]) -> Self:
        return cls(
            kid=key.kid,
            side=key.side,
            standing=_standing(key, signing),
            published=_moment(key.created_at),
            signs_from=_moment(key.signs_from),
            retired=_moment(key.retired_at),
        )


class Command(BaseCommand):
    help = (
        "Lists our keys of LTI 1.3 on both sides: toward platforms (tool) and toward providers (platform). "
        "New ones are made by themselves every 90 days; this does it by hand."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        choice = parser.add_mutually_exclusive_group()
        choice.add_argument("--rotate", choices=Side.values, help="make the next key; it signs two days from now")
        choice.add_argument("--retire", metavar="KID", help="sign no more with a key; it stays published for a week")
        choice.add_argument(
            "--withdraw", metavar="KID", help="after a leak: take a key out of our key set at once (--withdraw=KID)"
        )
        parser.add_argument(
            "--at-once", action="store_true", help="with --rotate: the new key signs now, and the others are retired"
        )
        parser.add_argument("--json", action="store_true", help="for machines")

    def handle(
        self,
        *,
        rotate: str | None,
        retire: str | None,
        withdraw: str | None,
        at_once: bool,
        json: bool,
        **_: Any,
    ) -> None:
        if at_once and not rotate:
            raise CommandError("--at-once belongs to --rotate.")
        if rotate:
            self._rotate(Side(rotate), at_once=at_once)
        elif retire or withdraw:
            self._end(retire or withdraw or "", withdraw=bool(withdraw))
        else:
            self._list(as_json=json)

    def _rotate(self, side: Side, *, at_once: bool) -> None:
        key = signing_keys.rotate(side, at_once=at_once)
        if at_once:
            self.stdout.write(f"Key {key.kid} signs on side {side} from now on; the others are retired.")
            self.stdout.write("They stay published for a week. After a leak, take them out too: --withdraw=KID")
            if side is Side.TOOL:
                # Also where no key of FIELD_KEYS opens them any more.
                AccessToken.objects.all().delete()
        else:
            self.stdout.write(f"Key {key.kid} is published, and signs on side {side} from {_moment(key.signs_from)}.")

    def _end(self, kid: str, *, withdraw: bool) -> None:
        try:
            key = signing_keys.withdraw(kid) if withdraw else signing_keys.retire(kid)
        except SigningKey.DoesNotExist:
            raise CommandError(f'There is no key "{kid}"; `lti-bridge signing_keys` lists them.') from None
        done = "is out of our key set" if withdraw else "signs no more; it stays published for a week"
        self.stdout.write(f"Key {key.kid} {done}.")
        side = Side(key.side)
        if signing_keys.standing(side).signs is None:
            new = signing_keys.signer(side)
            self.stdout.write(
                f"No other was ready: {new.kid} was made and signs at once. Others know it within the hour."
            )

    def _list(self, *, as_json: bool) -> None:
        signing = {row.signs.kid for row in map(signing_keys.standing, Side) if row.signs}
        keys = SigningKey.objects.defer("private").order_by("side", "-signs_from", "-pk")
        lines = [KeyLine.of(key, signing) for key in keys]
        if as_json:
            self.stdout.write(json.dumps([asdict(line) for line in lines], indent=2))
            return
        if lines:
            self.stdout.write(_table(lines), ending="")
        for side in Side:
            self.stdout.write(_outlook(side))


def _standing(key: SigningKey, signing: set[str]) -> str:
    if key.kid in signing:
        return "signs"
    if key.retired_at is not None:
        return "retired"
    return "follows" if key.signs_from > timezone.now() else "replaced"


def _outlook(side: Side) -> str:
    signs, follows, due_at = signing_keys.standing(side)
    if follows:
        return f"{side}: {follows.kid} takes over at {_moment(follows.signs_from)}."
    if signs and due_at and due_at < timezone.now():
        return f"{side}: the next key is due since {_moment(due_at)}; beat and a worker make it, or --rotate {side}."
    if signs and due_at:
        return f"{side}: the next key is made at {_moment(due_at)}."
    return f"{side}: there is no key yet; the first use makes one."


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}Z" if moment else ""


def _table(lines: list[KeyLine]) -> str:
    table = Table(*HEADINGS, box=None, pad_edge=False)
    for line in lines:
        table.add_row(*(Text(value) for value in asdict(line).values()))
    console = Console(width=shutil.get_terminal_size((180, 50)).columns, color_system=None)
    with console.capture() as capture:
        console.print(table)
    return capture.get()
