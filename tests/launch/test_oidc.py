"""Login initiation: where LTI 1.3 launches begin."""

from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote, urlencode, urlsplit

import pytest
from django.test import Client

from lti_bridge.launch import oidc, state
from lti_bridge.models import LaunchRecord, Lti13Registration, Platform
from tests.launches13 import LAUNCH_PATH, LOGIN_PATH, TARGET, begin, begun_at, come_back, login_fields
from tests.world import FORM, World
from tests.world13 import AUTH_URL, CLIENT_ID, ISSUER, claims, make_registration, peer


@pytest.fixture(autouse=True)
def registration(world: World) -> Lti13Registration:
    return make_registration(world.platform)


def post(client: Client, **more: Any) -> Any:
    return client.post(LOGIN_PATH, urlencode(login_fields(**more)), content_type=FORM)


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_platform_is_asked_for_a_signed_launch(client: Client, method: str) -> None:
    """T13-LOG-01, T13-LOG-06: by GET and POST, all that LTI 1.3 asks for, and nothing else."""
    fields = login_fields()
    response = client.get(LOGIN_PATH, fields) if method == "get" else post(client)
    assert response.status_code == 303
    assert response["Location"].startswith(f"{AUTH_URL}?")
    begun = begun_at(response["Location"], {})
    assert begun.asked == {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": CLIENT_ID,
        "redirect_uri": TARGET,
        "login_hint": "5",
        "lti_message_hint": fields["lti_message_hint"],
        "state": begun.state,
        "nonce": begun.nonce,
    }
    assert response["Cache-Control"] == "no-store" and response["Referrer-Policy"] == "no-referrer"


def test_what_is_not_known_is_ignored(client: Client) -> None:
    assert "lti_platform_guid" not in begin(client, lti_platform_guid="x", scope="everything").asked
    assert begin(client, scope="everything", redirect_uri="https://evil.example/").asked["redirect_uri"] == TARGET


@pytest.mark.parametrize("name", ["iss", "login_hint", "target_link_uri"])
@pytest.mark.parametrize("value", [None, "", "  "])
def test_what_is_needed_has_to_be_there(client: Client, name: str, value: str | None) -> None:
    """T13-LOG-02."""
    response = post(client, **{name: value})
    assert response.status_code == 400 and not response.cookies


def test_opened_by_hand_it_says_where_it_opens(client: Client) -> None:
    response = client.get(LOGIN_PATH)
    assert response.status_code == 400
    assert "This address opens from a course only." in response.content.decode()


def test_an_unknown_issuer_and_an_unknown_client_get_the_same_page(client: Client) -> None:
    """T13-LOG-03, and T13-BAD-16: compared letter by letter."""
    strangers = (
        {"iss": "https://evil.example"},
        {"iss": "https://evil.example", "client_id": None},
        {"iss": f"{ISSUER}/"},
        {"client_id": "another"},
        {"client_id": CLIENT_ID.upper()},
        {"iss": "x" * 3000},
    )
    pages = [post(client, **fields) for fields in strangers]
    assert {page.status_code for page in pages} == {403}
    texts = {page.content.decode().partition('class="reference"')[0] for page in pages}
    assert len(texts) == 1 and "Your course site is not connected here." in texts.pop()


def test_the_only_registration_of_an_issuer_needs_no_client_id(client: Client) -> None:
    assert begin(client, client_id=None).asked["client_id"] == CLIENT_ID
    assert begin(client, client_id="").asked["client_id"] == CLIENT_ID


def test_several_registrations_of_an_issuer_need_one(client: Client, registration: Lti13Registration) -> None:
    """T13-LOG-04: the page says how to fix it."""
    other = Platform.objects.create(name="other-school")
    second = make_registration(other, client_id="second")
    response = post(client, client_id=None)
    assert response.status_code == 400
    assert "client_id" in response.content.decode()
    assert begin(client, client_id="second").asked["client_id"] == "second"
    second.enabled = False
    second.save()
    assert begin(client, client_id=None).asked["client_id"] == CLIENT_ID


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"enabled": False}, "is not connected here any more"),
        ({"awaits_approval": True}, "waits for an administrator"),
        ({"enabled": False, "awaits_approval": True}, "is not connected here any more"),
    ],
)
@pytest.mark.parametrize("client_id", [CLIENT_ID, None])
def test_a_registration_that_is_off_begins_nothing(
    client: Client, registration: Lti13Registration, fields: dict[str, Any], words: str, client_id: str | None
) -> None:
    """T13-BAD-39."""
    Lti13Registration.objects.filter(pk=registration.pk).update(**fields)
    response = post(client, client_id=client_id)
    assert response.status_code == 403 and words in response.content.decode()


HINTS = [
    "a+b/c=d&e%20f",
    "%2B%25",
    "Zoë 王小明 مريم 🎓",
    '{"cmid":3,"launchid":"ltilaunch2_167002499"}',
    "  blanks  ",
    "",
    "x" * 1000,
]


@pytest.mark.parametrize("hint", HINTS)
@pytest.mark.parametrize("method", ["get", "post"])
def test_hints_are_echoed_byte_for_byte(client: Client, hint: str, method: str) -> None:
    """T13-LOG-05."""
    fields = login_fields(lti_message_hint=hint, login_hint=f"u{hint}")
    for encoded in (urlencode(fields), urlencode(fields, quote_via=quote)):
        if method == "get":
            response = client.get(f"{LOGIN_PATH}?{encoded}")
        else:
            response = client.post(LOGIN_PATH, encoded, content_type=FORM)
        query = urlsplit(response["Location"]).query
        assert ("lti_message_hint", hint) in parse_qsl(query, keep_blank_values=True)
        # Also for those who read a query as an address and not as a form.
        assert quote(hint, safe="") in query and "+" not in query
        assert parse_qs(query)["login_hint"] == [f"u{hint}"]


def test_a_hint_that_was_not_given_is_not_sent(client: Client) -> None:
    """T13-LOG-05."""
    assert "lti_message_hint" not in begin(client, lti_message_hint=None).asked


def test_the_query_of_an_authorization_endpoint_stays(client: Client, registration: Lti13Registration) -> None:
    Lti13Registration.objects.update(authorization_endpoint=f"{AUTH_URL}?site=7")
    assert begin(client).url.startswith(f"{AUTH_URL}?site=7&scope=openid")


@pytest.mark.parametrize("endpoint", ["", "javascript:alert(1)", "ftp://lms.example.edu/", "https://a@evil.example/"])
def test_an_endpoint_that_is_no_web_address_is_said(client: Client, endpoint: str) -> None:
    Lti13Registration.objects.update(authorization_endpoint=endpoint)
    assert post(client).status_code == 400


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "https://evil.example/lti/1.3/launch",
        "//evil.example/lti/1.3/launch",
        "javascript:alert(1)",
        "http://localhost:8000.evil.example/lti/1.3/launch",
        "http://localhost:8000@evil.example/lti/1.3/launch",
        "http://localhost:8000/",
        "http://localhost:8000/admin/",
        "http://localhost:8000/lti/1.3/launch/../../../admin",
        "http://localhost:8000\\@evil.example/lti/1.3/launch",
    ],
)
def test_a_strange_target_begins_nothing(client: Client, target: str) -> None:
    """T13-LOG-07, SEC-B1."""
    response = post(client, target_link_uri=target)
    assert response.status_code == 400 and "Location" not in response
    assert "evil" not in response.content.decode() and "/lti/1.3/launch" in response.content.decode()


def test_nothing_is_written_and_one_row_is_read(client: Client, django_assert_num_queries: Any) -> None:
    """T13-LOG-08: a flood of logins fills nothing."""
    with django_assert_num_queries(1) as queries:
        begin(client)
    assert queries.captured_queries[0]["sql"].startswith("SELECT")
    for _ in range(100):
        begin(client)
    assert not LaunchRecord.objects.exists()


def test_two_tabs_do_not_disturb_each_other(client: Client, world: World) -> None:
    """T13-LOG-09, SEC-S6."""
    one, two = begin(client), begin(client, lti_message_hint="another link")
    assert one.state != two.state and one.nonce != two.nonce and set(one.cookies) != set(two.cookies)
    for begun, link in ((one, "link-1"), (two, "link-2")):
        told = claims(nonce=begun.nonce, resource_link={"id": link})
        assert come_back(client, begun, peer().sign(told)).status_code == 200
    links = LaunchRecord.objects.order_by("pk").values_list("resource_link__resource_link_id", flat=True)
    assert list(links) == ["link-1", "link-2"]


def test_the_cookie_is_one_that_frames_keep(client: Client) -> None:
    (cookie,) = post(client).cookies.values()
    words = {word.strip() for word in cookie.OutputString().split(";")}
    assert {"Secure", "HttpOnly", "SameSite=None", "Partitioned", "Path=/", "Max-Age=600"} <= words


def test_the_cookie_is_nobody_else_s_to_set(client: Client, settings: Any) -> None:
    settings.PUBLIC_ORIGIN = "https://bridge.example.edu"
    response = post(client, target_link_uri=f"https://bridge.example.edu{LAUNCH_PATH}")
    assert all(name.startswith("__Host-") for name in response.cookies)


def test_the_state_says_what_the_login_was_about(client: Client, registration: Lti13Registration) -> None:
    begun = begin(client, lti_storage_target=None)
    kept = state.read(begun.state)
    assert (kept.registration_id, kept.nonce, kept.target_link_uri) == (registration.pk, begun.nonce, TARGET)
    assert (kept.deployment_id, kept.login_hint) == ("2", "5")
    assert len(begun.nonce) >= 22, "128 bits"


def test_canvas_names_the_deployment_otherwise(client: Client) -> None:
    begun = begin(client, lti_deployment_id=None, deployment_id="7:abc")
    assert state.read(begun.state).deployment_id == "7:abc"


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"iss=%FF&login_hint=5&target_link_uri=x", FORM, 400),
        (b"iss=a%00b&login_hint=5&target_link_uri=x", FORM, 400),
        (b"iss=a&iss=b&login_hint=5&target_link_uri=x", FORM, 400),
        (b"\xff\xfe", FORM, 400),
        (b"&".join(b"x=1" for _ in range(2000)), FORM, 400),
        (b"x" * 70_000, FORM, 413),
        (b"{}", "application/json", 415),
        (b"--x--", "multipart/form-data; boundary=x", 415),
    ],
)
def test_what_is_no_proper_form_is_refused(client: Client, body: bytes, content_type: str, status: int) -> None:
    assert client.post(LOGIN_PATH, body, content_type=content_type).status_code == status


@pytest.mark.parametrize("query", ["iss=%FF", "iss=a%00b", "iss=a&iss=b", "iss=a&login_hint=" + "x" * 70_000])
def test_what_is_no_proper_query_is_refused(client: Client, query: str) -> None:
    assert client.get(f"{LOGIN_PATH}?{query}").status_code in (400, 413)


@pytest.mark.parametrize("name", ["login_hint", "lti_message_hint", "client_id"])
def test_hints_have_an_end(client: Client, name: str) -> None:
    assert post(client, **{name: "x" * 4001}).status_code == 413


def test_other_methods_are_refused(client: Client) -> None:
    assert client.put(LOGIN_PATH).status_code == 405


def test_an_address_too_long_for_a_header_stands_on_a_page(client: Client) -> None:
    response = post(client, lti_message_hint="x" * 3000)
    page = response.content.decode()
    assert response.status_code == 200 and f'href="{AUTH_URL}?scope=openid&amp;' in page
    assert "data-storage" not in page and response.cookies


def test_the_redirect_uri_is_the_launch_address() -> None:
    assert oidc.redirect_uri() == TARGET
