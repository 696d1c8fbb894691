"""Roles come from exact tables."""

import pytest

from lti_bridge.launch.launch import Message, Role
from lti_bridge.launch.roles import read_roles, why_not

LEARNER, INSTRUCTOR, ASSISTANT = Role.LEARNER, Role.INSTRUCTOR, Role.ASSISTANT


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Learner", {LEARNER}),
        ("Instructor", {INSTRUCTOR}),
        ("Administrator", {INSTRUCTOR}),
        ("ContentDeveloper", {INSTRUCTOR}),
        ("TeachingAssistant", {ASSISTANT}),
        (" Learner , Instructor ", {LEARNER, INSTRUCTOR}),
        ("Learner/Instructor", {LEARNER}),
        ("Learner/NonCreditLearner", {LEARNER}),
        ("TeachingAssistant/Grader", {ASSISTANT}),
        ("urn:lti:role:ims/lis/Learner/Instructor", {LEARNER}),
        ("urn:lti:role:ims/lis/TeachingAssistant", {ASSISTANT}),
        ("urn:lti:role:ims/lis/Administrator", {INSTRUCTOR}),
    ],
)
def test_course_roles_are_known_as_words_and_as_urns(text: str, expected: set[Role]) -> None:
    assert read_roles(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("urn:lti:role:ims/lis/Instructor", {INSTRUCTOR}, id="T11-3.1"),
        pytest.param(
            "urn:non:ims/something/Else,Instructor,urn:lti:instrole:ims/lis/Alumni", {INSTRUCTOR}, id="T11-3.2"
        ),
        pytest.param(
            "urn:lti:instrole:ims/lis/Alumni,urn:lti:role:ims/lis/Instructor,urn:non:ims/x", {INSTRUCTOR}, id="T11-3.3"
        ),
        pytest.param("urn:lti:instrole:ims/lis/Alumni,urn:lti:role:ims/lis/Learner", {LEARNER}, id="T11-3.4"),
        pytest.param("urn:non:ims/something/Else", set(), id="T11-3.5"),
        pytest.param("urn:lti:instrole:ims/lis/Learner", set(), id="T11-3.6"),
        pytest.param("urn:lti:instrole:ims/lis/Alumni", set(), id="T11-3.7"),
        pytest.param("NotALearner", set(), id="T11-3.8"),
    ],
)
def test_the_certification_cases_give_the_role_they_ask_for(text: str, expected: set[Role]) -> None:
    assert read_roles(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        ",,",
        "NotAnInstructor",
        "InstructorX",
        "instructor",
        "Member",
        "Mentor",
        "Manager",
        "urn:lti:instrole:ims/lis/Administrator",
        "urn:lti:instrole:ims/lis/Instructor",
        "urn:lti:sysrole:ims/lis/SysAdmin",
        "urn:lti:sysrole:ims/lis/Administrator",
        "http://purl.imsglobal.org/vocab/lis/v2/membership/Learner#Instructor",
        "urn:lti:role:ims/lis/urn:lti:role:ims/lis/Instructor",
        "Instructor;Learner",
    ],
)
def test_anything_else_gives_no_role(text: str) -> None:
    """SEC-I3."""
    assert read_roles(text) == frozenset()


def test_a_role_is_needed_to_enter_and_teaching_to_choose() -> None:
    assert why_not(Message.RESOURCE_LINK, frozenset()) == "no_role"
    assert why_not(Message.RESOURCE_LINK, frozenset({LEARNER})) == ""
    assert why_not(Message.SELECTION, frozenset()) == "no_role"
    assert why_not(Message.SELECTION, frozenset({LEARNER})) == "instructors_only"
    assert why_not(Message.SELECTION, frozenset({LEARNER, ASSISTANT})) == ""
    assert why_not(Message.SELECTION, frozenset({INSTRUCTOR})) == ""
