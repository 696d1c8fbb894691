"""LTI 1.1.2: a launch in two steps, tied to one browser."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.test import Client, RequestFactory

from lti_bridge.errors import LaunchRejected
from lti_bridge.launch import lti11, relaunch
from lti_bridge.launch.launch import Launch
from lti_bridge.launch.relaunch import Relaunch
from lti_bridge.models import LaunchRecord, Lti11Registration
from tests.launch.conftest import nothing_was_kept, send
from tests.world import FORM, LAUNCH_PATH, World, launch_fields, signed_body

pytestmark = pytest.mark.usefixtures("world")
URL = "https://lms.example.edu/relaunch?session=7"
ANONYMOUS = {"user_id": None, "roles": None, "lis_result_sourcedid": None}


def first_step(**fields: Any) -> dict[str, str]:
    return launch_fields(**(ANONYMOUS | {"relaunch_url": URL, "platform_state": "p & s"} | fields))


def begin(**fields: Any) -> Relaunch:
    asked = send(signed_body(first_step(**fields)))
    assert isinstance(asked, Relaunch)
    return asked


def second_step(state: str, cookies: dict[str, str], **more: Any) -> Launch | Relaunch:
    request = RequestFactory().post(
        LAUNCH_PATH, signed_body(launch_fields(platform_state="p & s", tool_state=state), **more), content_type=FORM
    )
    request.COOKIES.update(cookies)
    return lti11.verify(request)


def cookies_of(asked: Relaunch) -> dict[str, str]:
    response = relaunch.go_on(RequestFactory().post(LAUNCH_PATH), asked)
    return {name: morsel.value for name, morsel in response.cookies.items()}


def test_the_browser_goes_on_at_the_lms_with_both_states() -> None:
    """T11-33."""
    asked = begin()
    query = parse_qs(urlsplit(asked.url).query)
    assert query == {"session": ["7"], "platform_state": ["p & s"], "tool_state": [asked.tool_state]}


def test_nobody_is_known_after_the_first_step() -> None:
    begin()
    record = LaunchRecord.objects.get()
    assert record.learner is None and record.details == {}


@pytest.mark.parametrize(
    "url", ["https://evil.example/", "javascript:alert(1)", "https://lms.example.edu@evil.example/"]
)
def test_it_goes_to_known_hosts_only(url: str) -> None:
    """T11-33."""
    with pytest.raises(LaunchRejected) as caught:
        send(signed_body(first_step(relaunch_url=url)))
    assert caught.value.code == "relaunch_not_allowed"
    assert nothing_was_kept()


def test_it_goes_nowhere_before_a_host_is_known() -> None:
    Lti11Registration.objects.update(service_hosts=[])
    with pytest.raises(LaunchRejected, match="relaunch_not_allowed"):
        send(signed_body(first_step()))


def test_the_platform_s_state_is_needed() -> None:
    with pytest.raises(LaunchRejected, match="relaunch_incomplete"):
        send(signed_body(first_step(platform_state=None)))


def test_the_same_browser_comes_in() -> None:
    asked = begin()
    assert isinstance(second_step(asked.tool_state, cookies_of(asked)), Launch)


def test_another_browser_stays_out() -> None:
    """SEC-S4: login CSRF."""
    asked, other = begin(), begin()
    for cookies in ({}, cookies_of(other)):
        with pytest.raises(LaunchRejected, match="other_browser"):
            second_step(asked.tool_state, cookies)


def test_two_tabs_do_not_disturb_each_other() -> None:
    """SEC-S6."""
    one, two = begin(), begin()
    cookies = cookies_of(one) | cookies_of(two)
    assert isinstance(second_step(one.tool_state, cookies), Launch)
    assert isinstance(second_step(two.tool_state, cookies), Launch)


def test_a_state_we_did_not_make_stays_out_though_the_cookie_agrees() -> None:
    with pytest.raises(LaunchRejected, match="other_browser"):
        second_step("made-up", {relaunch._cookie_name("made-up"): "made-up"})


def test_a_state_of_another_key_stays_out(world: World) -> None:
    Lti11Registration.objects.create(platform=world.platform, consumer_key="second", secrets={"shared_secret": "s"})
    asked = begin()
    with pytest.raises(LaunchRejected, match="other_browser"):
        second_step(asked.tool_state, cookies_of(asked), key="second", secret="s")


def test_a_state_is_good_for_five_minutes() -> None:
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        asked = begin()
        clock.shift(relaunch.LIFETIME + 2)
        with pytest.raises(LaunchRejected, match="other_browser"):
            second_step(asked.tool_state, cookies_of(asked))


def test_a_frame_keeps_the_cookie(client: Client) -> None:
    """Browsers drop any other cookie of another site's frame."""
    response = client.post(LAUNCH_PATH, signed_body(first_step()), content_type=FORM)
    assert response.status_code == 303 and response["Location"].startswith(f"{URL}&platform_state=")
    (cookie,) = (morsel for name, morsel in response.cookies.items() if name.startswith("relaunch-"))
    words = [word.strip() for word in cookie.OutputString().split(";")]
    assert {"Secure", "HttpOnly", "SameSite=None", "Partitioned", f"Path={LAUNCH_PATH}", "Max-Age=300"} <= set(words)
