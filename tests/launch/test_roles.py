"""Roles come from exact tables."""

import pytest

from lti_bridge.launch.launch import Message, Role
from lti_bridge.launch.roles import is_test_user, read_roles, read_roles13, why_not

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


# --- LTI 1.3 --------------------------------------------------------------------------------

M = "http://purl.imsglobal.org/vocab/lis/v2/membership"
PERSON = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"
SYSTEM = "http://purl.imsglobal.org/vocab/lis/v2/system/person#"
TEST_USER = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([f"{M}#Learner"], {LEARNER}),
        ([f"{M}#Instructor"], {INSTRUCTOR}),
        ([f"{M}#Administrator"], {INSTRUCTOR}),
        ([f"{M}#ContentDeveloper"], {INSTRUCTOR}),
        # T13-OK-02
        ([f"{PERSON}Student", f"{M}#Learner", f"{SYSTEM}User"], {LEARNER}),
        ([f"{M}#Learner", f"{M}#Instructor"], {LEARNER, INSTRUCTOR}),
        # T13-OK-03
        (["Learner"], {LEARNER}),
        (["Instructor"], {INSTRUCTOR}),
        (["urn:lti:role:ims/lis/Learner"], {LEARNER}),
        (["urn:lti:role:ims/lis/TeachingAssistant/Grader"], {ASSISTANT}),
        ([f" {M}#Learner "], {LEARNER}),
        # sub-roles, with and without the role they belong to
        ([f"{M}/Learner#Instructor"], {LEARNER}),
        ([f"{M}/Learner#Instructor", f"{M}#Learner"], {LEARNER}),
        ([f"{M}/Learner#NonCreditLearner"], {LEARNER}),
        ([f"{M}/Instructor#PrimaryInstructor"], {INSTRUCTOR}),
        ([f"{M}/Instructor#TeachingAssistant"], {ASSISTANT}),
        ([f"{M}#Instructor", f"{M}/Instructor#TeachingAssistant"], {ASSISTANT}),
        ([f"{M}/Instructor#Grader", f"{M}#Instructor"], {ASSISTANT}),
        ([f"{M}/Instructor#Lecturer", f"{M}/Instructor#Grader", f"{M}#Instructor"], {INSTRUCTOR, ASSISTANT}),
        ([f"{M}/Administrator#Support"], {INSTRUCTOR}),
        ([f"{M}/ContentDeveloper#Librarian"], {INSTRUCTOR}),
    ],
)
def test_course_roles_of_lti_1_3_are_known(told: list[str], expected: set[Role]) -> None:
    assert read_roles13(told) == expected


@pytest.mark.parametrize(
    "role",
    [
        "",
        " ",
        f"{M}#Mentor",
        f"{M}#Member",
        f"{M}#Manager",
        f"{M}#Officer",
        f"{M}/Mentor#Tutor",
        f"{M}/Manager#CourseCoordinator",
        f"{M}/Officer#Chair",
        f"{M}#TeachingAssistant",
        f"{M}#instructor",
        f"{M}#Instructor2",
        f"{M}#NotAnInstructor",
        f"{M}/Instructor#Made-up",
        f"{M}/Nobody#Instructor",
        f"{M}Instructor",
        f"{PERSON}Instructor",
        f"{PERSON}Administrator",
        f"{PERSON}Faculty",
        f"{PERSON}Learner",
        f"{SYSTEM}Administrator",
        f"{SYSTEM}SysAdmin",
        "http://purl.imsglobal.org/vocab/lis/v2/person#Administrator",
        "urn:lti:instrole:ims/lis/Administrator",
        "urn:lti:sysrole:ims/lis/SysAdmin",
        TEST_USER,
        "Learner,Instructor",
        "https://evil.example/membership#Instructor",
    ],
)
def test_what_is_no_course_role_gives_nothing(role: str) -> None:
    """T13-OK-04, T13-OK-05, SEC-I3: and takes nothing from a role beside it."""
    assert read_roles13([role]) == set()
    assert read_roles13([role, f"{M}#Learner"]) == {LEARNER}


def test_a_test_user_is_known_by_the_mark_alone() -> None:
    assert is_test_user([f"{M}#Learner", TEST_USER])
    assert not is_test_user([f"{M}#Learner", "TestUser", f"{SYSTEM}TestUser"])
