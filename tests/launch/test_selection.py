"""LTI 1.1 content items: the request, and our signed answer."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from oauthlib.common import Request
from oauthlib.oauth1.rfc5849.signature import collect_parameters, verify_hmac_sha1, verify_hmac_sha256

from lti_bridge.errors import LaunchRejected
from lti_bridge.launch import selection_answers
from lti_bridge.launch.launch import Message, Selection
from lti_bridge.launch.selection import RefusedSelection, content_item_response, selection_of
from lti_bridge.models import Activity, LaunchRecord
from tests.launch.conftest import Verify, nothing_was_kept, refused_selection, send
from tests.world import ALICE, FORM, KEY, RETURN_URL, SECRET, World, make_world, selection_fields, signed_body

ANSWER_TO = "https://lms.example.edu/mod/lti/contentitem_return.php?course=2"


def signature_holds(url: str, fields: dict[str, str], secret: str = SECRET) -> bool:
    """Whether oauthlib's own server side believes a form."""
    request = Request(url, "POST", urlencode(fields), {"Content-Type": FORM})
    request.params = collect_parameters(
        uri_query=url.partition("?")[2], body=request.body, exclude_oauth_signature=True
    )
    request.signature = fields["oauth_signature"]
    check = verify_hmac_sha256 if fields["oauth_signature_method"] == "HMAC-SHA256" else verify_hmac_sha1
    return bool(check(request, client_secret=secret))


def graph(fields: dict[str, str]) -> list[dict[str, Any]]:
    return list(json.loads(fields["content_items"])["@graph"])


@pytest.fixture
def activities(world: World) -> list[Activity]:
    word = Activity.objects.create(
        slug="word", title="Word <b> & Zoë", description="Two\nlines", account=world.account, action="take_test"
    )
    return [world.activity, word]


def test_a_complete_request_is_a_selection(verify: Verify) -> None:
    """CI-01."""
    launch = verify(selection_fields())
    assert launch.message is Message.SELECTION and launch.is_instructor
    assert launch.link is None and launch.address is None
    assert launch.selection == Selection(ANSWER_TO, "opaque & more", False, True, ("iframe", "window"))


def test_later_pages_find_the_selection_again(verify: Verify) -> None:
    record = verify(selection_fields(accept_multiple="true", accept_lineitem="false")).record
    record.refresh_from_db()
    assert selection_of(record) == Selection(ANSWER_TO, "opaque & more", True, False, ("iframe", "window"))
    assert record.details["origins"] == ["https://lms.example.edu"]


def test_a_launch_of_a_link_has_no_selection(verify: Verify) -> None:
    assert selection_of(verify().record) is None


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"accept_media_types": None}, "selection_incomplete"),
        ({"accept_presentation_document_targets": None}, "selection_incomplete"),
        ({"accept_presentation_document_targets": ""}, "selection_incomplete"),
        ({"accept_media_types": "text/html,image/*"}, "links_not_accepted"),
        ({"lti_version": "LTI-2p0"}, "wrong_version"),
        ({"context_id": "c" * 501}, "id_too_long"),
        ({"user_id": None}, "no_user"),
        ({"roles": "Student"}, "no_role"),
        ({"roles": "Learner"}, "instructors_only"),
    ],
)
def test_a_refused_request_gets_a_signed_answer(world: World, fields: dict[str, Any], code: str) -> None:
    """CI-02."""
    told = {name: value for name, value in (selection_fields() | fields).items() if value is not None}
    refused = refused_selection(told)
    assert (refused.refusal.code, LaunchRecord.objects.get().refused) == (code, code)
    url, answer = selection_answers.refusal(refused.record, refused.selection, refused.refusal, log=f"{code} 3f2a")
    assert url == ANSWER_TO and signature_holds(url, answer)
    assert (answer["lti_message_type"], answer["data"]) == ("ContentItemSelection", "opaque & more")
    assert (answer["lti_errormsg"], answer["lti_errorlog"]) == (str(refused.refusal.sentence), f"{code} 3f2a")
    assert "content_items" not in answer
    assert nothing_was_kept()


@pytest.mark.django_db(transaction=True)
def test_a_refused_request_that_is_sent_again_is_a_replay() -> None:
    """CI-02: no second signature of ours for the price of one nonce."""
    make_world()
    body = signed_body(selection_fields(roles="Learner"))
    assert isinstance(send(body), RefusedSelection)
    with pytest.raises(LaunchRejected, match="replayed") as caught:
        send(body)
    assert caught.value.return_url == ""


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"content_item_return_url": None}, "selection_incomplete"),
        ({"content_item_return_url": "javascript:alert(1)"}, "selection_return_refused"),
        ({"content_item_return_url": "//evil.example"}, "selection_return_refused"),
        ({"content_item_return_url": "https://lms.example.edu/r?name=caf%E9"}, "selection_return_unusable"),
        ({"content_item_return_url": "https://lms.example.edu/r?name=%00"}, "selection_return_unusable"),
        ({"content_item_return_url": "https://lms.example.edu/ä"}, "selection_return_unusable"),
    ],
)
def test_a_request_that_cannot_be_answered_goes_back_as_a_launch_does(
    verify: Verify, fields: dict[str, Any], code: str
) -> None:
    """CI-02."""
    with pytest.raises(LaunchRejected) as caught:
        verify(selection_fields(**fields))
    assert (caught.value.code, caught.value.return_url) == (code, RETURN_URL)
    assert nothing_was_kept()


def test_learners_do_not_choose(world: World) -> None:
    """CI-01."""
    assert refused_selection(selection_fields(ALICE)).refusal.code == "instructors_only"


def test_an_answer_leaves_by_https_only(verify: Verify, settings: Any) -> None:
    """SEC-B3."""
    settings.BASE_URL = settings.PUBLIC_ORIGIN = "https://bridge.example.edu"
    settings.ALLOWED_PRIVATE_HOSTS = []
    with pytest.raises(LaunchRejected, match="selection_return_refused"):
        verify(selection_fields(content_item_return_url="http://lms.example.edu/return"))


@pytest.mark.parametrize("types", ["*/*", "application/*", "text/html, Application/vnd.ims.lti.v1.LTIlink"])
def test_links_are_accepted_under_several_names(verify: Verify, types: str) -> None:
    assert verify(selection_fields(accept_media_types=types)).selection is not None


def test_the_answer_is_signed_and_says_everything(world: World, activities: list[Activity]) -> None:
    """CI-03."""
    selection = Selection(ANSWER_TO, "opaque & more\n", True, True, ("iframe", "window"))
    url, fields = content_item_response(selection, world.lti11, activities)
    assert url == ANSWER_TO
    assert fields["lti_message_type"] == "ContentItemSelection" and fields["lti_version"] == "LTI-1p0"
    assert fields["oauth_consumer_key"] == KEY and fields["data"] == "opaque & more\r\n"
    assert signature_holds(url, fields) and not signature_holds(url, fields | {"data": "other"})
    assert json.loads(fields["content_items"])["@context"] == "http://purl.imsglobal.org/ctx/lti/v1/ContentItem"
    first, second = graph(fields)
    assert first == {
        "@type": "LtiLinkItem",
        "mediaType": "application/vnd.ims.lti.v1.ltilink",
        "url": "http://localhost:8000/lti/1.1/launch",
        "custom": {"activity": "excel-basic"},
        "title": "Excel, basic",
        "placementAdvice": {"presentationDocumentTarget": "window"},
        "lineItem": {
            "@type": "LineItem",
            "label": "Excel, basic",
            "reportingMethod": "http://purl.imsglobal.org/ctx/lis/v2p1/Result#normalScore",
            "assignedActivity": {"activityId": "excel-basic"},
            "scoreConstraints": {"@type": "NumericLimits", "normalMaximum": 100},
        },
    }
    assert (second["title"], second["text"]) == ("Word <b> & Zoë", "Two\nlines")


def test_the_answer_is_signed_with_the_method_of_the_key(world: World, activities: list[Activity]) -> None:
    world.lti11.signature_method = "HMAC-SHA256"
    url, fields = content_item_response(Selection(ANSWER_TO), world.lti11, activities)
    assert fields["oauth_signature_method"] == "HMAC-SHA256" and signature_holds(url, fields)


def test_one_item_goes_where_one_is_accepted(world: World, activities: list[Activity]) -> None:
    """CI-04."""
    _url, fields = content_item_response(Selection(ANSWER_TO), world.lti11, activities)
    assert [item["custom"]["activity"] for item in graph(fields)] == ["excel-basic"]


def test_a_line_item_goes_only_where_one_is_accepted(world: World, activities: list[Activity]) -> None:
    _url, fields = content_item_response(Selection(ANSWER_TO, accepts_line_item=False), world.lti11, activities)
    (item,) = graph(fields)
    assert "lineItem" not in item and "placementAdvice" not in item


def test_a_cancelled_choice_is_answered_without_items(world: World, activities: list[Activity]) -> None:
    """CI-05."""
    answers = [
        content_item_response(Selection(ANSWER_TO, "d"), world.lti11, activities, cancelled=True),
        content_item_response(Selection(ANSWER_TO, "d"), world.lti11, []),
    ]
    for url, fields in answers:
        assert "content_items" not in fields and fields["data"] == "d"
        assert signature_holds(url, fields)
