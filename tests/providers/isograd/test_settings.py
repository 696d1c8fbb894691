"""Settings and secrets of Isograd accounts."""

import pytest

from lti_bridge.models import Account
from lti_bridge.providers.isograd.settings import (
    api_url,
    checks_grades,
    conversion,
    lti13_tool,
    lti_url,
    problems_of,
    token_url,
)

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
        {"credits_warning": 0},
        {"grade_source": "lti_outcome"},
    ],
)
def test_good_settings(settings):
    assert problems(**settings) == []


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"environment": "testing"},
        {"api_url": "http://127.0.0.1:9000/api", "token_url": "http://127.0.0.1:9000/token?scopes=usage"},
        {"sub_com_id": "7", "credits_warning": 5, "time_zone": "Africa/Tunis", "conversion": "as_documented"},
        {"administrators": [{"platform": "campus", "user_id": "3", "email": " Root@Example.edu "}]},
        {"administrators": []},
        {"shared_addresses": True},
    ],
)
def test_good_settings_of_the_api(settings):
    assert problems_of({"connection": "api"} | settings, ["client_id", "client_secret"]) == []


def test_each_connection_names_the_secrets_that_it_lacks():
    assert problems_of({"connection": "api"}, []) == ["secret client_id is missing", "secret client_secret is missing"]
    assert problems_of({"connection": "lti11"}, [*SECRETS, "client_id"]) == [
        "secret client_id is of no use alone: the API needs client_id and client_secret"
    ]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"connection": "ftp"}, "connection must be api or lti11 or lti13"),
        ({"connection": ["lti11"]}, "connection must be api or lti11 or lti13"),
        ({"environment": "staging"}, "environment must be production or testing"),
        ({"lti_url": "ftp://x"}, "lti_url must be a full http(s) address"),
        ({"lti_url": "https://[x"}, "lti_url must be a full http(s) address"),
        ({"lti_url": "https://x/#a"}, "lti_url must be a full http(s) address"),
        ({"lti_url": 5}, "lti_url must be a full http(s) address"),
        ({"sub_com_id": "x"}, "sub_com_id must be a whole number from 1 to 2147483647"),
        ({"conversion": "guess"}, "conversion must be as_documented or corrected"),
        ({"signature_method": "PLAINTEXT"}, "signature_method must be HMAC-SHA1 or HMAC-SHA256"),
        ({"signature_method": ["HMAC-SHA1"]}, "signature_method must be HMAC-SHA1 or HMAC-SHA256"),
        ({"jwks_uri": "https://x"}, "jwks_uri belongs to connection lti13"),
        ({"api_url": "x"}, "api_url must be a full http(s) address"),
        ({"token_url": "ftp://x"}, "token_url must be a full http(s) address"),
        ({"credits_warning": -1}, "credits_warning must be a whole number from 0 to 1000000"),
        ({"time_zone": "Paris"}, "time_zone must be the name of a time zone, such as Europe/Paris"),
        ({"time_zone": ["Europe/Paris"]}, "time_zone must be the name of a time zone, such as Europe/Paris"),
        ({"administrators": "ines@example.edu"}, "administrators must be a list of {platform, user_id, email}"),
        ({"administrators": ["Ines"]}, "administrators must be a list of {platform, user_id, email}"),
        (
            {"administrators": [{"platform": "campus", "user_id": "3", "email": "Ines"}]},
            "administrators must be a list of {platform, user_id, email}",
        ),
        ({"shared_addresses": "yes"}, "shared_addresses must be true or false"),
        ({"grade_source": "guess"}, "grade_source must be api_act4 or lti_outcome"),
        ({"colour": "red"}, "setting colour is not known"),
    ],
)
def test_bad_settings_are_named(settings, said):
    assert problems(**settings) == [said]


def test_all_problems_come_at_once():
    assert problems_of({"colour": 1}, ["passwort"]) == [
        'connection is missing: it must be "api", "lti11" or "lti13"',
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


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        ({}, "https://app.isograd.com/api/usage"),
        ({"environment": "testing"}, "https://recette.isograd.com/api/usage"),
        ({"environment": "testing", "api_url": "http://127.0.0.1/api"}, "http://127.0.0.1/api"),
    ],
)
def test_each_environment_has_its_api(settings, url):
    assert api_url(Account(settings=settings)) == url


def test_tokens_come_from_one_address_unless_it_is_set():
    assert token_url(Account(settings={"environment": "testing"})) == "https://auth.isograd.com/oauth2/token"
    assert token_url(Account(settings={"token_url": "http://127.0.0.1/t"})) == "http://127.0.0.1/t"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"connection": "api"}, "corrected"),
        ({"connection": "api", "conversion": "as_documented"}, "as_documented"),
        ({"connection": "lti11"}, "as_documented"),
        ({"connection": "lti11", "conversion": "corrected"}, "corrected"),
    ],
)
def test_the_api_gives_whole_grades_unless_settled_otherwise(settings, said):
    assert conversion(Account(settings=settings)) == said


@pytest.mark.parametrize(
    ("settings", "secrets", "checks"),
    [
        ({"connection": "lti11"}, {}, False),
        ({"connection": "lti11"}, {"client_id": "a", "client_secret": "b"}, True),
        ({"connection": "lti11", "grade_source": "lti_outcome"}, {"client_id": "a", "client_secret": "b"}, False),
        ({"connection": "api"}, {"client_id": "a", "client_secret": "b"}, False),
    ],
)
def test_grades_by_lti_are_checked_where_there_are_keys_of_the_api(settings, secrets, checks):
    assert checks_grades(Account(settings=settings, secrets=secrets)) is checks


# --- LTI 1.3 --------------------------------------------------------------------------------


def problems13(*, secrets=(), **settings):
    return problems_of({"connection": "lti13"} | settings, list(secrets))


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"environment": "testing"},
        {"lti_url": "https://provider.example.net/lti", "jwks_uri": "https://provider.example.net/keys"},
        {"client_id": "bridge", "deployment_id": "7", "login_method": "get", "outcomes": True, "line_items": False},
        {"conversion": "corrected", "sub_com_id": 7},
    ],
)
def test_lti_1_3_needs_no_secret(settings):
    assert problems13(**settings) == []


def test_secrets_for_outcomes_come_in_a_pair():
    assert problems13(secrets=["consumer_key"]) == ["secret shared_secret is missing"]
    assert problems13(secrets=["consumer_key", "shared_secret"]) == []
    assert problems13(secrets=["passwort"]) == ["secret passwort is not known"]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"lti_url": "https://provider.example.net/lti"}, "jwks_uri is missing"),
        ({"lti_url": "ftp://x", "jwks_uri": "https://x/"}, "lti_url must be a full https address"),
        ({"redirect_uris": "https://x/"}, "redirect_uris must be a list of full https addresses"),
        ({"environment": "staging"}, "environment must be production or testing"),
        ({"colour": "red"}, "setting colour is not known"),
    ],
)
def test_bad_settings_of_lti_1_3_are_named(settings, said):
    assert problems13(**settings) == [said]


@pytest.mark.parametrize(
    ("settings", "host"), [({}, "app.isograd.com"), ({"environment": "testing"}, "recette.isograd.com")]
)
def test_each_environment_has_its_tool(settings, host):
    tool = lti13_tool(Account(name="isograd-test", settings={"connection": "lti13"} | settings))
    url = f"https://{host}/public/lti.php"
    assert (tool.login_url, tool.redirect_uris, tool.launch_url) == (url, (url,), url)
    assert tool.jwks_uri == f"https://{host}/public/jwks.php"
    assert (tool.client_id, tool.deployment_id, tool.login_method) == ("isograd-test", "1", "post")
    assert (tool.shares_name, tool.shares_email, tool.line_items, tool.link_per_attempt) == (True,) * 4
    assert tool.outcomes is False


def test_one_other_address_stands_for_all_but_the_keys():
    told = {"connection": "lti13", "login_url": "https://provider.example.net/lti", "jwks_uri": "https://x.example/k"}
    account = Account(name="a", settings=told)
    tool = lti13_tool(account)
    assert (tool.redirect_uris, tool.launch_url) == ((told["login_url"],), told["login_url"])
    assert lti_url(account) == told["login_url"]


def test_by_lti_1_1_there_is_no_tool():
    assert lti13_tool(Account(name="a", settings={"connection": "lti11"})) is None
