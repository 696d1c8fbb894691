"""Roles, by exact tables: what a launch says about the course, and nothing else.

Institution and system roles give nothing, and neither does a name that only looks like one of these.
"""

from collections.abc import Iterable

from lti_bridge.launch.launch import Message, Role

_CONTEXT_URN = "urn:lti:role:ims/lis/"

#: Course roles, as bare words or behind the URN. ``Member``, ``Manager`` and ``Mentor`` neither learn nor teach here.
_COURSE_ROLES = {
    "Learner": Role.LEARNER,
    "Instructor": Role.INSTRUCTOR,
    "Administrator": Role.INSTRUCTOR,
    "ContentDeveloper": Role.INSTRUCTOR,
    "TeachingAssistant": Role.ASSISTANT,
}


def read_roles(text: str) -> frozenset[Role]:
    """The course roles in a comma-separated list. Institution, system and unknown roles give nothing.

    A sub-role such as ``Learner/Instructor`` counts as its first word: that person is a learner.
    """
    return frozenset(role for part in text.split(",") if (role := _plain_role(part.strip())))


def _plain_role(name: str) -> Role | None:
    return _COURSE_ROLES.get(name.removeprefix(_CONTEXT_URN).partition("/")[0])


#: LTI 1.3 §A.2: roles and sub-roles of a course. ``Mentor``, ``Manager``, ``Member`` and ``Officer``, and what is below
#: them, neither learn nor teach here.
_MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership"
_TEST_USER = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"
_SUB_ROLES: dict[str, tuple[Role, tuple[str, ...]]] = {
    "Learner": (Role.LEARNER, ("ExternalLearner", "GuestLearner", "Instructor", "Learner", "NonCreditLearner")),
    "Instructor": (
        Role.INSTRUCTOR,
        ("ExternalInstructor", "GuestInstructor", "Lecturer", "PrimaryInstructor", "SecondaryInstructor"),
    ),
    "Administrator": (
        Role.INSTRUCTOR,
        (
            *("Administrator", "Developer", "ExternalDeveloper", "ExternalSupport", "ExternalSystemAdministrator"),
            *("Support", "SystemAdministrator"),
        ),
    ),
    "ContentDeveloper": (
        Role.INSTRUCTOR,
        ("ContentDeveloper", "ContentExpert", "ExternalContentExpert", "Librarian"),
    ),
}
_ASSISTANTS = (
    *("Grader", "TeachingAssistant", "TeachingAssistantGroup", "TeachingAssistantOffering"),
    *("TeachingAssistantSection", "TeachingAssistantSectionAssociation", "TeachingAssistantTemplate"),
)
_ADMINISTRATORS = frozenset(
    (
        "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator",
        *(f"http://purl.imsglobal.org/vocab/lis/v2/system/person#{name}" for name in ("Administrator", "SysAdmin")),
        "http://purl.imsglobal.org/vocab/lis/v2/system/person#AccountAdmin",
    )
)
_INSTRUCTOR = f"{_MEMBERSHIP}#Instructor"
_BY_URI: dict[str, Role] = {
    **{f"{_MEMBERSHIP}#{name}": role for name, role in _COURSE_ROLES.items() if name != "TeachingAssistant"},
    **{f"{_MEMBERSHIP}/{name}#{sub}": role for name, (role, subs) in _SUB_ROLES.items() for sub in subs},
    **{f"{_MEMBERSHIP}/Instructor#{sub}": Role.ASSISTANT for sub in _ASSISTANTS},
}


def read_roles13(told: Iterable[str]) -> frozenset[Role]:
    """The course roles among those of LTI 1.3: by their URI, as a bare word, or by LTI 1.1's URN.

    LMSs send ``Instructor`` beside ``Instructor#TeachingAssistant``: the sub-role says more, so that is an assistant.
    """
    names = {each.strip() for each in told}
    found = {name: role for name in names if (role := _BY_URI.get(name) or _plain_role(name))}
    if Role.ASSISTANT in found.values():
        found.pop(_INSTRUCTOR, None)
    return frozenset(found.values())


def administers(told: Iterable[str]) -> bool:
    """Whether somebody administers the institution or its LMS. It opens nothing in a course."""
    return bool(_ADMINISTRATORS & {each.strip() for each in told})


def is_test_user(told: Iterable[str]) -> bool:
    """Whether the LMS made this person up to try a course (a mark beside a real role)."""
    return _TEST_USER in {each.strip() for each in told}


def why_not(message: Message, roles: frozenset[Role]) -> str:
    """The reason code that keeps these roles from what the LMS asks for; empty when they may."""
    if not roles:
        return "no_role"
    if message is Message.SELECTION and not roles & {Role.INSTRUCTOR, Role.ASSISTANT}:
        return "instructors_only"
    return ""
