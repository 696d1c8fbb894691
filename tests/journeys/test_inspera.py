"""The whole way to an exam at Inspera: an LMS launches, the API assigns, a webhook tells, one export grades all.

From an LMS by LTI 1.1 and from one by LTI 1.3, into Inspera by LTI 1.3, by LTI 1.1, and by an address. The API, the
gradebook and the grade services are servers on sockets, written without the project's own modules.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from oauthlib.oauth1.rfc5849 import signature

from lti_bridge import gradebook, whole_tests
from lti_bridge.delivery import converge
from lti_bridge.models import Account, Activity, Attempt, Candidate, Cell, ProviderTest
from lti_bridge.providers.actions import FormPost
from tests.inspera_server import Server
from tests.journeys.lms import LMSS, Lms
from tests.relay.tool13 import Begun, ask, browser_with, claims_of, posted_back, publish_key
from tests.world import make_world

pytestmark = pytest.mark.django_db(transaction=True)

WEBHOOK = "/callbacks/inspera_assessment/inspera-test/"
TEST = "31"
SHARED_SECRET = "shared-secret"  # noqa: S105 - of this world


@dataclass
class Exam:
    """A course with an exam from a template, the pretend Inspera behind it, and an LMS before it."""

    lms: Lms
    inspera: Server
    account: Account

    def enter(self) -> str:
        """Alice opens the link and gets into Inspera: by which external id she is known there."""
        return WAYS_IN[self.account.settings["entry"]](self, self.lms.launch())

    def assigned(self) -> str:
        """By which external id Inspera was told to expect her."""
        told = self.inspera.calls(f"/api/v1/test/{TEST}/candidates")[-1].json
        return str(told["candidates"][0]["externalId"])

    def mark(self, total: float | None, *, maximum: float = 50.0, **more: Any) -> None:
        """What Inspera's next export says of Alice, and of somebody from elsewhere."""
        known_as = Candidate.objects.get(account=self.account).known_as
        candidates = [self._result("a-stranger", 3), self._result(known_as, total, **more)]
        document = {"ext_inspera_maxTotalScore": maximum, "ext_inspera_candidates": candidates}
        self.inspera.answer("GET", f"/api/v1/test/{TEST}/submissions", lambda: self.inspera.export(document))

    def _result(self, external_id: str, total: float | None, **more: Any) -> dict[str, Any]:
        known = {"ext_inspera_authType": "LTI", "ext_inspera_externalId": external_id}
        result = {
            "ext_inspera_candidateExternalIds": [known],
            "ext_inspera_attendance": True,
            "ext_inspera_totalScore": total,
            "ext_inspera_finalGradeDate": "2026-01-31T12:00:00Z",
            **more,
        }
        return {"result": {name: value for name, value in result.items() if value is not None}}

    def tell(self, secret: str = "a sample secret", *, event: str = "confirm_final_grades", at: str = "") -> int:
        """Inspera's webhook: its status."""
        told = {"event": event, "contextObjectId": int(TEST), "timestamp": at or str(timezone.now())}
        body = json.dumps(told).encode()
        headers = {"X-Inspera-Signature": hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()}
        return Client().post(WEBHOOK, data=body, content_type="application/json", headers=headers).status_code

    def work(self, *, later: timedelta = timedelta(seconds=10)) -> None:
        """What workers do in that time."""
        for _ in range(2):
            ProviderTest.objects.filter(look_at__lte=timezone.now() + later).update(look_at=timezone.now())
            whole_tests.look_at_due(seconds=30)
        Cell.objects.exclude(due_at=None).update(due_at=timezone.now() - timedelta(seconds=1))
        converge.deliver_due()


# --- the ways in ----------------------------------------------------------------------------


def by_address(exam: Exam, response: Any) -> str:
    assert (response.status_code, response["Location"]) == (303, exam.inspera.url)
    # Inspera's own log-in takes over there.
    return exam.assigned()


def by_lti11(exam: Exam, response: Any) -> str:
    """A launch that Inspera believes, because the shared secret signed it."""
    url, fields = posted_back(response)
    assert url == f"{exam.inspera.url}/ltiprovider/launch"
    unsigned = [pair for pair in fields.items() if pair[0] != "oauth_signature"]
    base = signature.signature_base_string(
        "POST", signature.base_string_uri(url), signature.normalize_parameters(unsigned)
    )
    signed = hmac.digest(f"{SHARED_SECRET}&".encode(), base.encode(), "SHA1")
    assert base64.b64encode(signed).decode() == fields["oauth_signature"]
    assert (fields["oauth_consumer_key"], fields["roles"]) == ("inspera-key", "Learner")
    return fields["user_id"]


def by_lti13(exam: Exam, response: Any) -> str:
    """A login that Inspera begins an authentication of, and an id_token that our key signed."""
    url, hints = posted_back(response)
    assert url == f"{exam.inspera.url}/ltiprovider/launch"
    browser = browser_with()
    browser.cookies.update(response.cookies)
    login = Begun(FormPost(url, hints), browser, hints)
    token_at, fields = posted_back(ask(login.browser, login.request(redirect_uri=url)))
    assert token_at == url
    claims = claims_of(fields["id_token"], audience="inspera")
    # Inspera files people under the deployment, followed by who they are there.
    deployment = claims["https://purl.imsglobal.org/spec/lti/claim/deployment_id"]
    return f"{deployment}{claims['sub']}"


WAYS_IN: dict[str, Callable[[Exam, Any], str]] = {"url": by_address, "lti11": by_lti11, "lti13": by_lti13}
SETTINGS: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "url": ({}, {}),
    "lti11": ({}, {"consumer_key": "inspera-key", "shared_secret": SHARED_SECRET}),
    "lti13": ({"lti13_client_id": "inspera", "deployment_id": "dep-7", "jwks_uri": "https://inspera.example/keys"}, {}),
}


@pytest.fixture(params=["url"])
def entry(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=LMSS)
def exam(request: pytest.FixtureRequest, entry: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Exam]:
    settings.ALLOWED_PRIVATE_HOSTS = ["127.0.0.0/8"]
    settings.DELIVERY_PACE = 0.001
    monkeypatch.setattr(gradebook, "wake", lambda cell_id: None)
    make_world()
    publish_key()
    inspera = Server()
    told, secrets = SETTINGS[entry]
    account = Account.objects.create(
        name="inspera-test",
        provider="inspera_assessment",
        settings={"base_url": inspera.url, "client_id": "demo", "entry": entry, **told},
        secrets={"code": "123456-7890-abcd-efgh", "webhook_secret": "a sample secret", **secrets},
    )
    Activity.objects.create(
        slug="history",
        title="History",
        account=account,
        action="take_test",
        parameters={"sourceTemplateId": "55", "duration": 60},
    )
    inspera.answer("POST", "/api/v1/test", {"assessmentRunId": int(TEST)})
    inspera.answer("POST", "/api/v1/users/student", {"username": "somebody"})
    inspera.answer("POST", f"/api/v1/test/{TEST}/candidates", {"success": True})
    with LMSS[request.param]("history") as lms:
        yield Exam(lms, inspera, account)
    inspera.shutdown()
    inspera.server_close()


by_every_entry = pytest.mark.parametrize("entry", WAYS_IN, indirect=True)


@by_every_entry
def test_an_exam_is_made_sat_told_and_graded(exam: Exam) -> None:
    assert exam.enter() == exam.assigned()
    exam.mark(41)
    assert exam.tell() == 200
    exam.work()
    assert exam.lms.held() == Fraction("0.82")
    made = [each for each in exam.inspera.calls("/api/v1/test") if each.method == "POST"]
    assert len(made) == 1


def test_zero_is_a_grade(exam: Exam) -> None:
    exam.enter()
    exam.mark(0)
    exam.tell()
    exam.work()
    assert exam.lms.held() == 0


@pytest.mark.parametrize(
    "absent", [{"ext_inspera_attendance": False}, {"ext_inspera_finalGradeDate": None}], ids=["absent", "provisional"]
)
def test_who_was_not_there_and_what_is_not_final_leave_the_gradebook_alone(exam: Exam, absent: dict[str, Any]) -> None:
    exam.enter()
    exam.mark(41, **absent)
    exam.tell(event="grading_progress")
    exam.work()
    assert exam.lms.held() is None


def test_a_lost_webhook_costs_time_and_no_grade(exam: Exam) -> None:
    exam.enter()
    exam.mark(41)
    exam.work()
    exam.work(later=timedelta(minutes=30))
    assert exam.lms.held() == Fraction("0.82")


def test_a_doubled_webhook_gives_one_grade(exam: Exam) -> None:
    exam.enter()
    exam.mark(41)
    assert [exam.tell(at="2026-01-31T12:00:00Z") for _ in range(3)] == [200, 200, 200]
    exam.work()
    exam.work()
    assert (exam.lms.held(), exam.lms.writes()) == (Fraction("0.82"), 1)


def test_a_late_webhook_changes_nothing_that_is_newer(exam: Exam) -> None:
    exam.enter()
    exam.mark(45)
    exam.tell()
    exam.work()
    exam.tell(at="2026-01-01T00:00:00Z")
    exam.work()
    assert (exam.lms.held(), exam.lms.writes()) == (Fraction("0.9"), 1)


def test_a_forged_webhook_starts_nothing(exam: Exam) -> None:
    exam.enter()
    before = ProviderTest.objects.get().look_at
    assert exam.tell("another secret") == 401
    assert ProviderTest.objects.get().look_at == before


def test_a_grade_revised_on_appeal_replaces_the_first(exam: Exam) -> None:
    exam.enter()
    for total in (41, 45):
        exam.mark(total)
        exam.tell()
        exam.work()
    assert exam.lms.held() == Fraction("0.9")


def test_whoever_opens_the_link_again_goes_on_with_the_same_test(exam: Exam) -> None:
    assert exam.enter() == exam.enter()
    assert Attempt.objects.count() == 1
    assert len(exam.inspera.calls("/api/v1/test")) == 1


def test_an_api_that_is_down_at_launch_says_so_and_the_next_launch_works(exam: Exam) -> None:
    exam.inspera.answer("POST", "/api/v1/test", (500, {"message": "not now"}, {}), {"assessmentRunId": int(TEST)})
    assert exam.lms.launch().status_code in (422, 502, 503)
    exam.enter()
    exam.mark(25)
    exam.tell()
    exam.work()
    assert exam.lms.held() == Fraction("0.5")
