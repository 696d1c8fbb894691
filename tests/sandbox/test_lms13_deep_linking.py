"""Content that was chosen by LTI 1.3 comes back to the pretend LMS: what it asked for, from the tool it asked, once."""

import time
from typing import Any

import pytest
from django.test import Client

from lti_bridge.sandbox import faults
from lti_bridge.sandbox.models import CourseLink, LineItem, Lti13Tool
from tests.forms import html_form
from tests.sandbox.peers import CLAIM, DL, LAUNCH, LMS, Launches, publish, query_of, sign

pytestmark = pytest.mark.django_db

WORD = {
    "type": "ltiResourceLink",
    "title": "Word, expert",
    "url": LAUNCH,
    "custom": {"activity": "word-expert"},
    "lineItem": {"scoreMaximum": 50, "label": "Word", "resourceId": "word-expert", "tag": "exam"},
    "iframe": {},
}


class Choosing:
    """Ines chooses content; the tests are the tool that she meets."""

    def __init__(self, lms: Client) -> None:
        self.lms = lms
        self.tool = Lti13Tool.objects.get()
        lms.get("/sandbox/lms/enter/ines")
        claims = Launches(lms).claims(f"/sandbox/lms/tools/{self.tool.pk}/select")
        self.settings = claims[f"{DL}deep_linking_settings"]

    def answer(self, *items: Any, signer: str = "bridge", **changes: Any) -> str:
        """The tool's signed answer; ``changes``: claims by their short or full names, None leaves one out."""
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.tool.client_id,
            "aud": LMS,
            "iat": now,
            "exp": now + 60,
            "nonce": f"n-{now}",
            f"{CLAIM}message_type": "LtiDeepLinkingResponse",
            f"{CLAIM}version": "1.3.0",
            f"{CLAIM}deployment_id": self.tool.deployment_id,
            f"{DL}content_items": list(items),
        }
        if "data" in self.settings:
            claims[f"{DL}data"] = self.settings["data"]
        claims |= changes
        told = {name: value for name, value in claims.items() if value is not None}
        return sign(signer, told, kid="key-of-bridge")

    def send(self, token: str, *, lms: Client | None = None, **more: str) -> Any:
        return (lms or self.lms).post(self.settings["deep_link_return_url"], {"JWT": token} | more)


@pytest.fixture
def choosing(lms: Client, course: CourseLink, monkeypatch: Any) -> Choosing:
    publish(monkeypatch, **{"/lti/1.3/jwks.json": "bridge"})
    return Choosing(lms)


def refused(response: Any) -> str:
    assert response.status_code == 400
    assert not CourseLink.objects.filter(chosen=True).exists()
    page = str(response.content.decode())
    assert "The selection was not accepted" in page
    return page


def test_a_choice_makes_links_with_columns(choosing: Choosing) -> None:
    response = choosing.send(choosing.answer(WORD, {"type": "ltiResourceLink", "title": "Two"}))
    assert b"Added to the course" in response.content
    word, two = CourseLink.objects.filter(chosen=True)
    assert (word.title, word.custom, word.target, word.graded) == (
        "Word, expert",
        {"activity": "word-expert"},
        "iframe",
        True,
    )
    assert (two.url, two.graded, two.tool) == (LAUNCH, False, choosing.tool)
    item = LineItem.objects.get(link=word)
    assert (item.is_own, item.score_maximum, item.label, item.resource_id, item.tag) == (
        True,
        50,
        "Word",
        "word-expert",
        "exam",
    )


def test_across_sites_the_lms_posts_the_answer_to_itself_once_more(choosing: Choosing) -> None:
    token = choosing.answer(WORD)
    without_cookie = Client(HTTP_HOST="127.0.0.2:8001")
    form = html_form(choosing.send(token, lms=without_cookie).content.decode())
    assert form.action == choosing.settings["deep_link_return_url"]
    assert "logged out" in refused(choosing.send(token, lms=without_cookie, repost="1"))
    assert choosing.lms.post(form.action, form.fields).status_code == 200
    assert CourseLink.objects.filter(chosen=True).exists()


def test_nothing_chosen_adds_nothing(choosing: Choosing) -> None:
    page = choosing.send(choosing.answer(**{f"{DL}content_items": None, f"{DL}msg": "Nothing for today"})).content
    assert b"Nothing was chosen" in page
    assert b"Nothing for today" in page


def test_an_answer_is_good_once(choosing: Choosing) -> None:
    token = choosing.answer(WORD)
    assert choosing.send(token).status_code == 200
    assert choosing.send(token).status_code == 400
    assert choosing.send(choosing.answer(WORD, nonce="another")).status_code == 400
    assert CourseLink.objects.filter(chosen=True).count() == 1


def test_data_comes_back_as_it_was_sent(lms: Client, course: CourseLink, monkeypatch: Any) -> None:
    publish(monkeypatch, **{"/lti/1.3/jwks.json": "bridge"})
    faults.switch({"lms_manner": 1})
    choosing = Choosing(lms)
    changed = choosing.settings["data"].replace("%2B", "+")
    assert "data" in refused(choosing.send(choosing.answer(WORD, **{f"{DL}data": changed, "nonce": "1"})))
    assert "data" in refused(choosing.send(choosing.answer(WORD, **{f"{DL}data": None, "nonce": "2"})))
    assert choosing.send(choosing.answer(WORD, nonce="3")).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "somebody-else"},
        {"aud": "https://other.example.edu"},
        {f"{CLAIM}message_type": "LtiResourceLinkRequest"},
        {f"{CLAIM}version": "1.2"},
        {f"{CLAIM}deployment_id": "4711"},
        {"nonce": None},
        {"exp": 1},
        {"signer": "mallory"},
    ],
    ids=str,
)
def test_another_message_makes_nothing(choosing: Choosing, changes: dict[str, Any]) -> None:
    assert "not accepted" in refused(choosing.send(choosing.answer(WORD, **changes)))


@pytest.mark.parametrize(
    "item",
    [
        {"type": "html", "html": "<b>x</b>"},
        WORD | {"url": "https://other.example.edu/launch"},
        WORD | {"url": "javascript:alert(1)"},
        WORD | {"custom": {"a": None}},
        WORD | {"title": 7},
        WORD | {"lineItem": {"scoreMaximum": 0}},
        WORD | {"lineItem": {"scoreMaximum": "100"}},
        WORD | {"lineItem": []},
        "text",
    ],
    ids=str,
)
def test_one_item_that_cannot_be_and_nothing_is_taken(choosing: Choosing, item: Any) -> None:
    refused(choosing.send(choosing.answer(WORD, item)))


def test_a_choice_that_nobody_began_makes_nothing(choosing: Choosing) -> None:
    token = choosing.answer(WORD)
    url = choosing.settings["deep_link_return_url"]
    assert "Nobody here asked" in refused(
        choosing.lms.post(url.replace(query_of(url)["id"], "made-up"), {"JWT": token})
    )


def test_somebody_else_cannot_bring_it(choosing: Choosing) -> None:
    other = Client(HTTP_HOST="127.0.0.2:8001")
    other.get("/sandbox/lms/enter/ines")
    assert "Somebody else" in refused(choosing.send(choosing.answer(WORD), lms=other))
