"""Basic Outcomes inside LTI 1.3: the same messages, with an access token in place of a signature."""

from decimal import Decimal

import pytest
from django.test import Client

from lti_bridge.models import Grade, ProviderEvent
from tests.relay.sitting import OUTCOMES, message, said, send
from tests.relay.tool13 import OUTCOME, SCORE, make_course13, other_tool

pytestmark = pytest.mark.django_db

MEDIA_TYPE = "application/vnd.ims.lti.v1.outcome+xml"


@pytest.fixture
def course():
    return make_course13(outcomes=True)


def post(token, body, content_type=MEDIA_TYPE):
    return Client().post(OUTCOMES, data=body, content_type=content_type, headers={"Authorization": f"Bearer {token}"})


@pytest.mark.parametrize("content_type", [MEDIA_TYPE, "application/xml"])
def test_a_result_with_a_token_becomes_a_grade(course, content_type):
    response = post(course.tool.token(OUTCOME), message(course.attempt.key, "0.83"), content_type)
    assert (response.status_code, said(response)["codeMajor"]) == (200, "success")
    assert Grade.objects.get().score_given == Decimal("0.83")


def test_the_same_result_again_has_no_effect(course):
    token = course.tool.token(OUTCOME)
    for _ in range(2):
        assert post(token, message(course.attempt.key, "0.83")).status_code == 200
    assert (Grade.objects.count(), ProviderEvent.objects.count()) == (1, 2)


def test_a_token_for_something_else_is_no_signature(course):
    for token in (course.tool.token(SCORE), "garbage", ""):
        response = post(token, message(course.attempt.key, "0.83"))
        assert response.status_code == 401
        assert "Bearer" in response["WWW-Authenticate"]
    assert ProviderEvent.objects.count() == 0


def test_another_tool_finds_no_such_result(course):
    """SEC-X3, SEC-G1"""
    strangers = other_tool(course.world)
    strangers.account.settings["outcomes"] = True
    strangers.account.save()
    answer = said(post(strangers.token(OUTCOME), message(course.attempt.key, "0.83")))
    assert (answer["codeMajor"], answer["codeMinorFieldValue"]) == ("failure", "unknownobject")
    assert Grade.objects.count() == 0


def test_an_account_may_sign_outcomes_as_by_lti_1_1(course):
    course.world.account.secrets = {"consumer_key": "bridge-key", "shared_secret": "provider-secret"}
    course.world.account.save()
    assert said(send(message(course.attempt.key, "0.5")))["codeMajor"] == "success"
