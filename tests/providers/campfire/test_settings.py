"""What an account and its activities may be."""

import pytest

from lti_bridge.errors import ProviderRefused, UnsupportedEvent
from lti_bridge.models import Account
from lti_bridge.providers.acts import Fact
from lti_bridge.providers.campfire.settings import credentials, player_url
from lti_bridge.providers.reports import HintMessage, ScoreMessage
from tests.campfire_server import CONFIG
from tests.providers.campfire.bench import CAMPFIRE

GOOD = {"base_url": "https://api.example.com", "player_url": "https://play.example.com/lti?x=1"}
SECRETS = ("app_key", "app_secret")


@pytest.mark.parametrize(
    "settings",
    [GOOD, {"base_url": "https://api.example.com/v1/", "next_token_in": "body", "create_route": "exam-sessions"}],
)
def test_good_settings_have_no_problem(settings):
    assert CAMPFIRE.check_account(settings, SECRETS) == []


@pytest.mark.parametrize(
    ("settings", "secrets", "named"),
    [
        ({}, SECRETS, "base_url"),
        ({"base_url": "api.example.com"}, SECRETS, "base_url"),
        ({"base_url": "https://a.example.com?x=1"}, SECRETS, "base_url"),
        (GOOD | {"player_url": 3}, SECRETS, "player_url"),
        (GOOD | {"next_token_in": "header"}, SECRETS, "next_token_in"),
        (GOOD | {"surprise": 1}, SECRETS, "surprise"),
        (GOOD, ("app_key",), "app_secret"),
        (GOOD, (*SECRETS, "password"), "password"),
    ],
)
def test_each_problem_is_named(settings, secrets, named):
    (problem,) = CAMPFIRE.check_account(settings, secrets)
    assert named in problem


def test_the_player_is_below_the_api_unless_it_is_elsewhere():
    assert player_url(Account(settings=GOOD)) == "https://play.example.com/lti?x=1"
    assert player_url(Account(settings={"base_url": "https://a.example.com/"})) == (
        "https://a.example.com/lti/launch/assessment-player"
    )


@pytest.mark.parametrize("secrets", [{}, {"app_key": "a"}, {"app_key": "a:b", "app_secret": "c"}])
def test_what_basic_authentication_cannot_carry_is_refused(secrets):
    with pytest.raises(ProviderRefused, match="account_incomplete"):
        credentials(Account(name="x", secrets=secrets))


@pytest.mark.parametrize("action", ["take_exam", "view_results", "class_results"])
def test_an_activity_names_its_exam_configuration_and_nothing_else(action):
    account = Account(settings=GOOD)
    assert CAMPFIRE.check_activity(account, action, {"exam_config_id": CONFIG}) == []
    assert CAMPFIRE.check_activity(account, action, {}) == ["parameter exam_config_id is missing"]
    assert "exam_config_id" in CAMPFIRE.check_activity(account, action, {"exam_config_id": "../x"})[0]
    assert "roles" in CAMPFIRE.check_activity(account, action, {"exam_config_id": CONFIG, "roles": "x"})[0]


def test_an_unknown_action_is_refused_by_name():
    assert "reset_all" in CAMPFIRE.check_activity(Account(settings=GOOD), "reset_all", {})[0]


@pytest.mark.django_db
def test_no_hint_says_anything_and_unknown_ones_are_refused(bench):
    for kind in ("callback", "return"):
        assert CAMPFIRE.read(HintMessage(bench.account, bench.attempt, kind, bench.attempt.created_at)) == []
    with pytest.raises(UnsupportedEvent):
        CAMPFIRE.read(HintMessage(bench.account, bench.attempt, "surprise", bench.attempt.created_at))


@pytest.mark.django_db
def test_a_score_by_lti_is_not_taken(bench):
    with pytest.raises(UnsupportedEvent):
        CAMPFIRE.read(ScoreMessage(bench.attempt, None, "", bench.attempt.created_at))


@pytest.mark.django_db
def test_administrators_see_whether_each_exam_is_there(bench, account):
    page = CAMPFIRE.account_page
    assert page is not None and page.available(account)
    assert list(page.facts(account)) == [Fact(CONFIG, "Saving", "good")]
    bench.api.configs.clear()
    assert page.facts(account)[0].tone == "bad"
