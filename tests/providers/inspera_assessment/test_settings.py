"""What an account's settings may be."""

import pytest

from lti_bridge.models import Account
from lti_bridge.providers import provider_of
from lti_bridge.providers.inspera_assessment import settings as inspera

INSPERA = provider_of("inspera_assessment")
GOOD = {"base_url": "https://demo.inspera.no", "client_id": "demo", "entry": "url"}
CODE = {"code"}


def problems(secrets=CODE, **changes):
    told = {name: value for name, value in (GOOD | changes).items() if value is not None}
    return INSPERA.check_account(told, secrets)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"entry_url": "{tenant}/student?test={test_id}"},
        {"entry_url": "https://exam.example.edu/{test_id}"},
        {"max_concurrent": 10, "results": "all_results", "grade_source": "lti"},
        {"external_id": "{deployment_id}{opaque_id}", "auth_type": "FEIDE"},
        {"endpoints": {"search_tests": "GET /v1/tests"}, "keys": {"candidate.extraTimeMins": "extraTime"}},
        {"letter_scale": {"A": 1, "F": 0}, "export_hosts": [".amazonaws.com", "http://127.0.0.1:8000"]},
        {"webhook_events": ["confirm_final_grades"], "confirm_events": ["x"]},
    ],
)
def test_good_settings_have_no_problem(changes):
    assert problems(**changes) == []


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"base_url": None}, "base_url"),
        ({"base_url": "demo.inspera.no"}, "base_url"),
        ({"base_url": "https://demo.inspera.no/api"}, "base_url"),
        ({"entry": None}, "entry"),
        ({"entry": "saml"}, "entry"),
        ({"client_id": None}, "client_id"),
        ({"entry_url": "javascript:alert(1)"}, "entry_url"),
        ({"max_concurrent": 11}, "max_concurrent"),
        ({"max_concurrent": True}, "max_concurrent"),
        ({"external_id": "{secrets}"}, "external_id"),
        ({"external_id": "{opaque_id.__class__}"}, "external_id"),
        ({"endpoints": {"nobody": "GET /v1/x"}}, "endpoints.nobody"),
        ({"endpoints": {"get_test": "https://elsewhere.example.net"}}, "endpoints.get_test"),
        ({"endpoints": {"get_test": "GET /../{test_id}"}}, "endpoints.get_test"),
        ({"endpoints": {"get_test": "GET /v1/{user_id}"}}, "user_id"),
        ({"keys": {"nobody": "x"}}, "keys.nobody"),
        ({"keys": {"test.title": "a b"}}, "keys.test.title"),
        ({"keys": []}, "keys"),
        ({"letter_scale": {"A": 2}}, "letter_scale"),
        ({"jwks_uri": "https://demo.inspera.no/jwks"}, "jwks_uri"),
        ({"nonsense": 1}, "nonsense"),
    ],
)
def test_each_mistake_is_named(changes, named):
    assert named in " ".join(problems(**changes))


def test_by_lti_alone_no_api_is_needed():
    assert problems({"consumer_key", "shared_secret"}, entry="lti11", client_id=None) == []
    assert "consumer_key" in " ".join(problems(set(), entry="lti11", client_id=None))


def test_by_lti13_the_keys_of_the_tool_are_needed():
    assert "jwks_uri" in " ".join(problems(CODE, entry="lti13"))
    assert problems(CODE, entry="lti13", jwks_uri="https://demo.inspera.no/jwks") == []


def test_the_tools_addresses_follow_from_the_tenant():
    account = Account(name="a", settings=GOOD | {"entry": "lti13", "jwks_uri": "https://demo.inspera.no/jwks"})
    tool = inspera.lti13_tool(account)
    assert tool is not None
    assert tool.login_url == tool.redirect_uris[0] == "https://demo.inspera.no/ltiprovider/launch"


def test_exports_come_from_the_tenant_or_its_storage():
    assert inspera.export_hosts(Account(settings=GOOD)) == ("demo.inspera.no", ".amazonaws.com")


def test_never_more_at_once_than_inspera_allows():
    assert inspera.at_once(Account(settings=GOOD)) == 4
    assert inspera.at_once(Account(settings=GOOD | {"max_concurrent": 99})) == 10
