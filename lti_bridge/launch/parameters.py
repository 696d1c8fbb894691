"""LTI 1.1 parameters in our words. Empty and absent are the same; nothing here is checked against a database."""

import re
from collections.abc import Iterable, Mapping

from lti_bridge.launch.launch import Course, Link, Message, Person

Fields = Mapping[str, str]

MESSAGES = {
    "basic-lti-launch-request": Message.RESOURCE_LINK,
    "ContentItemSelectionRequest": Message.SELECTION,
}
_LONGEST_ID = 500
_IDS = ("user_id", "resource_link_id", "context_id")
_TARGETS = frozenset(("embed", "frame", "iframe", "none", "overlay", "popup", "window"))
_LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}")

#: Which links a copied link comes from, as LMSs name it, and as administrators name a custom parameter for it.
_OWN_HISTORIES = ("resource_link_id_history", "ext_d2l_resource_link_id_history")
CUSTOM_HISTORIES = (
    *("resource_link_id_history", "resourcelink_id_history", "resource_link_history", "resourcelink_history"),
    "link_history",
)
_LONGEST_HISTORY = 50


def told(fields: Fields, name: str) -> str:
    """A parameter as it was sent; empty when there is nothing but blanks in it."""
    value = fields.get(name, "")
    return value if value.strip() else ""


def ids_too_long(fields: Fields) -> str:
    """The names of ids that are too long to keep. They are never cut: a part of an id is somebody else's."""
    return " ".join(name for name in _IDS if len(fields.get(name, "")) > _LONGEST_ID)


def read_person(fields: Fields) -> Person:
    """Who launched. Names are cut to what a row holds; half an e-mail address would be another one, so it is none."""
    email = told(fields, "lis_person_contact_email_primary").strip()
    return Person(
        user_id=told(fields, "user_id"),
        given_name=told(fields, "lis_person_name_given")[:300],
        family_name=told(fields, "lis_person_name_family")[:300],
        full_name=told(fields, "lis_person_name_full")[:600],
        email=email if len(email) <= 320 else "",
    )


def read_course(fields: Fields) -> Course:
    """The course of the launch."""
    return Course(
        context_id=told(fields, "context_id"),
        title=told(fields, "context_title")[:500],
        label=told(fields, "context_label")[:500],
    )


def read_link(fields: Fields) -> Link:
    """The resource link of the launch, and the links it was copied from."""
    link_id = told(fields, "resource_link_id")
    return Link(link_id, told(fields, "resource_link_title")[:500], _copied_from(fields, link_id))


def _copied_from(fields: Fields, link_id: str) -> tuple[str, ...]:
    names = (*_OWN_HISTORIES, *(f"custom_{name}" for name in CUSTOM_HISTORIES))
    return ancestors((part for name in names for part in fields.get(name, "").split(",")), link_id)


def ancestors(ids: Iterable[str], link_id: str) -> tuple[str, ...]:
    """The ids of the links that ``link_id`` was copied from, each once, as far as they can be some."""
    # An LMS that does not know a variable sends its name, with the dollar sign.
    found = (
        part
        for each in ids
        if (part := each.strip()) and part != link_id and part[0] != "$" and len(part) <= _LONGEST_ID
    )
    return tuple(dict.fromkeys(found))[:_LONGEST_HISTORY]


def read_custom(fields: Fields) -> dict[str, str]:
    """Custom parameters without their prefix."""
    return {name[7:]: value for name, value in fields.items() if name.startswith("custom_")}


def read_locale(fields: Fields) -> str:
    """The language the LMS asks for as a language tag; empty when it does not, or asks for nothing there is."""
    return language_tag(told(fields, "launch_presentation_locale"))


def language_tag(text: str) -> str:
    """A language as a tag (``zh_cn`` becomes ``zh-cn``); empty for anything else."""
    tag = text.strip().replace("_", "-")
    return tag if len(tag) <= 35 and _LANGUAGE_TAG.fullmatch(tag) else ""


def read_target(fields: Fields) -> str:
    """What the launch opened in: ``iframe``, ``window``, …; empty when the LMS does not say."""
    return document_target(told(fields, "launch_presentation_document_target"))


def document_target(text: str) -> str:
    """A target by its name; empty for anything else."""
    target = text.strip().lower()
    return target if target in _TARGETS else ""
