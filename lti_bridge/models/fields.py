"""Secrets at rest: a JSON field that the database only ever sees encrypted."""

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models


@lru_cache(maxsize=8)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def cipher() -> MultiFernet:
    """The cipher of ``FIELD_KEYS``: encrypts with the first key, decrypts with any of them."""
    return _cipher(tuple(settings.FIELD_KEYS))


@lru_cache(maxsize=4096)
def _decrypt(keys: tuple[str, ...], stored: str) -> str:
    # Opening a token costs as much as a database query, and a launch opens one each time.
    try:
        return _cipher(keys).decrypt(stored.encode()).decode()
    except InvalidToken:
        raise ImproperlyConfigured("A stored secret was encrypted with a key that FIELD_KEYS no longer has.") from None


if TYPE_CHECKING:
    _TextField = models.TextField[Any, Any]
else:
    _TextField = models.TextField


class EncryptedJSONField(_TextField):
    """A JSON value kept as a Fernet token.

    It cannot be searched, and its value never appears in a migration, a history table or a dump.
    Reading raises ``ImproperlyConfigured`` when no key of ``FIELD_KEYS`` opens it.
    """

    # For mypy: the text is only how it is kept.
    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def get_prep_value(self, value: Any) -> str:
        return cipher().encrypt(json.dumps(value, separators=(",", ":")).encode()).decode()

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        return {} if not value else json.loads(_decrypt(tuple(settings.FIELD_KEYS), value))

    def to_python(self, value: Any) -> Any:
        return value

    def value_to_string(self, obj: models.Model) -> str:
        raise ImproperlyConfigured("Secrets are not serialised.")


def encrypted() -> list[tuple[type[models.Model], str]]:
    """Each field of this app that is kept encrypted, with its model: found, so that a new table is not forgotten."""
    found = apps.get_app_config("lti_bridge").get_models()
    return [(model, each.name) for model in found for each in model._meta.get_fields() if _is_encrypted(each)]


def _is_encrypted(field: object) -> bool:
    return isinstance(field, EncryptedJSONField)
