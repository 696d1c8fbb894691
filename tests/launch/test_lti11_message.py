"""What a believed LTI 1.1 message says, and which ones are refused for it."""

from typing import Any

import pytest

from lti_bridge.errors import LaunchRejected
from lti_bridge.launch.launch import Course, Link, Message, Person, Role
from lti_bridge.models import LaunchRecord, Lti11Registration, Platform
from tests.launch.conftest import Verify, nothing_was_kept, send
from tests.world import (
    ALICE,
    BIOLOGY,
    HISTORY,
    INES,
    RETURN_URL,
    SERVICE_URL,
    World,
    launch_fields,
    signed_body,
)

#: All that a launch of Alice tells but the link.
NOT_THE_LINK = [name for name in (*ALICE, *HISTORY) if name not in ("resource_link_id", "roles")]


def refused(verify: Verify, *args: Any, **fields: Any) -> LaunchRejected:
    with pytest.raises(LaunchRejected) as caught:
        verify(*args, **fields)
    assert nothing_was_kept()
    return caught.value


def test_every_part_of_a_launch_is_read(verify: Verify, world: World) -> None:
    launch = verify(custom_level="B2", custom_activity="excel-basic", resource_link_id_history="old-2,old-1")
    assert launch.message is Message.RESOURCE_LINK
    assert launch.platform == world.platform
    assert launch.person == Person("alice-1", "Alice", "Liddell", "Alice Liddell", "alice@example.edu")
    assert launch.roles == {Role.LEARNER} and launch.is_learner
    assert launch.course == Course("course-history", "History", "HIS")
    assert launch.link == Link("link-1", "Excel test", ("old-2", "old-1"))
    assert launch.custom == {"level": "B2", "activity": "excel-basic"}
    assert launch.activity_slug == "excel-basic"
    assert launch.selection is None
    assert (launch.locale, launch.document_target, launch.return_url) == ("en", "iframe", RETURN_URL)


def test_the_record_says_what_later_pages_need_and_nobody_s_name(verify: Verify, world: World) -> None:
    record = LaunchRecord.objects.get(pk=verify(launch_fields(INES)).record.pk)
    assert record.lti11 == world.lti11 and record.platform == world.platform
    assert record.is_instructor and record.refused == ""
    assert record.message_type == "basic-lti-launch-request"
    assert len(record.reference) == 14
    assert record.details == {
        "locale": "en",
        "document_target": "iframe",
        "return_url": RETURN_URL,
        "origins": ["https://lms.example.edu"],
    }


def test_the_page_that_posted_may_frame_us_too(world: World) -> None:
    launch = send(signed_body(launch_fields()), HTTP_ORIGIN="https://portal.example.edu")
    assert launch.record.details["origins"] == ["https://lms.example.edu", "https://portal.example.edu"]


@pytest.mark.parametrize(
    ("person", "link"),
    [
        pytest.param(INES, "1234", id="T11-2.1"),
        pytest.param(ALICE, "1234", id="T11-2.2"),
        pytest.param(INES, "5678", id="T11-2.3"),
        pytest.param(ALICE, "5678", id="T11-2.4"),
    ],
)
@pytest.mark.parametrize("course", [HISTORY, BIOLOGY], ids=["history", "biology"])
def test_teacher_and_learner_come_to_two_links_of_a_course(
    verify: Verify, course: dict[str, str], person: dict[str, str], link: str
) -> None:
    launch = verify(launch_fields(person, course | {"resource_link_id": link}))
    assert launch.link and launch.link.resource_link_id == link
    assert launch.course.context_id == course["context_id"]
    assert launch.is_instructor == (person is INES)


@pytest.mark.parametrize(
    ("fields", "code", "status"),
    [
        pytest.param({"resource_link_id": None}, "no_resource_link", 400, id="T11-1.1"),
        ({"resource_link_id": "  "}, "no_resource_link", 400),
        pytest.param({"lti_version": "LTI-1"}, "wrong_version", 400, id="T11-1.5"),
        pytest.param({"lti_version": "LTI-2p0"}, "wrong_version", 400, id="T11-1.6"),
        pytest.param({"lti_version": None}, "wrong_version", 400, id="T11-1.7"),
        pytest.param({"lti_message_type": "a-random-message"}, "wrong_message_type", 400, id="T11-1.8"),
        pytest.param({"lti_message_type": None}, "wrong_message_type", 400, id="T11-1.9"),
        pytest.param(dict.fromkeys(NOT_THE_LINK), "no_user", 422, id="T11-4.7"),
        ({"user_id": None}, "no_user", 422),
        ({"user_id": ""}, "no_user", 422),
        ({"roles": "urn:non:ims/something/Else"}, "no_role", 403),
        ({"roles": None}, "no_role", 403),
        ({"user_id": "u" * 501}, "id_too_long", 400),
        ({"context_id": "c" * 501}, "id_too_long", 400),
        ({"resource_link_id": "r" * 501}, "id_too_long", 400),
    ],
)
def test_a_wrong_message_is_refused_and_may_go_back(
    verify: Verify, fields: dict[str, Any], code: str, status: int
) -> None:
    error = refused(verify, **fields)
    assert (error.code, error.status, error.return_url) == (code, status, RETURN_URL)
    assert LaunchRecord.objects.get().refused == code


@pytest.mark.parametrize(
    "url", [None, "", "javascript:alert(1)", "//evil.example/", "/return", "https://a@evil.example"]
)
def test_it_goes_nowhere_without_a_web_address(verify: Verify, url: str | None) -> None:
    """T11-1.2, T11-29."""
    assert refused(verify, resource_link_id=None, launch_presentation_return_url=url).return_url == ""


def test_an_accepted_launch_has_no_return_url_that_is_not_of_the_web(verify: Verify) -> None:
    """T11-29."""
    assert verify(launch_presentation_return_url="javascript:alert(1)").return_url == ""


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        pytest.param(
            {"lis_person_contact_email_primary": "a@example.edu"}, ("", "", "", "a@example.edu"), id="T11-4.1"
        ),
        pytest.param(
            {"lis_person_name_given": "Alice", "lis_person_name_family": "L"}, ("Alice", "L", "", ""), id="T11-4.2"
        ),
        pytest.param({"lis_person_name_full": "Alice L"}, ("", "", "Alice L", ""), id="T11-4.3"),
        pytest.param({}, ("", "", "", ""), id="T11-4.4"),
        pytest.param(
            {"context_title": None, "context_label": None, "resource_link_title": None}, ("", "", "", ""), id="T11-4.5"
        ),
        ({"lis_person_name_full": "", "lis_person_contact_email_primary": " "}, ("", "", "", "")),
    ],
)
@pytest.mark.parametrize("role", ["Learner", "Instructor"])
def test_people_may_be_told_little_about(
    verify: Verify, role: str, names: dict[str, str], expected: tuple[str, ...]
) -> None:
    """T11-35."""
    person = verify(launch_fields({"user_id": "someone", "roles": role}, **names)).person
    assert (person.given_name, person.family_name, person.full_name, person.email) == expected


def test_a_launch_outside_any_course_works(verify: Verify) -> None:
    """T11-4.6."""
    assert verify(context_id=None, context_title=None, context_label=None).course == Course()


def test_empty_optional_parameters_are_as_if_absent(verify: Verify) -> None:
    """T11-35."""
    empty = dict.fromkeys(
        (
            "context_id",
            "context_title",
            "resource_link_title",
            "launch_presentation_locale",
            "launch_presentation_return_url",
            "launch_presentation_document_target",
            "lis_outcome_service_url",
            "lis_result_sourcedid",
            "relaunch_url",
            "tool_state",
        ),
        "",
    )
    launch = verify(**empty)
    assert launch.course.context_id == launch.locale == launch.return_url == launch.document_target == ""
    assert launch.address is None


def test_long_names_are_cut_and_ids_of_500_characters_are_kept(verify: Verify) -> None:
    launch = verify(
        user_id="u" * 500,
        lis_person_name_given="é" * 400,
        lis_person_name_full="x" * 700,
        lis_person_contact_email_primary="x" * 320 + "@example.edu",
        context_title="t" * 600,
    )
    assert launch.person.user_id == "u" * 500
    assert (len(launch.person.given_name), len(launch.person.full_name), len(launch.course.title)) == (300, 600, 500)
    assert launch.person.email == ""


@pytest.mark.parametrize(
    ("told", "locale"),
    [
        ("de", "de"),
        ("zh_cn", "zh-cn"),
        ("fr_CA", "fr-CA"),
        ("de-kids", "de-kids"),
        ("<script>", ""),
        ("a" * 36, ""),
        ("", ""),
    ],
)
def test_locales_become_language_tags(verify: Verify, told: str, locale: str) -> None:
    assert verify(launch_presentation_locale=told).locale == locale


def test_an_unknown_target_is_none(verify: Verify) -> None:
    assert verify(launch_presentation_document_target="nowhere").document_target == ""
    assert verify(launch_presentation_document_target="Window").document_target == "window"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"resource_link_id_history": " old-3 , old-2,,old-1"}, ("old-3", "old-2", "old-1")),
        ({"ext_d2l_resource_link_id_history": "d2l-1"}, ("d2l-1",)),
        ({"custom_resource_link_id_history": "a"}, ("a",)),
        ({"custom_resourcelink_id_history": "a,b"}, ("a", "b")),
        ({"custom_link_history": "$ResourceLink.id.history"}, ()),
        ({"resource_link_id_history": "a", "custom_link_history": "b,a"}, ("a", "b")),
        ({"resource_link_id_history": "link-1,a," + "x" * 501}, ("a",)),
        ({"resource_link_id_history": ",".join(map(str, range(200)))}, tuple(map(str, range(50)))),
    ],
)
def test_the_links_a_link_was_copied_from_are_read(
    verify: Verify, fields: dict[str, str], expected: tuple[str]
) -> None:
    link = verify(**fields).link
    assert link and link.copied_from == expected


def test_names_in_any_script_arrive_as_they_were_sent(verify: Verify) -> None:
    name = "Zoë Ünïcode 王小明 مريم 🎓 + % & = ~"
    assert verify(lis_person_name_full=name).person.full_name == name


def test_who_one_is_comes_from_the_key_and_the_user_id_alone(world: World) -> None:
    """T11-30, SEC-I1, SEC-I2: two tenants share a GUID and a user id."""
    other = Platform.objects.create(name="other-school")
    Lti11Registration.objects.create(platform=other, consumer_key="other-key", secrets={"shared_secret": "other"})
    here = send(signed_body(launch_fields()))
    there = send(signed_body(launch_fields(), key="other-key", secret="other"))
    assert here.platform == world.platform and there.platform == other
    assert here.person.user_id == there.person.user_id


def test_roles_come_from_roles_alone(verify: Verify) -> None:
    """SEC-I4."""
    fields = {"custom_role": "Instructor", "ext_roles": "Instructor", "custom_roles": "Instructor"}
    assert verify(**fields).roles == {Role.LEARNER}


def test_the_gradebook_address_is_read(verify: Verify, world: World) -> None:
    address = verify().address
    assert address is not None
    assert (address.registration_id, address.service_url) == (world.lti11.pk, SERVICE_URL)
    assert (address.sourcedid, address.accepts) == (ALICE["lis_result_sourcedid"], ())
