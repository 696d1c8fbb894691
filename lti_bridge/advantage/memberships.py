"""The members of a course, read from its platform (Names and Role Provisioning Services 2.0).

Platforms leave out nearly everything that may be left out, so a member is whoever has a user id.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode, urlsplit

from lti_bridge import http
from lti_bridge.advantage import paging, scopes
from lti_bridge.advantage.problems import ServiceProblem
from lti_bridge.models import Lti13Registration

ACCEPT = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
#: Members on a page; Schoology gives no more. A platform that is not asked may put a whole university on one.
LIMIT = 100
#: Seconds for all pages together.
DEADLINE = 90.0

_LONGEST_ID = 500
_MOST_SECTIONS = 50
_LONGEST_SECTION = 200
#: Where platforms and drafts of the standard tell sections and groups.
_SECTIONS = ("group_enrollments", "groups", "sections", "section", "lis_course_section_sourcedid")
_SECTION_NAMES = ("name", "title", "label", "group_id", "id")
_STATUS = re.compile(r"[#/:]")


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a course. ``status``: active, inactive or deleted. What the platform keeps to itself is empty."""

    user_id: str
    status: str = "active"
    roles: frozenset[str] = frozenset()
    given_name: str = ""
    family_name: str = ""
    full_name: str = ""
    email: str = field(default="", repr=False)
    sections: tuple[str, ...] = ()


def read(registration: Lti13Registration, url: str, *, deadline: float = DEADLINE) -> list[Member]:
    """All members of a course, each once. Raises ``ServiceProblem``: not_permitted, no_roster, busy, unavailable,
    refused, not_an_answer, and those of a call.
    """
    found: dict[str, Member] = {}
    pages = paging.pages(
        registration, (scopes.MEMBERSHIP_READONLY,), _with(url, {"limit": str(LIMIT)}), accept=ACCEPT, deadline=deadline
    )
    for page in pages:
        for member in _members(page):
            found[member.user_id] = _joined(found[member.user_id], member) if member.user_id in found else member
    return list(found.values())


def _with(url: str, asked: Mapping[str, str]) -> str:
    """The address with parameters appended that it does not have yet; what it has stays letter by letter."""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ServiceProblem("bad_url", "The address of the roster cannot be read.") from None
    new = {name: value for name, value in asked.items() if not re.search(rf"(^|&){name}=", parts.query)}
    query = "&".join(filter(None, (parts.query, urlencode(new))))
    return parts._replace(query=query).geturl()


def _members(page: http.Answer) -> Iterable[Member]:
    if not 200 <= page.status < 300:
        raise _refusal(page)
    container = paging.json_of(page)
    listed = container.get("members") if isinstance(container, dict) else None
    if not isinstance(listed, list):
        raise ServiceProblem("not_an_answer", "The service answered without a list of members.", status=page.status)
    return [member for raw in listed if isinstance(raw, dict) and (member := _member(raw))]


def _refusal(page: http.Answer) -> ServiceProblem:
    codes = {401: "not_permitted", 403: "not_permitted", 404: "no_roster", 410: "no_roster", 429: "busy"}
    code = codes.get(page.status, "unavailable" if page.status >= 500 else "refused")
    return ServiceProblem(code, f"The service answered HTTP {page.status}.", status=page.status)


def _member(raw: Mapping[str, Any]) -> Member | None:
    """A member as told; None without an id that can be kept. An id is never cut or mended: that would be another's."""
    user_id = raw.get("user_id")
    if isinstance(user_id, Decimal):  # a number, where a platform's ids are numbers
        user_id = str(user_id)
    if not isinstance(user_id, str) or not user_id.strip() or len(user_id) > _LONGEST_ID or _kept(user_id) != user_id:
        return None
    email = _text(raw, "email").strip()
    return Member(
        user_id=user_id,
        status=_status(raw),
        roles=frozenset(_texts(raw.get("roles"))),
        given_name=_text(raw, "given_name")[:300],
        family_name=_text(raw, "family_name")[:300],
        full_name=_text(raw, "name")[:600],
        email=email if len(email) <= 320 else "",
        sections=_sections(raw),
    )


def _status(raw: Mapping[str, Any]) -> str:
    """Active when nothing is said, or nothing known (§2.2): also as a URI, and in small letters."""
    said = _STATUS.split(_text(raw, "status").strip())[-1].lower()
    return said if said in ("inactive", "deleted") else "active"


def _sections(raw: Mapping[str, Any]) -> tuple[str, ...]:
    names: list[str] = []
    for place in _SECTIONS:
        told = raw.get(place)
        for each in told if isinstance(told, list) else [told]:
            named = [_text(each, name) for name in _SECTION_NAMES] if isinstance(each, dict) else _texts(each)
            names += [name[:_LONGEST_SECTION] for name in named if name][:1]
    return tuple(dict.fromkeys(names))[:_MOST_SECTIONS]


def _joined(one: Member, other: Member) -> Member:
    """The same person twice, as where each enrolment has a row of its own: in the course if one of them says so."""
    statuses = (one.status, other.status)
    return Member(
        user_id=one.user_id,
        status=next(status for status in ("active", "inactive", "deleted") if status in statuses),
        roles=one.roles | other.roles,
        given_name=one.given_name or other.given_name,
        family_name=one.family_name or other.family_name,
        full_name=one.full_name or other.full_name,
        email=one.email or other.email,
        sections=tuple(dict.fromkeys((*one.sections, *other.sections)))[:_MOST_SECTIONS],
    )


def _text(raw: Mapping[str, Any], name: str) -> str:
    value = raw.get(name)
    return _kept(value) if isinstance(value, str) else ""


def _texts(value: object) -> list[str]:
    listed = value if isinstance(value, list) else [value]
    return [_kept(each) for each in listed if isinstance(each, str)]


def _kept(text: str) -> str:
    """A text without what no database keeps: NUL, and halves of characters."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode()
