"""What accounts and activities may say: every setting and parameter, and what is wrong with others, by name."""

import pytest

from lti_bridge.models import Account
from lti_bridge.providers import provider_of
from lti_bridge.providers.inspera_originality import settings
from lti_bridge.providers.inspera_originality.endpoints import ENDPOINTS
from lti_bridge.providers.inspera_originality.parameters import KINDS, SENT, value_of
from tests.providers.inspera_originality.test_submissions import FULL, ONLY_CURRENT

ORIGINALITY = provider_of("inspera_originality")
GOOD = {"institution_id": "greendale"}
SECRETS = {"client_id"}


def account(**told):
    return Account(name="a", provider="inspera_originality", settings=GOOD | told, secrets={"client_id": "c"})


def problems(told=None, secrets=SECRETS):
    return " ".join(ORIGINALITY.check_account(GOOD | (told or {}), secrets))


@pytest.mark.parametrize(
    ("told", "url"),
    [
        ({}, "https://6x6hep4ey9.execute-api.eu-central-1.amazonaws.com/production"),
        ({"environment": "test"}, "https://ja0ot1lhh6.execute-api.eu-central-1.amazonaws.com/test"),
        ({"profile": "legacy"}, "https://154i7j3up4.execute-api.eu-central-1.amazonaws.com/production"),
        (
            {"profile": "legacy", "environment": "test"},
            "https://mderh1sy0b.execute-api.eu-central-1.amazonaws.com/development",
        ),
        ({"base_url": "https://originality.example.edu/api/"}, "https://originality.example.edu/api"),
    ],
)
def test_each_generation_has_its_documented_addresses_and_can_have_others(told, url):
    assert problems(told) == ""
    assert settings.base_url(account(**told)) == url


@pytest.mark.parametrize(
    ("told", "named"),
    [
        ({"institution_id": "two words"}, "institution_id"),
        ({"institution_id": ""}, "institution_id"),
        ({"profile": "newest"}, "profile"),
        ({"environment": "staging"}, "environment"),
        ({"base_url": "originality.example.edu"}, "base_url"),
        ({"base_url": "https://example.edu/?x=1"}, "base_url"),
        ({"base_url": "https://user@example.edu"}, "base_url"),
        ({"base_url": 7}, "base_url"),
        ({"email": "nobody"}, "email"),
        ({"email": "bridge@example.edu"}, "password"),
        ({"creates_users": True}, "creates_users"),
        ({"creates_users": "yes"}, "creates_users"),
        ({"client_id_in_query": 1}, "client_id_in_query"),
        ({"upload_hosts": "amazonaws.com"}, "upload_hosts"),
        ({"upload_hosts": ["https://amazonaws.com/x"]}, "upload_hosts"),
        ({"upload": "inline_base64"}, "upload belongs to profile legacy"),
        ({"token_keys": "camel_case"}, "token_keys belongs to profile legacy"),
        ({"profile": "legacy", "upload": "by post"}, "upload must be"),
        ({"document_type_form": "word"}, "document_type_form"),
        ({"pseudonym_domain": "a@example.edu"}, "pseudonym_domain"),
        ({"webhook_header": "X Secret"}, "webhook_header"),
        ({"endpoints": []}, "endpoints"),
        ({"endpoints": {"get_nothing": "GET /x"}}, "endpoints.get_nothing"),
        ({"endpoints": {"delete_user": "/userId"}}, "endpoints.delete_user"),
        ({"endpoints": {"delete_user": "DELETE /../{userId}"}}, "endpoints.delete_user"),
        ({"endpoints": {"delete_user": "DELETE /{userId!r}"}}, "endpoints.delete_user"),
        ({"endpoints": {"delete_user": "DELETE /{email}"}}, "email"),
        ({"no_such_setting": 1}, "no_such_setting"),
    ],
)
def test_what_is_wrong_with_an_account_is_named(told, named):
    assert named in problems(told)


@pytest.mark.parametrize(
    "told",
    [
        {"client_id_in_query": True, "pseudonym_domain": "people.example.edu", "webhook_header": "Authorization"},
        {"upload_hosts": [".amazonaws.com", "http://127.0.0.3:8002"], "document_type_form": "suffix"},
        {"profile": "legacy", "upload": "inline_base64", "token_keys": "camel_case"},
        {"endpoints": {"delete_user": "DELETE /userId={userId}", "list_users": "GET /users"}},
    ],
)
def test_what_is_right_has_no_problem(told):
    assert problems(told) == ""


def test_secrets_are_named_when_they_are_missing_or_not_known():
    assert "client_id" in problems(secrets=set())
    assert "email" in problems(secrets={"client_id", "password"})
    assert "no_such_secret" in problems(secrets={"client_id", "no_such_secret"})
    everything = {"client_id", "password", "webhook_token", "webhook_secret"}
    assert problems({"email": "a@example.edu"}, everything) == ""
    assert everything == set(ORIGINALITY.secret_names)


def test_both_generations_have_the_same_things_at_addresses_of_their_own():
    current, legacy = ENDPOINTS["current"], ENDPOINTS["legacy"]
    assert set(current) == set(legacy)
    differing = {name for name in current if current[name] != legacy[name]}
    assert differing == {"generate_token", "create_submission"}


# --- activities -----------------------------------------------------------------------------


def wrong(parameters, action="submit_document", **told):
    return " ".join(ORIGINALITY.check_activity(account(**told), action, parameters))


def test_everything_that_can_be_said_is_right():
    assert wrong(FULL | ONLY_CURRENT | {"translatedLanguage": ["cs", "de", "fr"]}) == ""
    assert wrong(FULL, profile="legacy") == ""
    ours = {
        "document_types": ["pdf", ".DOCX"],
        "max_bytes": 200_000_000,
        "takes_text": False,
        "due_at": "2026-12-01T12:00:00Z",
        "keep_days": 30,
        "report_release": "automatic",
        "grade": "originality",
    }
    assert wrong(ours) == ""
    assert set(KINDS) == {*FULL, *ONLY_CURRENT, *ours, "anonymous_submissions"}


@pytest.mark.parametrize(
    ("told", "named"),
    [
        ({"documentLanguage": "ja"}, "documentLanguage"),
        ({"translatedLanguage": "en,de,fr,it"}, "translatedLanguage"),
        ({"translatedLanguage": []}, "translatedLanguage"),
        ({"enableAIDetection": "perhaps"}, "enableAIDetection"),
        ({"reSubmissions": 0}, "reSubmissions"),
        ({"minLimit": -1}, "minLimit"),
        ({"contextualSimilaritiesThreshold": 49}, "contextualSimilaritiesThreshold"),
        ({"sourcesThreshold": 101}, "sourcesThreshold"),
        ({"allowCharacterReplacementExceptions": ["abc"]}, "allowCharacterReplacementExceptions"),
        ({"educators": [{"id": "1", "password": "x"}]}, "educators"),
        ({"students": "Bob"}, "students"),
        ({"anonymous_submissions": True}, "pseudonym_domain"),
        ({"document_types": "exe"}, "document_types"),
        ({"max_bytes": 200_000_001}, "max_bytes"),
        ({"due_at": "2026-12-01T12:00:00"}, "due_at"),
        ({"due_at": "tomorrow"}, "due_at"),
        ({"keep_days": "long"}, "keep_days"),
        ({"report_release": "never"}, "report_release"),
        ({"grade": "similarity"}, "grade"),
        ({"no_such_parameter": 1}, "no_such_parameter"),
    ],
)
def test_what_is_wrong_with_an_activity_is_named(told, named):
    assert named in wrong(told)


@pytest.mark.parametrize("name", sorted(ONLY_CURRENT))
def test_the_first_generation_does_not_have_what_came_later(name):
    assert f"{name} belongs to profile current" in wrong(FULL | {name: ONLY_CURRENT[name]}, profile="legacy")
    assert SENT[name].only_current


def test_the_first_generation_needs_a_language_and_takes_one_translation():
    assert "documentLanguage is missing" in wrong({}, profile="legacy")
    assert "takes one language" in wrong(FULL | {"translatedLanguage": "de,fr"}, profile="legacy")


def test_the_first_generation_tells_originality_in_words_which_are_no_grade():
    assert "no percentage" in wrong(FULL | {"grade": "originality"}, profile="legacy")
    for rule in ("none", "inverse_similarity"):
        assert wrong(FULL | {"grade": rule}, profile="legacy") == ""


def test_users_are_made_only_where_the_account_says_so():
    assert "creates_users" in wrong({}, "create_users")
    allowed = account(creates_users=True, email="a@example.edu")
    allowed.secrets = {"client_id": "c", "password": "p"}
    assert ORIGINALITY.check_activity(allowed, "create_users", {"courses": "HIS-1"}) == []
    assert "courses" in " ".join(ORIGINALITY.check_activity(allowed, "create_users", {"courses": []}))
    assert "grade" in " ".join(ORIGINALITY.check_activity(allowed, "create_users", {"grade": "none"}))


def test_a_parameter_that_is_not_told_has_the_value_that_is_asked_for():
    assert value_of({}, "keep_days", 7) == 7
    assert value_of({"keep_days": 0}, "keep_days", 7) == 0
    assert value_of({"takes_text": False}, "takes_text", True) is False
