"""``lti-bridge rotate_keys``: encrypt every stored secret with the newest key of ``FIELD_KEYS``."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from lti_bridge.models.fields import encrypted


class Command(BaseCommand):
    help = (
        "Encrypts every stored secret anew with the first key of FIELD_KEYS; afterwards the other keys may go. "
        "All or nothing, and harmless to repeat."
    )

    @transaction.atomic
    def handle(self, **_: Any) -> None:
        done = 0
        for model, field in encrypted():
            for row in model._default_manager.select_for_update():
                # Not save(): nothing changed that a history should tell.
                model._default_manager.filter(pk=row.pk).update(**{field: getattr(row, field)})
                done += 1
        self.stdout.write(f"The secrets of {done} rows are encrypted with the newest key.")
