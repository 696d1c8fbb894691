"""The pretend providers as LTI 1.3 tools; the tests are their platform."""

import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from joserfc.errors import BadSignatureError

from lti_bridge import http, pox
from lti_bridge.sandbox import faults
from lti_bridge.sandbox.inspera.questions import QUESTIONS as INSPERA_QUESTIONS
from lti_bridge.sandbox.isograd.forms import QUESTIONS
from lti_bridge.sandbox.models import InsperaSitting, IsogradTest, ToolLogin
from lti_bridge.sandbox.tool13 import results
from tests.sandbox.peers import AGS, BRIDGE, CLAIM, MEMBERSHIP, publish, query_of, read, sign

pytestmark = pytest.mark.django_db

PROVIDER = "http://127.0.0.3:8002/sandbox"
ISOGRAD = f"{PROVIDER}/isograd/public/lti.php"
INSPERA = f"{PROVIDER}/inspera/ltiprovider/launch"
LINE_ITEM = f"{BRIDGE}/relay/1.3/c1/line_items/7?x=9"
RIGHT = {f"question-{number}": question.right for number, question in enumerate(QUESTIONS, start=1)}
RIGHT_AT_INSPERA = {f"question-{number}": each.right for number, each in enumerate(INSPERA_QUESTIONS, start=1)}
TAKE = {"act_id": "8", "gen_id": "3", "tst_frm_id": "482", "redirect": "1"}


class Platform:
    """The bridge, as one tool meets it."""

    def __init__(self, provider: Client, url: str, client_id: str) -> None:
        self.provider, self.url, self.client_id = provider, url, client_id

    def login(self, **changes: str) -> Any:
        """A login initiation."""
        fields = {
            "iss": BRIDGE,
            "login_hint": "l1",
            "target_link_uri": self.url,
            "lti_message_hint": "a+b/=&é",
            "client_id": self.client_id,
            "lti_deployment_id": "1",
        }
        return self.provider.post(self.url, fields | changes)

    def claims(self, nonce: str, **changes: Any) -> dict[str, Any]:
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": BRIDGE,
            "aud": self.client_id,
            "sub": "0f3a",
            "iat": now,
            "exp": now + 60,
            "nonce": nonce,
            "name": "Alice Martin",
            "given_name": "Alice",
            "family_name": "Martin",
            "email": "alice@greendale.example.edu",
            f"{CLAIM}message_type": "LtiResourceLinkRequest",
            f"{CLAIM}version": "1.3.0",
            f"{CLAIM}deployment_id": "1",
            f"{CLAIM}target_link_uri": self.url,
            f"{CLAIM}resource_link": {"id": "r1", "title": "History, final exam"},
            f"{CLAIM}roles": [f"{MEMBERSHIP}Learner"],
            f"{CLAIM}custom": TAKE,
            f"{CLAIM}launch_presentation": {"return_url": f"{BRIDGE}/callbacks/isograd/x/a.1/return"},
            f"{AGS}claim/endpoint": {"scope": [f"{AGS}scope/score"], "lineitem": LINE_ITEM},
            "https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome": {
                "lis_outcome_service_url": f"{BRIDGE}/relay/1.1/outcomes",
                "lis_result_sourcedid": "a.1",
            },
        }
        told = claims | {name if "/" in name or name in claims else f"{CLAIM}{name}": v for name, v in changes.items()}
        return {name: value for name, value in told.items() if value is not None}

    def launch(self, signer: str = "bridge", **changes: Any) -> Any:
        """The whole way: log-in, request, id_token."""
        asked = query_of(self.login()["Location"])
        token = sign(signer, self.claims(**{"nonce": asked["nonce"]} | changes), kid="key-of-bridge")
        return self.provider.post(self.url, {"id_token": token, "state": asked["state"]})


class Line:
    """Stands for the network toward the bridge: a token for everybody, and every message kept."""

    def __init__(self, monkeypatch: Any) -> None:
        self.assertions: list[str] = []
        self.scopes: list[str] = []
        self.scores: list[dict[str, Any]] = []
        self.urls: list[str] = []
        self.outcomes: list[pox.OutcomeRequest] = []
        self.token_status = 200
        publish(monkeypatch, **{"/relay/1.3/jwks.json": "bridge"})
        monkeypatch.setattr(http, "post", self.post)

    def post(self, url: str, body: bytes, *, headers: dict[str, str]) -> http.Answer:
        if url == f"{BRIDGE}/relay/1.3/token":
            told = parse_qs(body.decode())
            self.assertions.append(told["client_assertion"][0])
            self.scopes.append(told["scope"][0])
            answer = {"access_token": "t0", "token_type": "bearer", "expires_in": 3600, "scope": told["scope"][0]}
            return http.Answer(
                self.token_status, {}, json.dumps(answer).encode() if self.token_status == 200 else b"", 0.0
            )
        assert headers["Authorization"] == "Bearer t0"
        self.urls.append(url)
        if headers["Content-Type"] == "application/vnd.ims.lis.v1.score+json":
            self.scores.append(json.loads(body))
            return http.Answer(204, {}, b"", 0.0)
        assert headers["Content-Type"] == "application/vnd.ims.lti.v1.outcome+xml"
        self.outcomes.append(pox.read_request(body))
        xml = pox.build_response(code_major="success", operation="replaceResult", message_ref="1")
        return http.Answer(200, {}, xml, 0.0)


@pytest.fixture
def line(monkeypatch: Any) -> Line:
    return Line(monkeypatch)


@pytest.fixture
def isograd(provider: Client, line: Line) -> Platform:
    return Platform(provider, ISOGRAD, "isograd-at-the-bridge")


@pytest.fixture
def inspera(provider: Client, line: Line) -> Platform:
    return Platform(provider, INSPERA, "inspera-at-the-bridge")


# --- launches ---------------------------------------------------------------------------------


def test_a_log_in_asks_the_platform_for_an_id_token(isograd: Platform) -> None:
    location = isograd.login()["Location"]
    asked = query_of(location)
    assert location.startswith(f"{BRIDGE}/relay/1.3/auth?")
    assert (asked.pop("state"), asked.pop("nonce")) == ToolLogin.objects.values_list("state", "nonce").get()
    assert asked == {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": "isograd-at-the-bridge",
        "redirect_uri": ISOGRAD,
        "login_hint": "l1",
        "lti_message_hint": "a+b/=&é",
    }


@pytest.mark.parametrize(
    "changes", [{"iss": "https://other.example.edu"}, {"client_id": "other"}, {"target_link_uri": BRIDGE}], ids=str
)
def test_a_log_in_of_somebody_else_is_refused(isograd: Platform, changes: dict[str, str]) -> None:
    assert isograd.login(**changes).status_code == 401
    assert not ToolLogin.objects.exists()


def test_a_launch_leads_to_the_test_as_by_lti_11(isograd: Platform) -> None:
    response = isograd.launch()
    assert response.status_code == 302
    assert b"Excel, basic" in isograd.provider.get(response["Location"]).content
    test = IsogradTest.objects.get()
    assert (test.candidate.email, test.candidate.external_id) == ("alice@greendale.example.edu", "0f3a")
    assert (test.client_id, test.user_id, test.line_item_url) == ("isograd-at-the-bridge", "0f3a", LINE_ITEM)


def test_what_a_launch_lacks_is_an_error_of_the_document(isograd: Platform) -> None:
    response = isograd.launch(email=None)
    assert response.status_code == 400
    assert b"data-code>105<" in response.content


@pytest.mark.parametrize(
    "changes",
    [
        {"signer": "mallory"},
        {"iss": "https://other.example.edu"},
        {"aud": "other"},
        {"aud": ["isograd-at-the-bridge", "other"]},
        {"nonce": "another"},
        {"exp": 1},
        {"sub": None},
        {"version": "1.2"},
        {"message_type": "LtiDeepLinkingRequest"},
        {"deployment_id": "2"},
        {"target_link_uri": BRIDGE},
        {"resource_link": None},
        {"roles": "Learner"},
    ],
    ids=str,
)
def test_an_id_token_that_is_not_the_bridges_opens_nothing(isograd: Platform, changes: dict[str, Any]) -> None:
    assert isograd.launch(**changes).status_code == 401
    assert not IsogradTest.objects.exists()


def test_a_state_is_good_once_and_at_the_tool_that_made_it(isograd: Platform, inspera: Platform) -> None:
    asked = query_of(isograd.login()["Location"])
    fields = {"id_token": sign("bridge", isograd.claims(asked["nonce"])), "state": asked["state"]}
    assert inspera.provider.post(INSPERA, fields).status_code == 401
    assert isograd.provider.post(ISOGRAD, fields).status_code == 302
    assert isograd.provider.post(ISOGRAD, fields).status_code == 401


def test_a_platforms_error_is_shown_as_text(isograd: Platform) -> None:
    state = query_of(isograd.login()["Location"])["state"]
    fields = {"error": "login_required", "error_description": "<b>no</b>", "state": state}
    response = isograd.provider.post(ISOGRAD, fields)
    assert response.status_code == 401
    assert b"login_required: &lt;b&gt;no&lt;/b&gt;" in response.content


# --- results ----------------------------------------------------------------------------------

Sit = Callable[..., Any]


@pytest.fixture
def sit(isograd: Platform) -> Sit:
    def hand_in(**answers: str) -> Any:
        return isograd.provider.post(isograd.launch()["Location"], RIGHT | answers)

    return hand_in


def test_the_score_goes_to_the_line_item_of_the_launch(line: Line, sit: Sit, provider: Client) -> None:
    sit(**{"question-5": "#"})
    [score] = line.scores
    stamp = score.pop("timestamp")
    assert score == {
        "userId": "0f3a",
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "scoreGiven": 800,
        "scoreMaximum": 1000,
        "comment": "800 of 1000 points.",
    }
    assert stamp.endswith("+00:00")
    assert line.urls == [f"{BRIDGE}/relay/1.3/c1/line_items/7/scores?x=9"]
    keys = provider.get(f"{PROVIDER}/isograd/public/jwks.php").json()
    claims = read(line.assertions[0], keys)
    assert (claims["iss"], claims["sub"]) == ("isograd-at-the-bridge", "isograd-at-the-bridge")
    assert claims["aud"] == f"{BRIDGE}/relay/1.3/token"
    assert line.scopes == [f"{AGS}scope/score"]
    assert "score FullyGraded: HTTP 204" in IsogradTest.objects.get().messages


def test_the_result_can_go_to_the_outcome_service(line: Line, sit: Sit) -> None:
    faults.switch({"provider_by_outcome": 100})
    sit()
    [outcome] = line.outcomes
    assert (outcome.sourcedid, outcome.score) == ("a.1", "1")
    assert line.scopes == ["https://purl.imsglobal.org/spec/lti-bo/scope/basicoutcome"]


@pytest.mark.parametrize(
    ("fault", "given"),
    [
        ("provider_no_outcome", []),
        ("provider_outcome_twice", [1000, 1000]),
        ("provider_older_score", [1000, 0]),
    ],
)
def test_it_can_send_too_little_and_too_much(line: Line, sit: Sit, fault: str, given: list[int]) -> None:
    faults.switch({fault: 100})
    sit()
    assert [score["scoreGiven"] for score in line.scores] == given
    if fault == "provider_older_score":
        assert line.scores[1]["timestamp"] < line.scores[0]["timestamp"]


def test_it_can_name_somebody_elses_line_item(line: Line, sit: Sit) -> None:
    faults.switch({"provider_wrong_line_item": 100})
    sit()
    assert line.urls == [f"{BRIDGE}/relay/1.3/c1/line_items/7/scores?x=10"]


def test_it_can_sign_with_a_wrong_key(line: Line, sit: Sit, provider: Client) -> None:
    faults.switch({"provider_wrong_signature": 100})
    sit()
    with pytest.raises(BadSignatureError):
        read(line.assertions[0], provider.get(f"{PROVIDER}/isograd/public/jwks.php").json())


def test_its_clock_can_be_wrong(line: Line, sit: Sit, provider: Client) -> None:
    faults.switch({"provider_clock_skew": 7200})
    sit()
    claims = read(line.assertions[0], provider.get(f"{PROVIDER}/isograd/public/jwks.php").json())
    assert 7190 < claims["iat"] - time.time() < 7210


def test_a_test_marked_by_hand_is_announced_first(line: Line, sit: Sit, monkeypatch: Any) -> None:
    later: list[Any] = []

    class Clock:
        def __init__(self, seconds: float, what: Any, arguments: list[Any]) -> None:
            later.append((seconds, what, arguments))

        def start(self) -> None:
            pass

    monkeypatch.setattr(results, "Timer", Clock)
    monkeypatch.setattr(results.connections, "close_all", lambda: None)
    faults.switch({"provider_marks_by_hand": 5})
    sit()
    assert [score["gradingProgress"] for score in line.scores] == ["PendingManual"]
    assert "scoreGiven" not in line.scores[0]
    [(seconds, what, arguments)] = later
    what(*arguments)
    assert seconds == 5
    assert line.scores[1]["gradingProgress"] == "FullyGraded"


def test_without_a_token_it_says_so_at_the_desk(line: Line, sit: Sit, provider: Client) -> None:
    line.token_status = 400
    sit()
    assert line.scores == []
    assert b"no access token: HTTP 400" in provider.get(f"{PROVIDER}/isograd/").content


def test_without_a_line_item_nothing_is_sent(line: Line, isograd: Platform) -> None:
    location = isograd.launch(**{f"{AGS}claim/endpoint": None})["Location"]
    isograd.provider.post(location, RIGHT)
    assert line.assertions == []
    assert "not sent" in IsogradTest.objects.get().messages


# --- Inspera ----------------------------------------------------------------------------------


def test_inspera_opens_the_test_of_the_link_and_returns_marks(line: Line, inspera: Platform) -> None:
    player = inspera.launch(custom={})["Location"]
    page = inspera.provider.get(player).content.decode()
    assert "History, final exam" in page
    assert "Inspera" in page
    response = inspera.provider.post(player, RIGHT_AT_INSPERA | {"question-1": "x"}, follow=True)
    assert b"4 of 5 marks" in response.content
    [score] = line.scores
    assert (score["userId"], score["scoreGiven"], score["scoreMaximum"]) == ("0f3a", 4, 5)
    keys = inspera.provider.get(f"{PROVIDER}/inspera/ltiprovider/keys").json()
    assert read(line.assertions[0], keys)["iss"] == "inspera-at-the-bridge"
    assert b"4 of 5" in inspera.provider.get(f"{PROVIDER}/inspera/").content


def test_inspera_marks_once_and_shows_the_result_at_each_later_launch(line: Line, inspera: Platform) -> None:
    player = inspera.launch()["Location"]
    inspera.provider.post(player, {})
    inspera.provider.post(player, RIGHT_AT_INSPERA)
    assert len(line.scores) == 1
    assert inspera.launch()["Location"] == player
    assert inspera.provider.get(player)["Location"] == f"{urlsplit(player).path}/done"


def test_inspera_knows_people_by_deployment_and_sub_and_links_apart(inspera: Platform) -> None:
    inspera.launch()
    inspera.launch(sub="9c41", email=None, name=None)
    inspera.launch(resource_link={"id": "r2", "title": "Another exam"})
    assert InsperaSitting.objects.count() == 3
    assert set(InsperaSitting.objects.values_list("external_id", flat=True)) == {"10f3a", "19c41"}


def test_inspera_refuses_what_is_not_the_bridges(inspera: Platform) -> None:
    response = inspera.launch(signer="mallory")
    assert (response.status_code, InsperaSitting.objects.count()) == (401, 0)
    assert b"This launch is not possible" in response.content
