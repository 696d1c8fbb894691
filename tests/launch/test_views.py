"""What a browser gets that posts a launch."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from structlog.testing import capture_logs

from lti_bridge.errors import CannotOpen, ProviderUnavailable
from lti_bridge.models import Activity, Attempt, AttemptState, Cell, LaunchRecord, Learner, ResourceLink
from tests.cut_off import CutOff
from tests.forms import html_form
from tests.launch.conftest import nothing_was_kept
from tests.world import (
    ALICE,
    BIOLOGY,
    BOB,
    FORM,
    HISTORY,
    INES,
    LAUNCH_PATH,
    RETURN_URL,
    SERVICE_URL,
    World,
    launch_fields,
    make_world,
    post,
    selection_fields,
    signed_body,
    signed_launch,
)

EXCEL = f"{LAUNCH_PATH}/excel-basic"


def page_of(response: Any) -> str:
    """The page of ours that a response leads to."""
    assert response.status_code == 303
    _nothing, inside, _access, page = response["Location"].split("/")
    assert inside == "inside"
    return str(page)


@pytest.mark.parametrize("path", [EXCEL, LAUNCH_PATH])
def test_a_learner_gets_to_the_test(client: Client, world: World, path: str) -> None:
    response = signed_launch(client, path=path, custom_activity="excel-basic")
    assert response.status_code == 200
    assert "provider.example.net" in response.content.decode()
    assert Attempt.objects.get().learner.user_id == "alice-1"


def test_a_launch_of_somebody_known_takes_four_statements(
    client: Client, world: World, django_assert_num_queries: Any
) -> None:
    """The registration, what is known, the record; and the gradebook address, which Moodle changes each time."""
    signed_launch(client, path=EXCEL)
    with django_assert_num_queries(3):
        signed_launch(client, path=EXCEL)
    with django_assert_num_queries(4):
        signed_launch(client, path=EXCEL, lis_result_sourcedid="another one")


def test_a_learner_who_has_finished_sees_the_result_first(client: Client, world: World) -> None:
    signed_launch(client, path=EXCEL)
    Attempt.objects.update(state=AttemptState.GRADED)
    assert page_of(signed_launch(client, path=EXCEL)) == "learner"


def test_launching_needs_no_cookie_and_sets_none(client: Client, world: World) -> None:
    """A frame with third-party cookies blocked; and no session to fix, steal or mix up (SEC-S6, SEC-S7)."""
    assert not signed_launch(client, path=EXCEL).cookies
    assert not signed_launch(client, fields=launch_fields(INES), path=EXCEL).cookies


def test_a_teacher_gets_to_the_roster(client: Client, world: World) -> None:
    response = signed_launch(client, fields=launch_fields(INES), path=EXCEL)
    assert page_of(response) == "roster"
    assert response["Referrer-Policy"] == "no-referrer" and response["Cache-Control"] == "no-store"
    assert not Attempt.objects.exists()


def test_a_teacher_chooses_what_a_new_link_opens(client: Client, world: World) -> None:
    assert page_of(signed_launch(client, fields=launch_fields(INES))) == "activity"


def test_a_learner_on_a_new_link_is_told_to_wait(client: Client, world: World) -> None:
    response = signed_launch(client)
    assert response.status_code == 422
    assert "Your teacher has not chosen what this link opens yet." in response.content.decode()


def test_a_teacher_chooses_content(client: Client, world: World) -> None:
    """CI-01."""
    assert page_of(signed_launch(client, fields=selection_fields())) == "selection"
    assert not ResourceLink.objects.exists()


def test_a_learner_does_not_choose_content(client: Client, world: World) -> None:
    """CI-01."""
    signed_launch(client, fields=selection_fields(ALICE))
    assert LaunchRecord.objects.get().refused == "instructors_only"
    assert nothing_was_kept()


def test_a_refused_choice_goes_back_as_a_signed_form(client: Client, world: World) -> None:
    """CI-02: a form that submits itself, with a button, framed by the LMS."""
    fields = selection_fields(ALICE, launch_presentation_locale="de")
    response = post(client, signed_body(fields), Origin="https://frames.example.edu")
    assert response.status_code == 200
    policy = response["Content-Security-Policy"]
    assert "frame-ancestors 'self' https://lms.example.edu https://frames.example.edu" in policy
    page = response.content.decode()
    form = html_form(page)
    assert form.action == fields["content_item_return_url"]
    assert form.fields["lti_errormsg"] == "Only teachers can choose what a link opens."
    code, reference = form.fields["lti_errorlog"].split()
    assert (code, reference) == ("instructors_only", LaunchRecord.objects.get().reference)
    assert "<button" in page and "data-submits-itself" in page


def test_a_choice_of_an_activity_that_is_not_there_goes_back_as_well(client: Client, world: World) -> None:
    """CI-02."""
    response = signed_launch(client, fields=selection_fields(), path=f"{LAUNCH_PATH}/nothing")
    assert "activity_not_available" in html_form(response.content.decode()).fields["lti_errorlog"]
    assert LaunchRecord.objects.get().refused == "activity_not_available"


def test_a_refused_choice_with_nowhere_to_go_gets_a_page(client: Client, world: World) -> None:
    """CI-02."""
    nowhere = {"content_item_return_url": "javascript:alert(1)", "launch_presentation_return_url": None}
    fields = {name: value for name, value in (selection_fields() | nowhere).items() if value is not None}
    response = signed_launch(client, fields=fields)
    assert response.status_code == 400 and "javascript:" not in response.content.decode()
    assert LaunchRecord.objects.get().reference in response.content.decode()


def test_a_learner_and_teacher_at_once_is_not_graded(client: Client, world: World) -> None:
    assert page_of(signed_launch(client, path=EXCEL, roles="Learner,Instructor")) == "roster"
    assert not Cell.objects.exists()


def test_an_activity_that_is_not_there_is_said(client: Client, world: World) -> None:
    for fields in (launch_fields(), launch_fields(INES)):
        response = signed_launch(client, fields=fields, path=f"{LAUNCH_PATH}/nothing")
        assert response.status_code == 422 and "does not exist here" in response.content.decode()
    assert not Learner.objects.exists()


def test_the_record_says_why_nothing_opened(client: Client, world: World) -> None:
    """So that support finds it by the reference on the page."""
    signed_launch(client, path=f"{LAUNCH_PATH}/nothing")
    signed_launch(client)
    signed_launch(client, path=EXCEL)
    reasons = LaunchRecord.objects.order_by("pk").values_list("refused", flat=True)
    assert list(reasons) == ["activity_not_available", "not_set_up_yet", ""]


def test_the_record_says_that_a_provider_did_not_answer(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable(*args: object, **more: object) -> None:
        raise ProviderUnavailable("provider_unavailable")

    monkeypatch.setattr("lti_bridge.flow.open_activity", unavailable)
    assert signed_launch(client, path=EXCEL).status_code == 503
    assert LaunchRecord.objects.get().refused == "provider_unavailable"


def test_a_long_reason_fits_the_record(client: Client, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def cannot(*args: object) -> None:
        raise CannotOpen("x" * 100)

    monkeypatch.setattr("lti_bridge.flow.resolve", cannot)
    assert signed_launch(client).status_code == 422
    assert LaunchRecord.objects.get().refused == "x" * 60


def test_an_error_is_in_the_language_of_the_launch(client: Client, world: World, settings: Any) -> None:
    settings.LANGUAGES = [("en", "English"), ("de", "German")]
    response = signed_launch(client, path=f"{LAUNCH_PATH}/nothing", launch_presentation_locale="de_kids")
    assert 'lang="de' in response.content.decode()


def test_each_person_link_and_course_has_its_own_cell(client: Client, world: World) -> None:
    """T11-6.4, and two links of one course are two activities of one course."""
    for place in (HISTORY, BIOLOGY, BIOLOGY | {"resource_link_id": "link-3"}):
        for person in (ALICE, BOB):
            sid = f"{place['resource_link_id']}-{person['user_id']}"
            signed_launch(client, fields=launch_fields(person, place, lis_result_sourcedid=sid), path=EXCEL)
        signed_launch(client, fields=launch_fields(INES, place), path=EXCEL)
    told = {(c.resource_link.resource_link_id, c.learner.user_id): c.result_sourcedid for c in Cell.objects.all()}
    assert told == {
        (link, person): f"{link}-{person}" for link in ("link-1", "link-2", "link-3") for person in ("alice-1", "bob-2")
    }
    assert ResourceLink.objects.values("context").distinct().count() == 2


def test_the_newest_sourcedid_is_used_and_a_launch_without_one_keeps_it(client: Client, world: World) -> None:
    """T11-31, T11-32."""
    for sourcedid in ("first", "second", None):
        signed_launch(client, path=EXCEL, lis_result_sourcedid=sourcedid)
    signed_launch(client, fields=launch_fields(INES, lis_result_sourcedid="teacher's"), path=EXCEL)
    cell = Cell.objects.get()
    assert (cell.result_sourcedid, cell.outcome_service_url) == ("second", SERVICE_URL)


def test_a_strange_gradebook_host_does_not_reach_the_cell(client: Client, world: World) -> None:
    """SEC-F4."""
    signed_launch(client, path=EXCEL, lis_outcome_service_url="https://evil.example/steal")
    assert not Cell.objects.exclude(outcome_service_url__in=("", SERVICE_URL)).exists()


def test_two_people_at_one_browser_do_not_cross_over(client: Client, world: World) -> None:
    """SEC-S6: the address carries the authority, and each launch has its own."""
    first = signed_launch(client, fields=launch_fields(INES), path=EXCEL)["Location"]
    second = signed_launch(client, fields=launch_fields(INES | {"user_id": "ian-4"}), path=EXCEL)["Location"]
    assert first != second


def test_the_same_e_mail_is_not_the_same_person(client: Client, world: World) -> None:
    """SEC-I1."""
    signed_launch(client, path=EXCEL)
    signed_launch(client, path=EXCEL, user_id="mallory-9")
    assert Learner.objects.filter(email="alice@example.edu").count() == 2


def test_a_refused_message_goes_back_with_a_reason(client: Client, world: World) -> None:
    """T11-1.1, T11-29: the query of the return URL stays."""
    response = signed_launch(client, resource_link_id=None)
    assert response.status_code == 303
    query = parse_qs(urlsplit(response["Location"]).query)
    assert response["Location"].startswith(RETURN_URL)
    assert query["course"] == ["2"] and query["lti_errormsg"] == ["The course site sent an incomplete request."]
    code, reference = query["lti_errorlog"][0].split()
    assert code == "no_resource_link" and reference == LaunchRecord.objects.get().reference
    assert len(response["Location"]) < 500


def test_a_refused_message_without_return_url_gets_a_page(client: Client, world: World) -> None:
    """T11-1.2: one sentence, and the reference that support finds the record by."""
    response = signed_launch(client, resource_link_id=None, launch_presentation_return_url=None)
    assert response.status_code == 400
    page = response.content.decode()
    assert "The course site sent an incomplete request." in page
    assert LaunchRecord.objects.get().reference in page


@pytest.mark.parametrize("wrong", [{"key": "nobody-s"}, {"secret": "wrong"}, {"timestamp": 1_500_000_000}])
def test_a_launch_that_is_not_believed_never_leaves_for_its_return_url(
    client: Client, world: World, wrong: dict[str, Any]
) -> None:
    """T11-1.3, T11-1.4, SEC-B3."""
    response = signed_launch(client, **wrong)
    assert response.status_code == 403 and "Location" not in response
    assert "lms.example.edu" not in response.content.decode()
    assert not LaunchRecord.objects.exists() and nothing_was_kept()


@pytest.mark.parametrize("url", ["javascript:alert(1)", "//evil.example/", "https://a@evil.example/"])
def test_no_browser_is_sent_to_what_is_no_web_address(client: Client, world: World, url: str) -> None:
    """T11-29."""
    response = signed_launch(client, resource_link_id=None, launch_presentation_return_url=url)
    assert response.status_code == 400 and "evil" not in response.content.decode()


@pytest.mark.django_db(transaction=True)
def test_the_back_button_gets_a_page_that_says_so(client: Client) -> None:
    """T11-24."""
    make_world()
    body = signed_body(launch_fields(INES), path=EXCEL)
    assert post(client, body, EXCEL).status_code == 303
    response = post(client, body, EXCEL)
    assert response.status_code == 403 and "Location" not in response
    assert "This link has expired or was used before." in response.content.decode()


@pytest.mark.parametrize("path", [LAUNCH_PATH, EXCEL])
def test_opening_the_address_by_hand_says_where_it_opens(client: Client, world: World, path: str) -> None:
    """T11-34."""
    response = client.get(path)
    assert response.status_code == 405 and response["Allow"] == "POST"
    assert "Open the link in your course." in response.content.decode()


def test_a_body_in_another_encoding_is_a_clear_error(client: Client, world: World) -> None:
    """T11-36."""
    assert post(client, "lis_person_name_full=Zoë".encode("latin-1")).status_code == 400


def test_a_launch_whose_body_never_comes_gets_a_page(client: Client, world: World) -> None:
    body = signed_body(launch_fields(), path=EXCEL)
    sent = {"CONTENT_LENGTH": str(len(body)), "wsgi.input": CutOff()}
    with capture_logs() as logs:
        response = client.post(EXCEL, content_type=FORM, **sent)
    assert response.status_code == 408
    assert "The request did not arrive as a whole." in response.content.decode()
    assert "request_did_not_arrive" in [each["event"] for each in logs]
    assert not LaunchRecord.objects.exists() and nothing_was_kept()


def test_markup_in_parameters_is_shown_as_text(client: Client, world: World) -> None:
    """SEC-B5, and no reflected input."""
    evil = "<script>alert(1)</script>"
    Activity.objects.update(title=evil)
    fields = dict.fromkeys(("lis_person_name_full", "context_title", "resource_link_title"), evil)
    for response in (signed_launch(client, path=EXCEL, **fields), signed_launch(client, lti_version=evil, **fields)):
        assert evil not in response.content.decode()


def test_the_pages_of_a_launch_are_framed_by_the_platform_alone(client: Client, world: World) -> None:
    """SEC-B6, SEC-B8."""
    response = signed_launch(client, path=EXCEL)
    assert "frame-ancestors 'self' https://lms.example.edu" in response["Content-Security-Policy"]
    assert "X-Frame-Options" not in response
    assert response["Referrer-Policy"] == "no-referrer" and response["Cache-Control"] == "no-store"
