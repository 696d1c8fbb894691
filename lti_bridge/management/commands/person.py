"""``lti-bridge person``: all that is kept about one person, given out or erased."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.core.serializers.json import DjangoJSONEncoder

from lti_bridge import personal_data
from lti_bridge.models import Learner, Platform


class Command(BaseCommand):
    help = "Gives out all that is kept about one person as JSON (export), or removes it (erase)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=("export", "erase"))
        parser.add_argument("user_id", metavar="USER_ID", help="as the LMS names the person, or our own id")
        parser.add_argument("--platform", required=True, metavar="NAME", help="the LMS")
        parser.add_argument("--yes", action="store_true", help="erase without asking")

    def handle(self, *, what: str, user_id: str, platform: str, yes: bool, **_: Any) -> None:
        learner = _find(platform, user_id)
        if what == "export":
            exported = personal_data.export(learner)
            self.stdout.write(json.dumps(exported, cls=DjangoJSONEncoder, indent=2, ensure_ascii=False))
            return
        if not yes:
            self._ask(learner)
        stays = personal_data.what_stays(learner)
        counts = personal_data.erase(learner)
        self.stdout.write("Erased: " + ", ".join(f"{name} {count}" for name, count in counts.items()) + ".")
        for sentence in stays:
            self.stdout.write(sentence)

    def _ask(self, learner: Learner) -> None:
        """Raises ``CommandError`` unless the person's user id is typed in."""
        self.stdout.write(
            f"This removes {learner.display_name} ({learner.platform.name}) with all attempts, grades and launches. "
            "It cannot be undone."
        )
        try:
            typed = input(f"To confirm, type the user id ({learner.user_id}): ")
        except EOFError:
            typed = ""
        if typed.strip() != learner.user_id:
            raise CommandError("That is not the user id; nothing was erased.")


def _find(platform: str, user_id: str) -> Learner:
    if not Platform.objects.filter(name=platform).exists():
        raise CommandError(f'There is no platform named "{platform}".')
    people = Learner.objects.filter(platform__name=platform).select_related("platform")
    learner = people.filter(user_id=user_id).first() or people.filter(opaque_id=user_id).first()
    if learner is None:
        raise CommandError("Nobody with this id is kept for that platform.")
    return learner
