"""Content items come back to the pretend LMS: it takes what it asked for, from the tool it asked, once."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from lti_bridge import oauth1
from lti_bridge.sandbox.keys import LMS_KEY, shared_secret
from lti_bridge.sandbox.models import CourseLink
from tests.forms import html_form

pytestmark = pytest.mark.django_db

SELECTED, HERE = "/sandbox/lms/selected", "/sandbox/lms/selected/here"
TOOL = "http://127.0.0.1:8000/lti/1.1/launch"
FORM = "application/x-www-form-urlencoded"
WORD = {
    "@type": "LtiLinkItem",
    "mediaType": "application/vnd.ims.lti.v1.ltilink",
    "title": "Word, expert",
    "url": TOOL,
    "custom": {"activity": "word-expert"},
    "lineItem": {"@type": "LineItem", "scoreConstraints": {"@type": "NumericLimits", "normalMaximum": 100}},
}


def enter(lms: Client, username: str = "ines") -> None:
    lms.get(f"/sandbox/lms/enter/{username}")


def asked(lms: Client) -> str:
    """A teacher asks for content: the ``data`` that goes out."""
    return html_form(lms.get("/sandbox/lms/select").content.decode()).fields["data"]


@pytest.fixture
def ines(lms: Client, course: CourseLink) -> Client:
    """The browser of Ines, who is logged in and sees the sample course."""
    enter(lms)
    return lms


def answer(data: str, *items: Any, secret: str = "", **changes: Any) -> dict[str, str]:
    """The tool's signed answer."""
    fields = {
        "lti_message_type": "ContentItemSelection",
        "lti_version": "LTI-1p0",
        "content_items": json.dumps({"@graph": list(items)}),
        "data": data,
        **changes,
    }
    url = "http://127.0.0.2:8001" + SELECTED
    return oauth1.sign_form(url, fields, key=LMS_KEY, secret=secret or shared_secret(LMS_KEY))


def send(lms: Client, fields: dict[str, str], path: str = SELECTED) -> Any:
    return lms.post(path, urlencode(fields), content_type=FORM)


def refused(response: Any, *, status: int = 400) -> str:
    """The page of a refusal that made nothing, and says why."""
    assert response.status_code == status
    assert not CourseLink.objects.filter(chosen=True).exists()
    page = str(response.content.decode())
    assert "The selection was not accepted" in page
    return page


# --- taken ----------------------------------------------------------------------------------


def test_a_selection_makes_links(ines: Client) -> None:
    assert send(ines, answer(asked(ines), WORD, WORD | {"title": "Two"})).status_code == 200
    links = CourseLink.objects.filter(chosen=True)
    assert [link.title for link in links] == ["Word, expert", "Two"]
    assert (links[0].url, links[0].custom, links[0].graded) == (TOOL, {"activity": "word-expert"}, True)


def test_an_item_without_an_address_opens_the_tools_own(ines: Client) -> None:
    """CI-07"""
    for told in ({"url": ""}, {}):
        item = {name: value for name, value in WORD.items() if name not in ("url", "lineItem")} | told
        assert send(ines, answer(asked(ines), item)).status_code == 200
    assert {(link.url, link.graded) for link in CourseLink.objects.filter(chosen=True)} == {(TOOL, False)}


@pytest.mark.parametrize("url", [f"{TOOL}/word-expert", f"{TOOL}?from=course"])
def test_an_address_below_the_tools_own_is_taken(ines: Client, url: str) -> None:
    assert send(ines, answer(asked(ines), WORD | {"url": url})).status_code == 200
    assert CourseLink.objects.get(chosen=True).url == url


@pytest.mark.parametrize("items", ["", '{"@graph": []}'], ids=["cancelled", "empty graph"])
def test_nothing_chosen_makes_nothing_and_says_so(ines: Client, items: str) -> None:
    """CI-05, CI-07"""
    page = send(ines, answer(asked(ines), content_items=items, lti_msg="Nothing <b>today")).content.decode()
    assert "Nothing was chosen" in page and "Nothing &lt;b&gt;today" in page
    assert not CourseLink.objects.filter(chosen=True).exists()


def test_a_refusal_of_the_tool_is_shown(ines: Client) -> None:
    """CI-02"""
    fields = answer(asked(ines), content_items="", lti_errormsg="Only teachers can choose what a link opens.")
    assert "Only teachers can choose" in send(ines, fields).content.decode()


def test_an_answer_from_another_site_is_posted_once_more_from_a_page_of_its_own(ines: Client) -> None:
    """A browser keeps the log-in's cookie from a post that another site's page makes."""
    fields = answer(asked(ines), WORD)
    form = html_form(send(Client(HTTP_HOST="127.0.0.2:8001"), fields).content.decode())
    assert form.action == "http://127.0.0.2:8001" + HERE and form.fields == fields
    assert send(ines, form.fields, HERE).status_code == 200
    assert CourseLink.objects.filter(chosen=True).count() == 1


# --- who answers ----------------------------------------------------------------------------


def test_an_unsigned_answer_is_refused(ines: Client) -> None:
    """CI-06"""
    signed = answer(asked(ines), WORD)
    unsigned = {name: value for name, value in signed.items() if not name.startswith("oauth_")}
    for path in (SELECTED, HERE):
        assert "signature" in refused(send(ines, unsigned, path))
    assert "signature" in refused(send(Client(HTTP_HOST="127.0.0.2:8001"), unsigned))


def test_an_answer_with_a_wrong_signature_is_refused(ines: Client) -> None:
    """CI-06"""
    data = asked(ines)
    signed = answer(data, WORD)
    strangers = oauth1.sign_form("http://127.0.0.2:8001" + SELECTED, signed, key="somebody", secret="guessed")
    for fields in (answer(data, WORD, secret="guessed"), signed | {"oauth_signature": "bWFkZSB1cA=="}, strangers):
        assert "signature" in refused(send(ines, fields))
    assert send(ines, signed).status_code == 200  # none of them used anything up


def test_an_answer_changed_on_the_way_is_refused(ines: Client) -> None:
    """CI-06"""
    fields = answer(asked(ines), WORD)
    other = json.dumps({"@graph": [WORD | {"title": "Something else"}]})
    assert "signature" in refused(send(ines, fields | {"content_items": other}))


def test_an_answer_is_good_once(ines: Client) -> None:
    """CI-06"""
    fields = answer(asked(ines), WORD)
    assert send(ines, fields).status_code == 200
    assert "sent before" in send(ines, fields).content.decode()
    assert CourseLink.objects.filter(chosen=True).count() == 1


def test_what_was_asked_is_answered_once(ines: Client) -> None:
    """CI-06: the same ``data`` in a message that is signed anew."""
    data = asked(ines)
    assert send(ines, answer(data, WORD)).status_code == 200
    again = send(ines, answer(data, WORD))
    assert again.status_code == 400 and "answered before" in again.content.decode()
    assert CourseLink.objects.filter(chosen=True).count() == 1


@pytest.mark.parametrize("data", ["", "made-up"])
def test_an_answer_that_nobody_asked_for_is_refused(ines: Client, data: str) -> None:
    """CI-06"""
    assert "Nobody here asked" in refused(send(ines, answer(data, WORD)))


@pytest.mark.parametrize("other", ["bob", "ines", ""], ids=["a student's", "her other browser", "nobody's"])
def test_an_answer_in_another_session_is_refused(ines: Client, other: str) -> None:
    """CI-06"""
    browser = Client(HTTP_HOST="127.0.0.2:8001")
    if other:
        enter(browser, other)
    assert "Somebody else asked" in refused(send(browser, answer(asked(ines), WORD), HERE))


@pytest.mark.parametrize("changes", [{"lti_message_type": "basic-lti-launch-request"}, {"lti_version": "LTI-2p0"}])
def test_another_message_is_refused(ines: Client, changes: dict[str, str]) -> None:
    refused(send(ines, answer(asked(ines), WORD, **changes)))


# --- what is in it --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "items",
    [
        *("{", "null", "7", "[]", "{}", '{"@graph": null}', '{"@graph": {}}', '{"@graph": [7]}'),
        '{"@graph": [{"@type": NaN}]}',
        pytest.param("[" * 50_000, id="deep"),
        pytest.param(json.dumps({"@graph": [WORD] * 51}), id="51 items"),
    ],
)
def test_content_items_that_cannot_be_read_are_refused(ines: Client, items: str) -> None:
    """CI-07"""
    refused(send(ines, answer(asked(ines), content_items=items)))


@pytest.mark.parametrize(
    "item",
    [
        *({"@type": "FileItem"}, {"@type": "ContentItem"}, {"@type": None}, {"@type": ["LtiLinkItem"]}),
        *({"mediaType": "text/html"}, {"title": 7}, {"custom": ["activity"]}, {"custom": {"activity": None}}),
        {"placementAdvice": "iframe"},
    ],
    ids=str,
)
def test_anything_else_than_a_link_is_refused(ines: Client, item: dict[str, Any]) -> None:
    """CI-07: the good item beside it makes no link either."""
    refused(send(ines, answer(asked(ines), WORD, WORD | item)))


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/lti/1.1/launch",
        "//evil.example/lti/1.1/launch",
        "javascript:alert(1)",
        f"{TOOL}.evil.example",
        "http://127.0.0.1:8000@evil.example/lti/1.1/launch",
        "http://127.0.0.1:8000/admin/",
        f"{TOOL}/\\evil.example",
        f"{TOOL}/a b",
        7,
    ],
)
def test_an_address_that_is_not_the_tools_is_refused(ines: Client, url: Any) -> None:
    """CI-07"""
    refused(send(ines, answer(asked(ines), WORD | {"url": url})))


def test_an_answer_of_five_megabytes_is_refused(ines: Client) -> None:
    """CI-07"""
    fields = answer(asked(ines), WORD, text="x" * 5_000_000)
    for path in (SELECTED, HERE):
        assert "too large" in refused(send(ines, fields, path), status=413)


@pytest.mark.parametrize("maximum", [0, -1, "100", "", None, True, 10**300, [100]], ids=str)
@pytest.mark.parametrize("name", ["normalMaximum", "totalMaximum"])
def test_a_grade_column_without_a_number_above_0_as_maximum_is_refused(ines: Client, name: str, maximum: Any) -> None:
    """CI-08"""
    item = WORD | {"lineItem": {"@type": "LineItem", "scoreConstraints": {name: maximum}}}
    assert name in refused(send(ines, answer(asked(ines), item)))


@pytest.mark.parametrize("column", [None, "yes", [], {"scoreConstraints": 100}], ids=str)
def test_a_grade_column_that_cannot_be_read_is_refused(ines: Client, column: Any) -> None:
    """CI-08"""
    refused(send(ines, answer(asked(ines), WORD | {"lineItem": column})))


def test_what_was_wrong_is_shown_as_text(ines: Client) -> None:
    page = refused(send(ines, answer(asked(ines), WORD | {"url": "<script>alert(1)</script>"})))
    assert "<script>alert" not in page
