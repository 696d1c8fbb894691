"""Pretend Originalities of both generations, accounts there, and Alice's document."""

import pytest

from lti_bridge.models import Account, Activity, Document
from tests.originality_server import PROFILES, SECRETS, originality_api
from tests.providers.inspera_originality.papers import PARAMETERS
from tests.relay.sitting import sit
from tests.world import make_world


@pytest.fixture(autouse=True)
def _loopback(settings):
    settings.ALLOWED_PRIVATE_HOSTS = ["127.0.0.0/8"]


@pytest.fixture(scope="session")
def _served():
    """One of each generation for all tests: starting and stopping takes longer than most of them."""
    with originality_api("current") as current, originality_api("legacy") as legacy:
        yield {"current": current, "legacy": legacy}


@pytest.fixture(params=PROFILES)
def api(request, _served):
    """Each generation in turn."""
    _served[request.param].forget()
    return _served[request.param]


@pytest.fixture
def current(_served):
    _served["current"].forget()
    return _served["current"]


@pytest.fixture
def legacy(_served):
    _served["legacy"].forget()
    return _served["legacy"]


def account_at(api, **changes):
    return Account.objects.create(
        name=f"originality-{api.profile}",
        provider="inspera_originality",
        settings=api.settings | changes,
        secrets=dict(SECRETS),
    )


def document_at(account, /, parameters=None, **changes):
    """Alice's essay as our side has it when it is to be passed on."""
    world = make_world()
    told = {**PARAMETERS, **(parameters or {})}
    activity = Activity.objects.create(
        slug="essay", title="Essay", account=account, action="submit_document", parameters=told
    )
    attempt = sit(world, activity=activity)
    attempt.state = "submitted"
    attempt.save()
    essay = {"title": "The League", "file_name": "league.txt", "media_type": "text/plain", "size": 11}
    return Document.objects.create(attempt=attempt, state="received", **(essay | changes))


@pytest.fixture
def account(db, api):
    return account_at(api)


@pytest.fixture
def document(account):
    return document_at(account)


@pytest.fixture
def attempt(document):
    """Alice's attempt with her document at Originality."""
    document.state = "passed_on"
    document.save()
    document.attempt.provider_attempt_id = "d-0001"
    document.attempt.save()
    return document.attempt
