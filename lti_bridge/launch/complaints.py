"""What a believed LTI 1.3 message must say (LTI 1.3 §5.3, Deep Linking 2.0 §4.4, Submission Review 1.0 §3).

Takes claims, gives the reason code of a refusal and what it is about. Touches no database.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from lti_bridge.launch.addresses import is_safe_return
from lti_bridge.launch.launch import Message
from lti_bridge.launch.roles import read_roles13, why_not
from lti_bridge.launch.state import State
from lti_bridge.launch.vocabulary import (
    DEEP_LINKING_SETTINGS,
    GRADES,
    LTI,
    Claims,
    is_usable_text,
    member,
    text,
    texts,
)

MESSAGES = {
    "LtiResourceLinkRequest": Message.RESOURCE_LINK,
    "LtiDeepLinkingRequest": Message.SELECTION,
    "LtiSubmissionReviewRequest": Message.REVIEW,
    "LtiDataPrivacyLaunchRequest": Message.DATA_PRIVACY,
}
_VERSION = "1.3.0"
#: As long as our columns. An id is never cut: a part of an id is somebody else's.
_LONGEST_ID = 500
_LONGEST_DEPLOYMENT_ID = 255


class Complaint(NamedTuple):
    """A reason code, and the names of the claims it is about. Both empty: nothing is wrong."""

    code: str = ""
    detail: str = ""


def message_of(claims: Claims) -> Message | None:
    """What the platform asks for; None for what we do not do."""
    return MESSAGES.get(text(claims, f"{LTI}message_type"))


def complaint(claims: Claims, begun: State) -> Complaint:
    """What is wrong with a message that ends the login ``begun``."""
    if not is_usable_text(claims):
        return Complaint("unusable_text")
    message = message_of(claims)
    if missing := list(_missing(claims, message)):
        return Complaint(missing[0].code, " ".join(each.name for each in missing))
    if message is None:
        return Complaint("message_type_unknown", "message_type")
    if text(claims, f"{LTI}version") != _VERSION:
        return Complaint("wrong_version", "version")
    if too_long := " ".join(_too_long(claims)):
        return Complaint("id_unusable", too_long)
    if begun.deployment_id and text(claims, f"{LTI}deployment_id") != begun.deployment_id:
        return Complaint("deployment_changed", "deployment_id")
    if text(claims, f"{LTI}target_link_uri") != begun.target_link_uri:
        return Complaint("target_changed", "target_link_uri")
    if not _are_texts(claims.get(f"{LTI}roles", [])):
        return Complaint("roles_malformed", "roles")
    check = _CHECKS.get(message)
    return check(claims) if check else Complaint()


# --- what has to be there -------------------------------------------------------------------


class _Required(NamedTuple):
    """A claim that messages must have; every message when ``only`` is empty."""

    code: str
    name: str
    is_there: Callable[[Claims], object]
    only: tuple[Message, ...] = ()


def _settings(claims: Claims) -> Claims:
    return member(claims, DEEP_LINKING_SETTINGS)


def _has_settings(claims: Claims) -> bool:
    lists = ("accept_types", "accept_presentation_document_targets")
    settings = _settings(claims)
    return bool(text(settings, "deep_link_return_url")) and all(isinstance(settings.get(each), list) for each in lists)


_REQUIRED = (
    _Required("message_type_missing", "message_type", lambda claims: text(claims, f"{LTI}message_type")),
    _Required("version_missing", "version", lambda claims: text(claims, f"{LTI}version")),
    _Required("deployment_missing", "deployment_id", lambda claims: text(claims, f"{LTI}deployment_id")),
    _Required("target_missing", "target_link_uri", lambda claims: text(claims, f"{LTI}target_link_uri")),
    _Required(
        "link_missing",
        "resource_link",
        lambda claims: text(member(claims, f"{LTI}resource_link"), "id"),
        only=(Message.RESOURCE_LINK,),
    ),
    # Missing is an error, empty is not (LTI 1.3 §5.3.7).
    _Required(
        "roles_missing",
        "roles",
        lambda claims: claims.get(f"{LTI}roles") is not None,
        only=(Message.RESOURCE_LINK, Message.REVIEW),
    ),
    _Required("settings_missing", "deep_linking_settings", _has_settings, only=(Message.SELECTION,)),
    _Required(
        "for_user_missing",
        "for_user",
        lambda claims: text(member(claims, f"{LTI}for_user"), "user_id"),
        only=(Message.REVIEW,),
    ),
    _Required(
        "line_item_missing", "lineitem", lambda claims: text(member(claims, GRADES), "lineitem"), only=(Message.REVIEW,)
    ),
    # The core allows anonymous launches; a result has to be somebody's.
    _Required("no_user", "sub", lambda claims: text(claims, "sub")),
)


def _missing(claims: Claims, message: Message | None) -> Iterator[_Required]:
    for each in _REQUIRED:
        if (not each.only or message in each.only) and not each.is_there(claims):
            yield each


def _too_long(claims: Claims) -> Iterator[str]:
    told = {
        "sub": text(claims, "sub"),
        "resource_link": text(member(claims, f"{LTI}resource_link"), "id"),
        "context": text(member(claims, f"{LTI}context"), "id"),
        "for_user": text(member(claims, f"{LTI}for_user"), "user_id"),
    }
    yield from (name for name, value in told.items() if len(value) > _LONGEST_ID)
    if len(text(claims, f"{LTI}deployment_id")) > _LONGEST_DEPLOYMENT_ID:
        yield "deployment_id"


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


# --- by message -----------------------------------------------------------------------------


def _selection(claims: Claims) -> Complaint:
    if not is_safe_return(text(_settings(claims), "deep_link_return_url")):
        return Complaint("return_unsafe", "deep_link_return_url")
    if "ltiResourceLink" not in texts(_settings(claims), "accept_types"):
        return Complaint("links_not_accepted", "accept_types")
    # No role at all chooses nothing either.
    code = why_not(Message.SELECTION, read_roles13(texts(claims, f"{LTI}roles")))
    return Complaint("instructors_only", "roles") if code else Complaint()


def _review(claims: Claims) -> Complaint:
    teaches = not why_not(Message.SELECTION, read_roles13(texts(claims, f"{LTI}roles")))
    own = text(claims, "sub") == text(member(claims, f"{LTI}for_user"), "user_id")
    return Complaint() if teaches or own else Complaint("not_your_submission", "roles")


_CHECKS = {Message.SELECTION: _selection, Message.REVIEW: _review}
