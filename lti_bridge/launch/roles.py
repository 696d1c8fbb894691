"""LTI 1.1 roles, by exact tables: what a ``roles`` parameter says about the course, and nothing else."""

from lti_bridge.launch.launch import Message, Role

_CONTEXT_URN = "urn:lti:role:ims/lis/"

#: Course roles, as bare words or behind the URN. ``Member``, ``Manager`` and ``Mentor`` neither learn nor teach here.
_ROLES = {
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
    found = set()
    for part in text.split(","):
        name = part.strip().removeprefix(_CONTEXT_URN)
        role = _ROLES.get(name.partition("/")[0])
        if role is not None:
            found.add(role)
    return frozenset(found)


def why_not(message: Message, roles: frozenset[Role]) -> str:
    """The reason code that keeps these roles from what the LMS asks for; empty when they may."""
    if not roles:
        return "no_role"
    if message is Message.SELECTION and not roles & {Role.INSTRUCTOR, Role.ASSISTANT}:
        return "instructors_only"
    return ""
