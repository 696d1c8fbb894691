"""The independent ``lti`` package as the provider: it takes our launch, and we take its results."""

from decimal import Decimal
from urllib.parse import urlsplit

import lti
import pytest
import responses
from django.test import Client
from oauthlib.oauth1 import RequestValidator

from lti_bridge import flow
from lti_bridge.providers import provider_of
from lti_bridge.relay import lti11, outcomes
from tests.relay.sitting import opening, sit
from tests.world import make_world

pytestmark = [pytest.mark.django_db, pytest.mark.interop]


class Validator(RequestValidator):
    """Knows our key and secret."""

    enforce_ssl = False
    client_key_length = nonce_length = (1, 255)

    def check_client_key(self, client_key):
        return True

    check_nonce = check_client_key

    def validate_client_key(self, client_key, request):
        return client_key == "bridge-key"

    def validate_timestamp_and_nonce(self, *args, **kwargs):
        return True

    def get_client_secret(self, client_key, request):
        return "provider-secret"

    dummy_client = "dummy"


@pytest.fixture
def attempt():
    return sit(make_world())


@pytest.fixture
def tool(attempt):
    opened = opening(attempt)
    form = lti11.launch(opened, provider_of("isograd").open(opened))
    return lti.ToolProvider.from_unpacked_request("provider-secret", dict(form.fields), form.url, {})


@pytest.fixture
def service():
    """Carries what the package sends over HTTP to our own view."""

    def carry(request):
        sent = Client().post(
            urlsplit(request.url).path,
            data=request.body,
            content_type=_text(request.headers["Content-type"]),
            headers={"Authorization": _text(request.headers["Authorization"])},
        )
        return sent.status_code, {"Content-Type": sent["Content-Type"]}, sent.content

    with responses.RequestsMock() as network:
        network.add_callback(responses.POST, outcomes.service_url(), carry)
        yield network


def _text(header):
    return header.decode() if isinstance(header, bytes) else header


def test_the_package_accepts_our_launch(tool):
    assert tool.is_valid_request(Validator())
    assert tool.is_outcome_service()
    assert tool.username() == "Alice"
    assert not tool.is_instructor()
    assert tool.get_custom_param("tst_frm_id") == "482"


def test_an_altered_launch_is_refused_by_the_package(tool):
    tool.launch_params["user_id"] = "somebody-else"
    assert not tool.is_valid_request(Validator())


def test_its_results_are_accepted_read_and_deleted(tool, attempt, service):
    assert tool.post_replace_result("0.83").is_success()
    grade = attempt.grades.get()
    assert (grade.score_given, grade.raw_score) == (Decimal("0.83"), "0.83")
    read = tool.post_read_result()
    assert (read.is_success(), read.score) == (True, "0.83")
    assert tool.post_delete_result().is_success()
    assert attempt.grades.count() == 2


def test_its_results_with_data_are_accepted(tool, attempt, service):
    assert tool.post_replace_result("1", result_data={"text": "done"}).is_success()
    assert attempt.grades.get().fraction == 1


def test_a_wrong_score_is_told_to_the_package_as_a_failure(tool, attempt, service):
    assert tool.post_replace_result("83").is_failure()
    assert attempt.grades.count() == 0


def test_a_forged_result_is_refused(tool, attempt, service):
    tool.consumer_secret = "guessed"
    assert tool.post_replace_result("1").response_code == 401
    assert flow.ProviderEvent.objects.count() == 0
