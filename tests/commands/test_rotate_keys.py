"""``rotate_keys``: old keys may go afterwards."""

from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.utils import timezone
from pytest_django import Settings

from lti_bridge import signing_keys
from lti_bridge.doctor import machine
from lti_bridge.models import AccessToken, Account, AccountToken, Lti11Registration, SigningKey
from lti_bridge.models.fields import EncryptedJSONField, encrypted
from tests.world import SECRET, make_world
from tests.world13 import make_registration

pytestmark = pytest.mark.django_db


def test_after_a_rotation_the_new_key_alone_opens_every_secret(settings: Settings) -> None:
    world = make_world()
    signing_keys.make(SigningKey.Side.TOOL, signs_from=timezone.now())
    registration = make_registration(world.platform)
    AccessToken.objects.create(registration=registration, scopes="score", secret={"token": "sample-token"})
    AccountToken.objects.create(account=world.account, purpose="usage", secret={"token": "another-token"})
    new, old = Fernet.generate_key().decode(), settings.FIELD_KEYS
    settings.FIELD_KEYS = [new, *old]
    histories = Account.history.count()
    call_command("rotate_keys", stdout=StringIO())
    settings.FIELD_KEYS = [new]
    assert Lti11Registration.objects.get().live_secrets == [SECRET]
    assert Account.objects.get().secrets["consumer_key"] == "bridge-key"
    assert SigningKey.objects.get().private["pem"].startswith("-----BEGIN PRIVATE KEY-----")
    assert AccessToken.objects.get().secret == {"token": "sample-token"}
    assert AccountToken.objects.get().secret == {"token": "another-token"}
    assert Account.history.count() == histories


def test_a_secret_that_no_key_opens_stops_the_rotation(settings: Settings) -> None:
    make_world()
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(ImproperlyConfigured):
        call_command("rotate_keys", stdout=StringIO())


def test_no_table_with_a_secret_is_forgotten() -> None:
    models = apps.get_app_config("lti_bridge").get_models()
    secret = {
        (model, field.name) for model in models for field in model._meta.fields if isinstance(field, EncryptedJSONField)
    }
    assert set(encrypted()) == secret
    assert {(model, field) for model, field, _noun, _advice in machine._SECRETS} == secret
