"""Accounts: our credentials and settings at one provider."""

import hashlib
from collections.abc import Mapping
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from lti_bridge.models.fields import EncryptedJSONField


def relay_key_digest(consumer_key: str) -> str:
    """What an account is found by when a provider signs with its relay consumer key."""
    return hashlib.sha256(consumer_key.encode()).hexdigest()


def relay_client_id(name: str, settings: Mapping[str, Any]) -> str | None:
    """The client id that the account's LTI 1.3 tool has with us, by its settings; None where there is no such tool.

    ``client_id`` is ours to give only where LTI 1.3 is the whole connection; beside an API it is the API's.
    """
    by_lti13 = settings.get("connection") == "lti13"
    if not by_lti13 and settings.get("entry") != "lti13":
        return None
    return str(settings.get("lti13_client_id") or (by_lti13 and settings.get("client_id")) or name)[:255]


class Account(models.Model):
    """Our credentials and settings at one provider: one per environment or customer."""

    #: Also in addresses: /callbacks/<provider>/<name>/…
    name = models.SlugField(_("name"), max_length=100, unique=True)
    #: A name in ``providers.PROVIDERS``; not a choice, so that a new provider needs no migration.
    provider = models.CharField(_("provider"), max_length=50)
    settings = models.JSONField(_("settings"), default=dict, blank=True)
    secrets = EncryptedJSONField(default=dict)
    #: Unique, so that one relay key never belongs to two accounts.
    relay_key_digest = models.CharField(max_length=64, unique=True, null=True, editable=False)  # noqa: DJ001 (none is not a duplicate of none)
    #: What providers' LTI 1.3 tools call us by: our platform side finds the account by it.
    relay_client_id = models.CharField(max_length=255, null=True, editable=False)  # noqa: DJ001 (none is not a duplicate of none)
    enabled = models.BooleanField(_("enabled"), default=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    history = HistoricalRecords(excluded_fields=["secrets", "relay_key_digest", "relay_client_id"])

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=("relay_client_id",), name="one_account_per_relay_client"),)

    def __str__(self) -> str:
        return self.name

    def save(self, **kwargs: Any) -> None:
        consumer_key = self.secrets.get("consumer_key")
        self.relay_key_digest = relay_key_digest(consumer_key) if consumer_key else None
        self.relay_client_id = relay_client_id(self.name, self.settings)
        super().save(**kwargs)
