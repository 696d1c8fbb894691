"""The pretend LMS's pages and what it signs."""

import json
import time

import pytest
from django.test import Client

from lti_bridge import oauth1
from lti_bridge.sandbox import faults
from lti_bridge.sandbox.keys import LMS_KEY, shared_secret
from lti_bridge.sandbox.lms.launches import launch_fields
from lti_bridge.sandbox.lms.people import PEOPLE
from lti_bridge.sandbox.models import CourseLink
from tests.forms import html_form

pytestmark = pytest.mark.django_db


def enter(lms: Client, username: str) -> None:
    lms.get(f"/sandbox/lms/enter/{username}")


def test_its_pages_keep_to_its_own_host(bridge: Client) -> None:
    response = bridge.get("/sandbox/lms/course?a=b")
    assert (response.status_code, response["Location"]) == (302, "http://127.0.0.2:8001/sandbox/lms/course?a=b")


def test_the_bridge_may_be_framed_by_it(lms: Client, course: CourseLink) -> None:
    enter(lms, "alice")
    policy = lms.get(f"/sandbox/lms/links/{course.pk}")["Content-Security-Policy"]
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert "http://127.0.0.1:8000" in directives["frame-src"].split()
    assert "http://127.0.0.3:8002" in directives["frame-src"].split()
    assert directives["default-src"] == "'none'"


@pytest.mark.parametrize("page", ["course", "gradebook", "links/1/launch", "select"])
def test_pages_want_a_login(lms: Client, course: CourseLink, page: str) -> None:
    assert lms.get(f"/sandbox/lms/{page}")["Location"] == "/sandbox/lms/"


def test_a_launch_is_signed_as_moodle_would(lms: Client, course: CourseLink) -> None:
    enter(lms, "chloe")
    form = html_form(lms.get(f"/sandbox/lms/links/{course.pk}/launch").content.decode())
    url, fields = form.action, form.fields
    assert url == "http://127.0.0.1:8000/lti/1.1/launch/excel-basic"
    assert fields["lis_person_name_full"] == "Chloé Ünal"
    assert fields["roles"] == "Learner"
    assert fields["lis_outcome_service_url"] == "http://127.0.0.2:8001/sandbox/lms/outcomes"
    assert json.loads(fields["lis_result_sourcedid"])["data"]["userid"] == "7"
    pairs = list(fields.items())
    oauth = oauth1.OAuthParameters(
        fields["oauth_consumer_key"],
        fields["oauth_signature_method"],
        int(fields["oauth_timestamp"]),
        fields["oauth_nonce"],
        fields["oauth_signature"],
    )
    oauth1.check_form(oauth1.SignedForm(fields, pairs, oauth), url, [shared_secret(LMS_KEY)])


def test_its_clock_can_be_wrong(course: CourseLink) -> None:
    faults.switch({"lms_clock_skew": 900})
    ahead = int(launch_fields(course, PEOPLE["alice"])["oauth_timestamp"]) - time.time()
    assert 890 < ahead < 910


def test_a_teacher_launches_as_instructor(course: CourseLink) -> None:
    assert launch_fields(course, PEOPLE["ines"])["roles"] == "Instructor"


def test_the_return_page_shows_what_the_tool_says_as_text(lms: Client, course: CourseLink) -> None:
    page = lms.get(f"/sandbox/lms/links/{course.pk}/return", {"lti_errormsg": "<b>No</b>", "lti_msg": "Done"})
    assert b"&lt;b&gt;No&lt;/b&gt;" in page.content
    assert b"Done" in page.content


# --- gradebook ------------------------------------------------------------------------------


def test_students_see_their_own_line(lms: Client, course: CourseLink) -> None:
    enter(lms, "alice")
    page = lms.get("/sandbox/lms/gradebook").content.decode()
    assert "Alice Martin" in page
    assert "Bob Weber" not in page


def test_a_teacher_writes_by_hand(lms: Client, course: CourseLink) -> None:
    enter(lms, "ines")
    lms.post(f"/sandbox/lms/gradebook/{course.pk}/bob", {"grade": "61.5"})
    page = lms.get("/sandbox/lms/gradebook").content.decode()
    assert "61.5 %" in page
    assert lms.get("/sandbox/lms/gradebook.json").json()[0]["grade"] == 0.615


@pytest.mark.parametrize("text", ["101", "-1", "much", "NaN"])
def test_a_grade_by_hand_is_a_number_out_of_100(lms: Client, course: CourseLink, text: str) -> None:
    enter(lms, "ines")
    assert lms.post(f"/sandbox/lms/gradebook/{course.pk}/bob", {"grade": text}).status_code == 400
    assert lms.get("/sandbox/lms/gradebook.json").json() == []


def test_students_write_nothing(lms: Client, course: CourseLink) -> None:
    enter(lms, "bob")
    lms.post(f"/sandbox/lms/gradebook/{course.pk}/bob", {"grade": "100"})
    assert lms.get("/sandbox/lms/gradebook.json").json() == []
