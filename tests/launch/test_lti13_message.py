"""What a believed LTI 1.3 message says, in our words. Known bad ones: test_lti13_forgeries.py."""

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from lti_bridge.errors import LaunchRejected
from lti_bridge.launch.launch import (
    Course,
    FormerIds,
    Launch,
    LineItemAddress,
    Link,
    Message,
    Person,
    Role,
    RosterAddress,
    Selection,
)
from lti_bridge.models import Deployment, LaunchRecord, Lti13Registration
from tests.launches13 import DEEP_LINK_RETURN_URL, SETTINGS, TARGET, begin, selection_claims, verify
from tests.world import World
from tests.world13 import (
    AGS,
    AGS_SCOPES,
    ALICE,
    BOB,
    DL,
    INES,
    ISSUER,
    LINE_ITEM_URL,
    LINE_ITEMS_URL,
    MEMBERSHIPS_URL,
    claims,
    make_registration,
)

RETURN_URL = f"{ISSUER}/mod/lti/return.php?course=2"


@pytest.fixture(autouse=True)
def registration(world: World) -> Lti13Registration:
    return make_registration(world.platform)


def launched(client: Client, told: dict[str, Any] | None = None, **login: Any) -> Launch:
    return verify(begin(client, **login), told)


def refused(client: Client, told: dict[str, Any]) -> str:
    with pytest.raises(LaunchRejected) as caught:
        launched(client, told)
    return caught.value.code


def test_every_part_of_a_launch_is_read(client: Client, world: World, registration: Lti13Registration) -> None:
    """T13-OK-01."""
    launch = launched(client)
    deployment = Deployment.objects.get()
    expected = Launch(
        record=launch.record,
        platform=world.platform,
        message=Message.RESOURCE_LINK,
        person=Person("alice-1", "Alice", "Example", "Alice Example", "alice@example.edu"),
        roles=frozenset({Role.LEARNER}),
        course=Course("course-history", "History", "HIS"),
        link=Link("link-1", "Excel test"),
        custom={"activity": "excel-basic"},
        address=LineItemAddress(registration.pk, deployment.pk, LINE_ITEM_URL, LINE_ITEMS_URL, AGS_SCOPES),
        selection=None,
        locale="en",
        document_target="iframe",
        return_url=RETURN_URL,
        received_at=launch.record.received_at,
        roster=RosterAddress(registration.pk, MEMBERSHIPS_URL),
    )
    # What is known already is no part of what the message says.
    assert replace(launch, address=None, known=None) == replace(expected, address=None)
    assert isinstance(launch.address, LineItemAddress)
    assert sorted(launch.address.scopes) == sorted(AGS_SCOPES)
    assert replace(launch.address, scopes=AGS_SCOPES) == expected.address
    assert launch.is_learner and launch.activity_slug == "excel-basic"


def test_the_record_says_what_later_pages_need_and_nobody_s_name(
    client: Client, world: World, registration: Lti13Registration
) -> None:
    record = LaunchRecord.objects.get(pk=launched(client, claims(INES, role="Instructor")).record.pk)
    assert (record.lti13, record.platform, record.lti11) == (registration, world.platform, None)
    assert record.deployment == Deployment.objects.get()
    assert record.is_instructor and record.refused == ""
    assert record.message_type == "LtiResourceLinkRequest"
    assert record.details == {
        "locale": "en",
        "document_target": "iframe",
        "return_url": RETURN_URL,
        "origins": [ISSUER],
    }


def test_the_platform_may_frame_us_wherever_its_pages_are(client: Client) -> None:
    """A cloud's issuer and endpoints have other hosts than the pages of a school."""
    school = "https://school.example.edu"
    told = claims(launch_presentation={"return_url": f"{school}/return"})
    assert launched(client, told).record.details["origins"] == [school, ISSUER]


@pytest.mark.parametrize("person", [ALICE, BOB, INES])
def test_names_in_any_script_arrive_as_they_were_sent(client: Client, person: dict[str, str]) -> None:
    name = "Zoë Ünïcode 王小明 مريم 🎓 + % & = ~"
    assert launched(client, claims(person | {"name": name})).person.full_name == name


NO_NAMES = {"given_name": None, "family_name": None, "name": None}


@pytest.mark.parametrize("role", ["Learner", "Instructor"])
@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({**NO_NAMES}, Person("alice-1", email="alice@example.edu")),
        ({"email": None}, Person("alice-1", "Alice", "Example", "Alice Example")),
        ({**NO_NAMES, "email": None}, Person("alice-1")),
        ({"given_name": 7, "family_name": ["x"], "name": {"a": 1}, "email": True}, Person("alice-1")),
        ({"given_name": " ", "family_name": "", "name": "", "email": "  "}, Person("alice-1")),
        ({**NO_NAMES, "email": "x" * 330}, Person("alice-1")),
        ({**NO_NAMES, "email": None, "given_name": "é" * 400}, Person("alice-1", "é" * 300)),
    ],
)
def test_people_may_be_told_little_about(client: Client, told: dict[str, Any], expected: Person, role: str) -> None:
    """T13-OK-06, T13-OK-07, T13-OK-08: teachers and learners."""
    assert launched(client, claims(role=role, **told)).person == expected


@pytest.mark.parametrize("context", [None, [], "course", {"title": "History"}, {"id": 7}, {"id": ""}, {"id": None}])
def test_a_launch_outside_any_course_works(client: Client, context: Any) -> None:
    """T13-OK-09, T13-BAD-32."""
    launch = launched(client, claims(context=context, given_name=None, family_name=None, name=None))
    assert launch.course.context_id == "" and launch.person.email


def test_ids_are_kept_as_long_as_a_row_is(client: Client) -> None:
    """T13-BAD-33: stored intact, characters beyond the sixteen bits too."""
    longest = "🎓" * 500
    told = claims({"sub": longest}, context={"id": "c" * 500}, resource_link={"id": "r" * 500})
    launch = launched(client, told)
    assert launch.person.user_id == longest
    assert launch.course.context_id == "c" * 500 and launch.link and launch.link.resource_link_id == "r" * 500


def test_titles_are_cut(client: Client) -> None:
    launch = launched(
        client, claims(resource_link={"id": "r", "title": "t" * 600}, context={"id": "c", "label": "l" * 600})
    )
    assert launch.link and len(launch.link.title) == 500 and len(launch.course.label) == 500


@pytest.mark.parametrize(
    ("custom", "expected"),
    [
        ({"level": "B2", "empty": ""}, {"level": "B2", "empty": ""}),
        ({"level": None, "number": 7, "deep": {"a": 1}, "kept": "x"}, {"kept": "x"}),
        (["activity"], {}),
        ("activity", {}),
        (None, {}),
        ({"Activity": "case stays"}, {"Activity": "case stays"}),
    ],
)
def test_custom_parameters_are_texts(client: Client, custom: Any, expected: dict[str, str]) -> None:
    """T13-BAD-32."""
    assert launched(client, claims(custom=custom)).custom == expected


@pytest.mark.parametrize(
    ("custom", "expected"),
    [
        ({"resource_link_id_history": "old-2,old-1"}, ("old-2", "old-1")),
        ({"link_history": " old-3 , old-2,,link-1"}, ("old-3", "old-2")),
        ({"resourcelink_id_history": "with%2Ccomma,with%20blank"}, ("with,comma", "with blank")),
        ({"resource_link_history": "$ResourceLink.id.history"}, ()),
        ({"resource_link_id_history": "a%00b,c"}, ("c",)),
        ({"resource_link_id_history": "x" * 501 + ",y"}, ("y",)),
        ({"resource_link_id_history": ["a"]}, ()),
    ],
)
def test_the_links_a_link_was_copied_from_are_read(
    client: Client, custom: dict[str, Any], expected: tuple[str, ...]
) -> None:
    link = launched(client, claims(custom=custom)).link
    assert link and link.copied_from == expected


@pytest.mark.parametrize(
    ("presentation", "locale", "expected"),
    [
        ({"locale": "de"}, None, ("de", "", "")),
        ({"locale": "zh_cn"}, "fr", ("zh-cn", "", "")),
        ({}, "fr-CA", ("fr-CA", "", "")),
        ({"locale": "<script>"}, "x" * 40, ("", "", "")),
        ({"locale": 7, "document_target": 7, "return_url": 7}, 7, ("", "", "")),
        ({"document_target": "Window", "return_url": "javascript:alert(1)"}, None, ("", "window", "")),
        ("iframe", None, ("", "", "")),
        (None, None, ("", "", "")),
    ],
)
def test_how_the_launch_is_shown_is_read_as_far_as_it_makes_sense(
    client: Client, presentation: Any, locale: Any, expected: tuple[str, str, str]
) -> None:
    launch = launched(client, claims(launch_presentation=presentation, locale=locale))
    assert (launch.locale, launch.document_target, launch.return_url) == expected


@pytest.mark.parametrize("claim", ["tool_platform", "lis", "ext", "role_scope_mentor", "lti1p1", "for_user"])
@pytest.mark.parametrize("value", ["text", 7, [], [1], {}, {"id": {}}, True])
def test_optional_claims_of_other_types_are_ignored(client: Client, claim: str, value: Any) -> None:
    """T13-BAD-32."""
    launch = launched(client, claims(**{claim: value}))
    assert launch.person.user_id == "alice-1" and launch.former is None


def test_roles_come_from_roles_alone(client: Client) -> None:
    """SEC-I4."""
    told = claims(custom={"role": "Instructor", "roles": "Instructor"}, ext={"roles": "Instructor"})
    assert launched(client, told).roles == {Role.LEARNER}


def test_a_made_up_learner_is_marked(client: Client) -> None:
    """SEC-I7: Canvas's Student View."""
    roles = ["Learner", "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"]
    launch = launched(client, claims(roles=roles))
    assert launch.is_learner and launch.record.details["test_user"] is True
    assert "test_user" not in launched(client).record.details


@pytest.mark.parametrize(
    ("query", "slug"),
    [("", ""), ("?activity=excel-basic", "excel-basic"), ("?x=1&activity=excel-basic&y=2", "excel-basic")],
)
def test_the_target_names_an_activity(client: Client, query: str, slug: str) -> None:
    target = TARGET + query
    assert launched(client, claims(target_link_uri=target), target_link_uri=target).target_slug == slug


def test_a_link_that_was_moved_from_lti_1_1_keeps_its_address(client: Client) -> None:
    target = "http://localhost:8000/lti/1.1/launch/excel-basic"
    assert launched(client, claims(target_link_uri=target), target_link_uri=target).target_slug == "excel-basic"


# --- choosing content -----------------------------------------------------------------------


def test_a_choice_of_content_is_read(client: Client) -> None:
    launch = launched(client, selection_claims())
    assert launch.message is Message.SELECTION and launch.is_instructor
    assert (launch.link, launch.address) == (None, None)
    assert launch.selection == Selection(
        DEEP_LINK_RETURN_URL,
        data="opaque & more",
        accepts_multiple=True,
        accepts_line_item=None,
        document_targets=("iframe", "window"),
    )
    assert launch.record.details["selection"]["data"] == "opaque & more"


@pytest.mark.parametrize("data", ["", "x" * 10_000, "<&>'\" 王 🎓\n", " "])
def test_what_the_lms_wants_back_is_kept_as_it_is(client: Client, data: str) -> None:
    """T13-DL-12."""
    launch = launched(client, selection_claims(**{f"{DL}deep_linking_settings": SETTINGS | {"data": data}}))
    assert launch.selection and launch.selection.data == data


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"accept_multiple": False, "accept_lineitem": True}, (False, True)),
        ({"accept_multiple": None, "accept_lineitem": False}, (False, False)),
        ({"accept_multiple": "true", "accept_lineitem": "yes"}, (True, None)),
        ({"accept_multiple": 1, "accept_lineitem": 1}, (True, None)),
        ({"accept_multiple": [], "accept_lineitem": None}, (False, None)),
    ],
)
def test_what_the_lms_takes_is_read(client: Client, settings: dict[str, Any], expected: tuple[Any, Any]) -> None:
    """T13-DL-09, T13-DL-10."""
    selection = launched(client, selection_claims(**{f"{DL}deep_linking_settings": SETTINGS | settings})).selection
    assert selection and (selection.accepts_multiple, selection.accepts_line_item) == expected


# --- looking at a submission, asking about data ---------------------------------------------


def review(person: dict[str, str] = INES, about: Any = "alice-1", **more: Any) -> dict[str, Any]:
    told = {"message_type": "LtiSubmissionReviewRequest", "for_user": {"user_id": about, "name": "Alice"}}
    return claims(person, **({"role": "Instructor" if person is INES else "Learner"} | told | more))


def test_a_teacher_looks_at_a_submission(client: Client) -> None:
    launch = launched(client, review())
    assert (launch.message, launch.about) == (Message.REVIEW, "alice-1")
    assert isinstance(launch.address, LineItemAddress) and launch.address.line_item_url == LINE_ITEM_URL
    assert launch.record.details["about"] == "alice-1" and "Alice" not in str(launch.record.details)


def test_a_review_needs_no_link(client: Client) -> None:
    launch = launched(client, review(resource_link=None))
    assert launch.link is None and launch.about == "alice-1"


def test_learners_look_at_their_own_submission_alone(client: Client) -> None:
    assert launched(client, review(ALICE)).about == "alice-1"
    assert refused(client, review(ALICE, about="bob-2")) == "not_your_submission"
    assert refused(client, review(ALICE, about="bob-2", roles=[])) == "not_your_submission"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"for_user": None}, "for_user_missing"),
        ({"for_user": {}}, "for_user_missing"),
        ({"for_user": {"user_id": 7}}, "for_user_missing"),
        ({"for_user": {"user_id": "x" * 501}}, "id_unusable"),
        ({f"{AGS}claim/endpoint": None}, "line_item_missing"),
        ({f"{AGS}claim/endpoint": {"scope": [], "lineitems": LINE_ITEMS_URL}}, "line_item_missing"),
        ({"roles": None}, "roles_missing"),
    ],
)
def test_a_review_says_whose_and_which_column(client: Client, more: dict[str, Any], code: str) -> None:
    assert refused(client, review(**more)) == code


def test_a_data_privacy_launch_is_read(client: Client) -> None:
    told = {"message_type": "LtiDataPrivacyLaunchRequest", "resource_link": None, "roles": []}
    launch = launched(client, claims(INES, for_user={"user_id": "alice-1"}, **told))
    assert (launch.message, launch.about, launch.link, launch.address) == (Message.DATA_PRIVACY, "alice-1", None, None)
    assert launched(client, claims(INES, **told)).about == ""


def test_what_a_launch_of_a_link_says_of_others_is_ignored(client: Client) -> None:
    launch = launched(client, claims(for_user={"user_id": "bob-2"}))
    assert launch.about == "" and launch.former is None and not isinstance(launch.former, FormerIds)
