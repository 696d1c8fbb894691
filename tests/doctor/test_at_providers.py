"""``doctor`` asks providers' APIs about our accounts."""

import pytest

from lti_bridge.doctor.at_providers import check_apis
from lti_bridge.doctor.findings import State
from lti_bridge.models import Account
from tests import isograd_bench
from tests.isograd_bench import Bench
from tests.isograd_server import SECRETS, Answer, IsogradApi, refuse

pytestmark = pytest.mark.django_db

api, account, bench = isograd_bench.api, isograd_bench.account, isograd_bench.bench


def told() -> list[tuple[str, State, str]]:
    return [(finding.check, finding.state, finding.text) for finding in check_apis()]


def test_an_account_with_enough_left_is_well(account: Account, api: IsogradApi) -> None:
    account.settings["credits_warning"] = 1
    account.save()
    assert told() == [("account isograd-api", State.OK, "its API lets us in")]


def test_what_runs_short_is_said(account: Account, api: IsogradApi) -> None:
    assert told() == [("account isograd-api", State.WARN, "Proctoring: 3")]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(503, b"down"), "its API does not answer: Isograd, act_id 15: HTTP 503"),
        (refuse(103), "its API refuses us: Isograd, act_id 15: error 103"),
    ],
)
def test_an_api_that_does_not_let_us_in_is_said_with_what_to_do(
    account: Account, api: IsogradApi, answer: Answer, said: str
) -> None:
    api.answers["15"] = answer
    (finding,) = check_apis()
    assert (finding.state, finding.text, bool(finding.advice)) == (State.FAIL, said, True)


def test_wrong_credentials_are_said_and_never_shown(account: Account, api: IsogradApi) -> None:
    Account.objects.update(secrets=SECRETS | {"client_secret": "wrong-secret"})
    (finding,) = check_apis()
    assert finding.state is State.FAIL and "access token: HTTP 401" in finding.text
    assert "wrong-secret" not in f"{finding}"


def test_accounts_that_cannot_be_asked_are_not(bench: Bench) -> None:
    Account.objects.filter(pk=bench.account.pk).update(enabled=False)
    assert told() == []
    assert bench.api.requests == []
