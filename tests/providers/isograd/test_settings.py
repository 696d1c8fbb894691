"""Settings and secrets of Isograd accounts."""

import pytest

from lti_bridge.models import Account
from lti_bridge.providers.isograd.settings import lti_url, problems_of

SECRETS = ["consumer_key", "shared_secret"]


def problems(**settings):
    return problems_of({"connection": "lti11"} | settings, SECRETS)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"environment": "testing"},
        {"environment": "production"},
        {"lti_url": "https://provider.example.net/lti?x=1"},
        {"lti_url": "http://127.0.0.1:9000/lti"},
        {"sub_com_id": 7},
        {"conversion": "as_documented"},
        {"conversion": "corrected"},
        {"signature_method": "HMAC-SHA256"},
    ],
)
def test_good_settings(settings):
    assert problems(**settings) == []


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"connection": "api"}, "connection api is not available yet: use lti11"),
        ({"connection": "lti13"}, "connection lti13 is not available yet: use lti11"),
        ({"connection": "ftp"}, "connection must be lti11"),
        ({"environment": "staging"}, "environment must be production or testing"),
        ({"lti_url": "ftp://x"}, "lti_url must be a full http(s) address"),
        ({"lti_url": "https://[x"}, "lti_url must be a full http(s) address"),
        ({"lti_url": "https://x/#a"}, "lti_url must be a full http(s) address"),
        ({"lti_url": 5}, "lti_url must be a full http(s) address"),
        ({"sub_com_id": "x"}, "sub_com_id must be a whole number from 1 to 2147483647"),
        ({"conversion": "guess"}, "conversion must be as_documented or corrected"),
        ({"signature_method": "PLAINTEXT"}, "signature_method must be HMAC-SHA1 or HMAC-SHA256"),
        ({"signature_method": ["HMAC-SHA1"]}, "signature_method must be HMAC-SHA1 or HMAC-SHA256"),
        ({"api_url": "https://x"}, "api_url belongs to a connection that is not available yet"),
        ({"colour": "red"}, "setting colour is not known"),
    ],
)
def test_bad_settings_are_named(settings, said):
    assert problems(**settings) == [said]


def test_all_problems_come_at_once():
    assert problems_of({"colour": 1}, ["passwort"]) == [
        'connection is missing: it must be "lti11"',
        "setting colour is not known",
        "secret consumer_key is missing",
        "secret shared_secret is missing",
        "secret passwort is not known",
    ]


def test_secrets_of_a_rotation_and_of_the_api_are_fine():
    assert (
        problems_of({"connection": "lti11"}, [*SECRETS, "previous_shared_secret", "client_id", "client_secret"]) == []
    )


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        ({}, "https://app.isograd.com/public/lti.php"),
        ({"environment": "production"}, "https://app.isograd.com/public/lti.php"),
        ({"environment": "testing"}, "https://recette.isograd.com/public/lti.php"),
        ({"environment": "testing", "lti_url": "http://127.0.0.1/lti"}, "http://127.0.0.1/lti"),
    ],
)
def test_each_environment_has_its_address(settings, url):
    assert lti_url(Account(settings=settings)) == url
