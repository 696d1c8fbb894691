"""``lti-bridge rotate_keys``: encrypt every stored secret with the newest key of ``FIELD_KEYS``."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from lti_bridge.models import (
    AccessToken,
    Account,
    AccountToken,
    Document,
    Lti11Registration,
    ProviderExport,
    SigningKey,
)

#: Every model with a secret, and the field that holds it.
_SECRETS = (
    (Lti11Registration, "secrets"),
    (Account, "secrets"),
    (SigningKey, "private"),
    (AccessToken, "secret"),
    (AccountToken, "secret"),
    (ProviderExport, "secret"),
    (Document, "secret"),
)


class Command(BaseCommand):
    help = (
        "Encrypts every stored secret anew with the first key of FIELD_KEYS; afterwards the other keys may go. "
        "All or nothing, and harmless to repeat."
    )

    @transaction.atomic
    def handle(self, **_: Any) -> None:
        done = 0
        for model, field in _SECRETS:
            for row in model.objects.select_for_update():
                # Not save(): nothing changed that a history should tell.
                model.objects.filter(pk=row.pk).update(**{field: getattr(row, field)})
                done += 1
        self.stdout.write(f"The secrets of {done} rows are encrypted with the newest key.")
