"""Known bad launches: none is accepted, each has its own reason code, and the right ones leave no trace.

T13-BAD-01 to T13-BAD-39, attack S1. Every case is tried as a resource link launch and as a deep linking request.
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from lti_bridge import http, peer_keys
from lti_bridge.errors import LaunchRejected
from lti_bridge.launch.refusals import REFUSALS
from lti_bridge.models import Deployment, LaunchRecord, Lti13Registration, PeerKeys, Platform
from tests.forgeries13 import CLAIMS, TOKENS, Forgery, but, key_set, raw_token, with_header
from tests.launch.conftest import nothing_was_kept
from tests.launches13 import LAUNCH_PATH, TARGET, Begun, begin, come_back, launch13, selection_claims, verify
from tests.world import FORM, World
from tests.world13 import CLAIM, DL, ISSUER, JWKS_URI, claims, knows_keys_of, make_registration, peer

GOOD = {"LtiResourceLinkRequest": claims, "LtiDeepLinkingRequest": selection_claims}
RETURN_URL = f"{ISSUER}/mod/lti/return.php?course=2"
#: Told only after the nonce was right; these alone are recorded, and may go back to the course.
BEFORE_THE_NONCE = {forgery.code for forgery in TOKENS} | {
    *("wrong_issuer", "wrong_audience", "foreign_audience", "wrong_azp"),
    *("missing_time", "bad_time", "expired", "too_old", "issued_in_future", "not_yet_valid"),
    *("nonce_missing", "wrong_nonce"),
}


@pytest.fixture(autouse=True)
def registration(world: World) -> Iterator[Lti13Registration]:
    peer_keys.forget()
    row = make_registration(world.platform)
    knows_keys_of(JWKS_URI, key_set())
    yield row
    peer_keys.forget()


@pytest.fixture(autouse=True)
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every request that would go out; none is answered."""
    asked: list[str] = []

    def refuse(url: str, **_more: Any) -> None:
        asked.append(url)
        raise http.HttpProblem("connect", "nobody answers here")

    monkeypatch.setattr(http, "get", refuse)
    return asked


@pytest.fixture
def begun(client: Client) -> Begun:
    return begin(client)


def refused(begun: Begun, token: str) -> LaunchRejected:
    with pytest.raises(LaunchRejected) as caught:
        verify(begun, token=token)
    assert 400 <= caught.value.status < 500
    assert nothing_was_kept()
    return caught.value


@pytest.mark.parametrize("message", GOOD)
def test_what_the_forgeries_are_made_of_is_good(begun: Begun, message: str) -> None:
    assert verify(begun, GOOD[message]()).record.message_type == message


CASES = [
    pytest.param(forgery, message, id=f"{forgery.name}-{message}")
    for forgery in (*TOKENS, *CLAIMS)
    for message in GOOD
    if forgery.only in ("", message)
]


@pytest.mark.parametrize(("forgery", "message"), CASES)
def test_a_forgery_is_refused(begun: Begun, forgery: Forgery, message: str, calls: list[str]) -> None:
    error = refused(begun, forgery.make(GOOD[message]() | {"nonce": begun.nonce}))
    assert error.code == forgery.code
    assert error.code in REFUSALS
    if error.code in BEFORE_THE_NONCE:
        assert not LaunchRecord.objects.exists() and error.return_url == ""
    else:
        assert LaunchRecord.objects.get().refused == error.code
        assert error.return_url == ("" if error.code == "unusable_text" else RETURN_URL)
    assert calls == [], "no address of a token is ever called"


def test_there_are_enough_of_them() -> None:
    for message in GOOD:
        assert len([case for case in CASES if case.values[1] == message]) >= 60


def test_before_the_signature_holds_there_is_one_sentence(begun: Begun) -> None:
    told = {refused(begun, forgery.make(claims(nonce=begun.nonce))).sentence for forgery in TOKENS}
    assert told == {"This link could not be verified."}


def test_the_log_names_all_that_is_missing(begun: Begun) -> None:
    """T13-BAD-06."""
    error = refused(begun, but(message_type=None, roles=None, sub=None)(claims(nonce=begun.nonce)))
    assert error.detail == "message_type sub"


def test_the_log_names_what_a_launch_of_a_link_lacks(begun: Begun) -> None:
    """T13-BAD-06."""
    error = refused(begun, but(version=None, roles=None, resource_link=None)(claims(nonce=begun.nonce)))
    assert (error.code, error.detail) == ("version_missing", "version resource_link roles")


def test_a_number_that_no_clock_shows_is_no_time(begun: Begun) -> None:
    """T13-BAD-18: 1e400 is infinity to some readers of JSON and an error to others."""
    text = str(claims(nonce=begun.nonce)).replace("'", '"')
    exp = text.partition('"exp": ')[2].partition(",")[0]
    token = raw_token({"alg": "RS256", "kid": peer().kid}, text.replace(exp, "1e400").encode())
    assert refused(begun, token).code in ("bad_time", "not_a_token")


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        (None, "settings_missing"),
        ([], "settings_missing"),
        ({"deep_link_return_url": None}, "settings_missing"),
        ({"deep_link_return_url": ["https://lms.example.edu/"]}, "settings_missing"),
        ({"accept_types": None}, "settings_missing"),
        ({"accept_types": "ltiResourceLink"}, "settings_missing"),
        ({"accept_presentation_document_targets": None}, "settings_missing"),
        ({"deep_link_return_url": "javascript:alert(1)"}, "return_unsafe"),
        ({"deep_link_return_url": "//evil.example/"}, "return_unsafe"),
        ({"deep_link_return_url": "https://a@evil.example/"}, "return_unsafe"),
        ({"deep_link_return_url": "/contentitem_return.php"}, "return_unsafe"),
    ],
)
def test_a_choice_that_cannot_be_answered_is_refused(begun: Begun, settings: Any, code: str) -> None:
    """T13-DL-08, T13-DL-13."""
    told = selection_claims()
    name = f"{DL}deep_linking_settings"
    changed = told[name] | settings if isinstance(settings, dict) else settings
    error = refused(begun, peer().sign(told | {"nonce": begun.nonce, name: changed}))
    assert error.code == code


def test_a_choice_has_to_be_answered_by_https(client: Client, settings: Any) -> None:
    """T13-DL-13."""
    settings.PUBLIC_ORIGIN = "https://bridge.example.edu"
    target = f"https://bridge.example.edu{LAUNCH_PATH}"
    begun = begin(client, target_link_uri=target)
    told = selection_claims(nonce=begun.nonce, target_link_uri=target)
    told[f"{DL}deep_linking_settings"] = told[f"{DL}deep_linking_settings"] | {
        "deep_link_return_url": "http://x.example/"
    }
    assert refused(begun, peer().sign(told)).code == "return_unsafe"


@pytest.mark.parametrize(
    "roles", [None, [], [""], ["Learner"], ["http://purl.imsglobal.org/vocab/lis/v2/person#Staff"]]
)
def test_only_those_who_teach_choose(begun: Begun, roles: list[str] | None) -> None:
    """T13-DL-14."""
    error = refused(begun, peer().sign(selection_claims(nonce=begun.nonce, roles=roles)))
    assert (error.code, error.status) == ("instructors_only", 403)


def test_a_token_of_another_registration_is_refused(world: World, client: Client) -> None:
    """T13-BAD-26, SEC-J5: the state names the registration, and a token never chooses its keys."""
    other = Platform.objects.create(name="other-school")
    make_registration(
        other, issuer="https://other.example.edu", client_id="other", jwks_uri="https://other.example.edu/k"
    )
    knows_keys_of("https://other.example.edu/k", peer("other").key_set)
    begun = begin(client)
    told = claims(nonce=begun.nonce, iss="https://other.example.edu", aud="other")
    assert refused(begun, peer("other").sign(told)).code == "unknown_kid"
    assert refused(begun, peer("other").sign(told, kid=peer().kid)).code == "bad_signature"
    assert refused(begun, peer().sign(told)).code == "wrong_issuer"
    assert refused(begun, peer("other").sign(claims(nonce=begun.nonce))).code == "unknown_kid"


def test_an_unknown_key_is_looked_for_once(begun: Begun, calls: list[str]) -> None:
    """T13-BAD-02, SEC-J6."""
    PeerKeys.objects.update(tried_at=timezone.now() - timedelta(minutes=5))
    for kid in ("new-1", "new-2", "new-1"):
        assert refused(begun, with_header(kid=kid)(claims(nonce=begun.nonce))).code == "unknown_kid"
    assert calls == [JWKS_URI]


def test_a_new_key_of_the_platform_is_fetched_once(
    client: Client, monkeypatch: pytest.MonkeyPatch, calls: list[str]
) -> None:
    """S15: the platform signs with another key from now on."""
    PeerKeys.objects.update(tried_at=timezone.now() - timedelta(minutes=5))

    def answer(url: str, **_more: Any) -> http.Answer:
        calls.append(url)
        return http.Answer(200, {}, json.dumps(peer("rotated").key_set).encode(), 0.1)

    monkeypatch.setattr(http, "get", answer)
    for _ in range(3):
        begun = begin(client)
        assert verify(begun, token=peer("rotated").sign(claims(nonce=begun.nonce))).person.user_id == "alice-1"
    assert calls == [JWKS_URI]
    begun = begin(client)
    with pytest.raises(LaunchRejected, match="unknown_kid"):
        verify(begun, token=peer().sign(claims(nonce=begun.nonce)))


def test_keys_that_cannot_be_had_are_said(client: Client, calls: list[str]) -> None:
    PeerKeys.objects.all().delete()
    peer_keys.forget()
    response = launch13(client)
    assert response.status_code == 503
    assert "cannot be read at the moment" in response.content.decode() and calls == [JWKS_URI]


def test_another_algorithm_is_taken_where_the_registration_lists_it(begun: Begun) -> None:
    token = peer().sign(claims(nonce=begun.nonce), alg="RS256")
    Lti13Registration.objects.update(algorithms=["RS512"])
    assert refused(begun, token).code == "bad_algorithm"


# --- deployments, targets, registrations ----------------------------------------------------


def test_a_deployment_of_another_institution_is_that_institution_s(world: World, client: Client) -> None:
    """T13-BAD-28: several institutions behind one client id."""
    other = Platform.objects.create(name="other-school")
    registration = Lti13Registration.objects.get()
    Deployment.objects.create(registration=registration, platform=other, deployment_id="9", approved=True)
    here = verify(begin(client), claims())
    there = verify(begin(client, lti_deployment_id="9"), claims(deployment_id="9"))
    assert (here.platform, there.platform) == (world.platform, other)
    assert there.record.platform == other and here.person.user_id == there.person.user_id


def test_a_refused_message_is_not_recorded_with_an_institution_that_only_its_login_names(client: Client) -> None:
    other = Platform.objects.create(name="other-school")
    registration = Lti13Registration.objects.get()
    Deployment.objects.create(registration=registration, platform=other, deployment_id="9", approved=True)
    begun = begin(client, lti_deployment_id="9")
    assert refused(begun, peer().sign(claims(nonce=begun.nonce))).code == "deployment_changed"
    assert LaunchRecord.objects.get().platform == registration.platform


@pytest.mark.parametrize("when", ["enabled", "awaits_approval"])
def test_a_registration_that_was_switched_off_since_its_login_launches_nothing(begun: Begun, when: str) -> None:
    """T13-BAD-39."""
    Lti13Registration.objects.update(**{when: when != "enabled"})
    error = refused(begun, peer().sign(claims(nonce=begun.nonce)))
    assert error.code == {"enabled": "registration_off", "awaits_approval": "registration_waits"}[when]
    assert not LaunchRecord.objects.exists()


def test_a_registration_that_is_gone_launches_nothing(begun: Begun) -> None:
    Lti13Registration.objects.all().delete()
    assert refused(begun, peer().sign(claims(nonce=begun.nonce))).code == "registration_off"


def test_a_deployment_that_is_not_approved_any_more_launches_nothing(begun: Begun) -> None:
    """T13-BAD-39."""
    Deployment.objects.update(approved=False)
    assert refused(begun, peer().sign(claims(nonce=begun.nonce))).code == "deployment_waits"


def test_a_target_that_both_messages_name_and_that_is_not_ours_begins_nothing(client: Client) -> None:
    """T13-BAD-30: it would have to get past the login."""
    response = client.post(
        "/lti/1.3/login", urlencode({"iss": ISSUER, "login_hint": "5", "target_link_uri": ISSUER}), FORM
    )
    assert response.status_code == 400


# --- the request ----------------------------------------------------------------------------


def test_a_token_in_a_query_is_not_read(client: Client, begun: Begun) -> None:
    """T13-BAD-35."""
    token = peer().sign(claims(nonce=begun.nonce))
    response = client.get(LAUNCH_PATH, {"state": begun.state, "id_token": token})
    assert (response.status_code, response["Allow"]) == (405, "POST")
    response = client.post(f"{LAUNCH_PATH}?{urlencode({'state': begun.state, 'id_token': token})}", "x=1", FORM)
    assert response.status_code == 403 and nothing_was_kept()


@pytest.mark.parametrize("name", ["id_token", "state", "error"])
def test_what_is_given_twice_is_refused(client: Client, begun: Begun, name: str) -> None:
    """T13-BAD-36."""
    fields = {"state": begun.state, "id_token": peer().sign(claims(nonce=begun.nonce)), "error": "x"}
    body = urlencode([*fields.items(), (name, fields[name])])
    assert client.post(LAUNCH_PATH, body, FORM).status_code == 400
    assert nothing_was_kept()


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"x" * 1_000_000, FORM, 413),
        (b"state=%FF&id_token=x", FORM, 400),
        (b"state=a%00&id_token=x", FORM, 400),
        (b"{}", "application/json", 415),
    ],
)
def test_a_strange_body_is_refused(client: Client, body: bytes, content_type: str, status: int) -> None:
    """T13-BAD-34."""
    assert client.post(LAUNCH_PATH, body, content_type=content_type).status_code == status


def test_a_state_without_a_token_is_refused(client: Client, begun: Begun) -> None:
    assert client.post(LAUNCH_PATH, urlencode({"state": begun.state}), FORM).status_code == 400


# --- what people see ------------------------------------------------------------------------


def test_the_clocks_difference_is_told(client: Client) -> None:
    """T13-BAD-07: the skew that was measured."""
    begun = begin(client)
    told = claims(nonce=begun.nonce)
    told |= {"iat": told["iat"] - 3600, "exp": told["exp"] - 3600}
    response = come_back(client, begun, peer().sign(told))
    page = response.content.decode()
    assert response.status_code == 403 and "This link has expired" in page
    assert "seconds old" in page and any(f"{seconds} seconds" in page for seconds in range(3600, 3610))


def test_a_refused_message_goes_back_to_the_course_with_a_reason(client: Client) -> None:
    response = launch13(client, claims(version="1.2"))
    assert response.status_code == 303 and response["Location"].startswith(RETURN_URL)
    query = parse_qs(urlsplit(response["Location"]).query)
    record = LaunchRecord.objects.get()
    assert query["course"] == ["2"] and query["lti_errorlog"] == [f"wrong_version {record.reference}"]
    assert query["lti_errormsg"] == ["The course site speaks a version of LTI that is not spoken here."]


@pytest.mark.parametrize("url", ["javascript:alert(1)", "//evil.example/", "https://a@evil.example/", 7, None])
def test_nobody_is_sent_to_what_is_no_web_address(client: Client, url: Any) -> None:
    """SEC-B3."""
    response = launch13(client, claims(version="1.2", launch_presentation={"return_url": url}))
    assert response.status_code == 400 and "evil" not in response.content.decode()


def test_what_is_not_believed_never_leaves_for_its_return_url(client: Client) -> None:
    response = launch13(client, by=peer("stranger"))
    assert response.status_code == 403 and "Location" not in response
    assert "lms.example.edu" not in response.content.decode() and not LaunchRecord.objects.exists()


def test_every_claim_name_of_a_message_is_looked_at_as_text(begun: Begun) -> None:
    """No reflected input: what a token says is not on the page."""
    evil = "<script>alert(1)</script>"
    error = refused(begun, peer().sign(claims(nonce=begun.nonce, version=evil)))
    assert evil not in f"{error.sentence}{error.advice}{error.detail}"
    assert f"{CLAIM}version" not in f"{error.sentence}{error.advice}" and TARGET not in f"{error.sentence}"
