"""What is believed: the key, the method, the signature and the time; before that, nothing."""

import time
from typing import Any
from urllib.parse import urlencode

import pytest
import structlog
import time_machine
from django.conf import settings as live_settings
from django.test import RequestFactory

from lti_bridge.errors import LaunchRejected
from lti_bridge.launch import lti11
from lti_bridge.launch.launch import Launch
from lti_bridge.models import LaunchRecord, Lti11Registration
from tests.launch.conftest import nothing_was_kept, send
from tests.world import FORM, KEY, LAUNCH_PATH, SECRET, World, launch_fields, signed_body

pytestmark = pytest.mark.usefixtures("world")
ONE_FACE = "unknown_key_or_signature"


def refused(body: str | bytes, path: str = LAUNCH_PATH, **extra: Any) -> LaunchRejected:
    """The refusal of a body that is not believed: nothing is kept, and nothing in it is used."""
    with pytest.raises(LaunchRejected) as caught:
        send(body, path, **extra)
    assert not LaunchRecord.objects.exists() and nothing_was_kept()
    assert caught.value.return_url == ""
    return caught.value


def reason_of(body: str) -> dict[str, Any]:
    """What the log says about it."""
    with structlog.testing.capture_logs() as logs:
        refused(body)
    events = [dict(entry) for entry in logs if entry["event"] == "launch_refused"]
    assert len(events) == 1
    return events[0]


VECTOR = {
    "lti_message_type": "basic-lti-launch-request",
    "lti_version": "LTI-1p0",
    "resource_link_id": "rl-1",
    "user_id": "u~1",
    "roles": "Instructor,urn:lti:instrole:ims/lis/Administrator",
    "context_title": "Zoë & Co + 100%",
    "custom_empty": "",
    "oauth_consumer_key": "key-1",
    "oauth_nonce": "nonce123",
    "oauth_timestamp": "1700000000",
    "oauth_version": "1.0",
    "oauth_callback": "about:blank",
}


@pytest.mark.parametrize(
    ("method", "signature"),
    [
        ("HMAC-SHA1", "Wi/aCHACoUc0PQhZwcieX4IHAv0="),
        ("HMAC-SHA256", "ht6sQIL/JxFCxsp0yo9lwNIf8ULUa1C6vjj8a7IeG6g="),
    ],
)
def test_the_known_vectors_are_accepted(world: World, settings: Any, method: str, signature: str) -> None:
    """T11-20: port, query, Unicode, plus, percent, tilde, empty value."""
    settings.PUBLIC_ORIGIN = "https://Tool.Example.com:443"
    Lti11Registration.objects.create(
        platform=world.platform, consumer_key="key-1", secrets={"shared_secret": SECRET.replace("a ", "")},
        signature_method=method,
    )  # fmt: skip
    body = urlencode(VECTOR | {"oauth_signature_method": method, "oauth_signature": signature})
    with time_machine.travel(1_700_000_000, tick=False):
        launch = send(body.replace("secret", ""), "/lti/launch?course=a%20b&x=1")
    assert launch.course.title == "Zoë & Co + 100%"
    assert launch.custom == {"empty": ""}


def test_the_query_of_the_address_is_signed() -> None:
    """T11-21."""
    path = f"{LAUNCH_PATH}?course=a%20b&x=1"
    body = signed_body(launch_fields(), path=path)
    assert refused(body).code == ONE_FACE
    assert refused(body, f"{LAUNCH_PATH}?course=a%20b&x=2").code == ONE_FACE
    assert isinstance(send(body, path), Launch)


def test_keys_and_nonces_may_have_hyphens_colons_and_slashes(world: World) -> None:
    key, nonce = "urn:school-7/key_1.a~b", "3f2a-91bc:77d0/x+y=="
    Lti11Registration.objects.create(platform=world.platform, consumer_key=key, secrets={"shared_secret": "geheim-ß"})
    launch = send(signed_body(launch_fields(), key=key, secret="geheim-ß", nonce=nonce))
    assert launch.record.nonce == nonce


@pytest.mark.parametrize("changed", ["user_id", "roles", "lis_result_sourcedid", "launch_presentation_return_url"])
def test_a_changed_parameter_breaks_the_signature(changed: str) -> None:
    """T11-1.4: a bad signature, and no redirect."""
    body = signed_body(launch_fields())
    assert refused(body.replace(f"&{changed}=", f"&{changed}=x")).code == ONE_FACE


def test_an_added_parameter_breaks_the_signature() -> None:
    assert refused(signed_body(launch_fields()) + "&custom_activity=other").code == ONE_FACE


def test_unknown_disabled_and_wrong_look_alike_outside(world: World) -> None:
    """T11-1.3, T11-1.4, T11-37, SEC-O1: the log alone tells them apart."""
    Lti11Registration.objects.create(
        platform=world.platform, consumer_key="off", secrets={"shared_secret": "off"}, enabled=False
    )
    bodies = {
        "unknown_key": signed_body(launch_fields(), key="nobody-s"),
        "disabled_key": signed_body(launch_fields(), key="off", secret="off"),
        "bad_signature": signed_body(launch_fields(), secret="wrong"),
        "method_not_allowed": signed_body(launch_fields(), method="HMAC-SHA256"),
    }
    assert {name: reason_of(body)["reason"] for name, body in bodies.items()} == {name: name for name in bodies}
    errors = [refused(body) for body in bodies.values()]
    assert len({(error.code, error.status, str(error.sentence), str(error.advice)) for error in errors}) == 1


def test_an_unknown_key_takes_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """SEC-O1."""
    from lti_bridge import oauth1

    calls: list[str] = []
    signature = oauth1._signature
    monkeypatch.setattr(
        oauth1, "_signature", lambda base, secret, method: calls.append(method) or signature(base, secret, method)
    )
    refused(signed_body(launch_fields(), secret="wrong"))
    known = list(calls)
    refused(signed_body(launch_fields(), key="nobody-s"))
    refused(signed_body(launch_fields(), method="HMAC-SHA256"))
    assert calls == [*known, *known, "HMAC-SHA256"]


def test_the_log_names_key_reference_and_nobody() -> None:
    event = reason_of(signed_body(launch_fields(), secret="wrong"))
    assert event["key"] == KEY and event["reference"] and event["code"] == ONE_FACE
    text = repr(event)
    assert not any(private in text for private in ("Alice", "Liddell", "alice@example.edu", SECRET, "wrong"))


@pytest.mark.parametrize("method", ["PLAINTEXT", "RSA-SHA1", "HMAC-SHA512", "hmac-sha1", ""])
def test_other_methods_are_refused(method: str) -> None:
    """T11-22, SEC-O2."""
    body = signed_body(launch_fields())
    body = body.replace("oauth_signature_method=HMAC-SHA1", f"oauth_signature_method={method}")
    assert refused(body).code == (ONE_FACE if method else "missing_parameter")


def test_plain_text_with_the_right_secret_is_refused() -> None:
    """SEC-O2: downgrade."""
    fields = launch_fields(
        oauth_consumer_key=KEY,
        oauth_nonce="n",
        oauth_timestamp=str(int(time.time())),
        oauth_signature_method="PLAINTEXT",
        oauth_signature="a%20secret%20%26%20more&",
    )
    assert refused(urlencode(fields)).code == ONE_FACE


def test_a_key_for_sha256_refuses_sha1(world: World) -> None:
    """T11-22."""
    Lti11Registration.objects.update(signature_method="HMAC-SHA256")
    assert refused(signed_body(launch_fields())).code == ONE_FACE
    assert isinstance(send(signed_body(launch_fields(), method="HMAC-SHA256")), Launch)


def test_both_secrets_are_live_while_one_is_rotated(world: World) -> None:
    new = world.lti11.rotate()
    world.lti11.save()
    assert isinstance(send(signed_body(launch_fields())), Launch)
    assert isinstance(send(signed_body(launch_fields(), secret=new)), Launch)


def test_a_registration_without_a_secret_believes_nobody(world: World) -> None:
    Lti11Registration.objects.update(secrets={})
    assert refused(signed_body(launch_fields(), secret="")).code == ONE_FACE


@pytest.mark.parametrize(
    ("offset", "code"), [(-300, ""), (300, ""), (-301, "timestamp_expired"), (301, "timestamp_future")]
)
def test_the_window_of_time_is_exact(offset: int, code: str) -> None:
    """T11-23."""
    with time_machine.travel(1_800_000_000, tick=False):
        body = signed_body(launch_fields(), timestamp=1_800_000_000 + offset)
        if not code:
            assert isinstance(send(body), Launch)
            return
        assert refused(body).code == code
        assert reason_of(body)["skew"] == offset


@pytest.mark.parametrize("offset", [-4321, 4321])
def test_people_are_told_how_far_the_clocks_are_apart(offset: int) -> None:
    error = refused(signed_body(launch_fields(), timestamp=int(time.time()) + offset))
    assert any(number in f"{error.sentence} {error.advice}" for number in ("4320", "4321", "4322"))


@pytest.mark.parametrize(
    ("timestamp", "code"),
    [
        ("soon", "bad_timestamp"),
        ("-5", "bad_timestamp"),
        ("1e9", "bad_timestamp"),
        ("", "missing_parameter"),
        ("１", "bad_timestamp"),
    ],
)
def test_a_timestamp_is_a_whole_number(timestamp: str, code: str) -> None:
    """T11-23."""
    fields = dict(launch_fields(), oauth_consumer_key=KEY, oauth_nonce="n", oauth_signature_method="HMAC-SHA1")
    assert refused(urlencode(fields | {"oauth_timestamp": timestamp, "oauth_signature": "x"})).code == code


def test_the_wrong_signature_is_told_before_the_wrong_time() -> None:
    """Or the answer would tell which keys exist."""
    assert refused(signed_body(launch_fields(), secret="wrong", timestamp=1)).code == ONE_FACE


@pytest.mark.parametrize("name", ["oauth_signature", "user_id", "roles", "lti_version", "custom_x"])
def test_a_parameter_given_twice_is_refused(name: str) -> None:
    """T11-27, SEC-O3."""
    fields = [*launch_fields(custom_x="1").items(), *([] if name == "oauth_signature" else [(name, "other")])]
    body = signed_body(fields)
    if name == "oauth_signature":
        body += "&oauth_signature=x"
    assert refused(body).code == "duplicate_parameter"


def test_the_query_cannot_speak_for_the_body() -> None:
    """SEC-O3."""
    path = f"{LAUNCH_PATH}?roles=Instructor"
    assert refused(signed_body(launch_fields(), path=path), path).code == "duplicate_parameter"


def test_headers_of_a_host_do_not_move_the_public_address(settings: Any) -> None:
    """T11-28, SEC-O4."""
    settings.ALLOWED_HOSTS = ["*"]
    settings.BASE_URL = settings.PUBLIC_ORIGIN = "https://evil.example"
    body = signed_body(launch_fields())
    settings.BASE_URL = settings.PUBLIC_ORIGIN = "https://bridge.example.edu"
    spoofed = {"HTTP_HOST": "evil.example", "HTTP_X_FORWARDED_HOST": "evil.example", "HTTP_X_FORWARDED_PROTO": "https"}
    assert refused(body, **spoofed).code == ONE_FACE


def test_https_outside_and_http_inside_is_one_address(settings: Any) -> None:
    """T11-28."""
    settings.BASE_URL = settings.PUBLIC_ORIGIN = "https://bridge.example.edu"
    inside = {"HTTP_HOST": "10.0.0.7:8000", "HTTP_X_FORWARDED_PROTO": "https", "wsgi.url_scheme": "http"}
    assert isinstance(send(signed_body(launch_fields()), **inside), Launch)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"lis_person_name_full=Zo\xeb&user_id=1", "not_form"),
        (b"lis_person_name_full=Zo%EB&user_id=1", "not_form"),
        (b"user_id=%00", "not_form"),
        (b"&".join(b"a%d=1" % number for number in range(1001)), "not_form"),
        (b'{"user_id": "1"}', "missing_parameter"),
    ],
)
def test_what_is_not_a_form_in_utf_8_is_refused(body: bytes, code: str) -> None:
    """T11-36."""
    error = refused(body)
    assert error.code == code and error.status == 400


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "multipart/form-data; boundary=x", ""])
def test_other_content_types_are_refused(content_type: str) -> None:
    with pytest.raises(LaunchRejected) as caught:
        lti11.verify(RequestFactory().post(LAUNCH_PATH, b"", content_type=content_type))
    assert (caught.value.code, caught.value.status) == ("not_a_form", 415)


def test_the_charset_of_the_content_type_does_not_matter() -> None:
    request = RequestFactory().post(LAUNCH_PATH, signed_body(launch_fields()), content_type=f"{FORM}; charset=UTF-8")
    assert isinstance(lti11.verify(request), Launch)


@pytest.mark.parametrize("announced", [str(256 * 1024 + 1), "-1", "1e3", "9" * 30, "9" * 9000])
def test_a_large_body_is_refused_before_it_is_read(announced: str) -> None:
    request = RequestFactory().post(LAUNCH_PATH, b"x", content_type=FORM)
    request.META["CONTENT_LENGTH"] = announced
    with pytest.raises(LaunchRejected) as caught:
        lti11.verify(request)
    assert (caught.value.code, caught.value.status) == ("too_large", 413)
    assert not hasattr(request, "_body")


def test_a_body_of_the_largest_size_is_read() -> None:
    body = signed_body(launch_fields(custom_filling=""))
    # The signature's own length differs by a few characters, for some of them are percent-encoded.
    filling = 256 * 1024 - len(body) - 50
    assert isinstance(send(signed_body(launch_fields(custom_filling="x" * filling))), Launch)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_a_launch_is_a_post(method: str) -> None:
    """T11-34."""
    with pytest.raises(LaunchRejected) as caught:
        lti11.verify(RequestFactory().generic(method, LAUNCH_PATH))
    assert (caught.value.code, caught.value.status) == ("not_a_post", 405)


def test_an_accepted_launch_takes_three_statements(django_assert_num_queries: Any) -> None:
    """One reads the registration with its platform, one what is known, one inserts the record."""
    body = signed_body(launch_fields())
    with django_assert_num_queries(3):
        send(body)


def test_the_address_is_ours_whatever_its_prefix(settings: Any) -> None:
    settings.FORCE_SCRIPT_NAME = "/bridge"
    body = signed_body(launch_fields(), path=f"/bridge{LAUNCH_PATH}")
    request = RequestFactory(SCRIPT_NAME="/bridge").post(LAUNCH_PATH, body, content_type=FORM)
    assert request.path == f"/bridge{LAUNCH_PATH}"
    assert isinstance(lti11.verify(request), Launch)
    assert live_settings.PUBLIC_ORIGIN == "http://localhost:8000"
