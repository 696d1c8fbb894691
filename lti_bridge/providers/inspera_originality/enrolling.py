"""The members of a course become users at Originality, where the account says so. Documents need no users.

Members are those of the roster as it was last read from the LMS. Who is a user is remembered, so nobody is made twice.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lti_bridge.errors import CannotOpen, ProviderRefused
from lti_bridge.models import Account, Candidate, Learner, Membership
from lti_bridge.providers import records
from lti_bridge.providers.actions import Page
from lti_bridge.providers.base import Opening
from lti_bridge.providers.inspera_originality.answers import look_up, text
from lti_bridge.providers.inspera_originality.client import ask
from lti_bridge.providers.inspera_originality.parameters import COURSES
from lti_bridge.providers.inspera_originality.settings import makes_users
from lti_bridge.providers.inspera_originality.values import EMAIL, NAME, WORDS

#: People in one opening: somebody waits before the screen, and each costs two requests.
TOGETHER = 20


def create_users(opening: Opening) -> Page:
    """Make users of the course's members, and say how many there are now. Raises ``CannotOpen``, ``ProviderError``."""
    account = opening.account
    if not opening.teaches or not makes_users(account):
        raise CannotOpen(
            "users_not_made",
            gettext_lazy("This account makes no users at the similarity check."),
            gettext_lazy("Nothing is wrong: documents can be handed in without."),
        )
    members = _members(opening)
    known = set(_known(account, members))
    fit = [each for each in members if each.pk not in known and _is_fit(each)]
    courses = WORDS.read(opening.activity.parameters.get(COURSES)) or []
    with records.recorded(account, "create_users", teacher=opening.learner, resource_link=opening.resource_link):
        for member in fit[:TOGETHER]:
            _make(account, member, courses)
    done = len(known) + len(fit[:TOGETHER])
    told = {"done": done, "all": len(members), "left": len(members) - len(known) - len(fit)}
    words = _("%(done)s of %(all)s members are users now. %(left)s have no e-mail address or no fitting names.") % told
    more = _("Open the link again for the next ones.") if len(fit) > TOGETHER else ""
    return Page("pages/message.html", {"text": f"{words} {more}".strip()})


def _members(opening: Opening) -> list[Learner]:
    rows = Membership.objects.filter(context=opening.resource_link.context_id, status=Membership.Status.ACTIVE)
    members = [row.learner for row in rows.select_related("learner").order_by("pk") if "learner" in row.roles]
    if not members:
        raise CannotOpen(
            "no_roster",
            gettext_lazy("The roster of this course is not known here."),
            gettext_lazy("Read the roster from your learning platform first, then try again."),
        )
    return members


def _known(account: Account, members: list[Learner]) -> list[int]:
    rows = Candidate.objects.filter(account=account, learner__in=members).exclude(provider_candidate_id="")
    return list(rows.values_list("learner_id", flat=True))


def _is_fit(learner: Learner) -> bool:
    """Whether Originality takes somebody of these names and that address."""
    names = NAME.read(learner.given_name), NAME.read(learner.family_name)
    return None not in names and EMAIL.read(learner.email) is not None


def _make(account: Account, learner: Learner, courses: list[str]) -> None:
    told = _find(account, learner.email)
    if told is None:
        person: dict[str, Any] = {
            "firstName": learner.given_name.strip(),
            "lastName": learner.family_name.strip(),
            "email": learner.email.strip(),
            "role": "Student",
        }
        told = ask(account, "create_user", body=person | ({"courses": courses} if courses else {}))
    candidate, _made = Candidate.objects.get_or_create(learner=learner, account=account)
    candidate.provider_candidate_id = _id_in(told)[:200]
    candidate.save(update_fields=["provider_candidate_id"])


def _find(account: Account, email: str) -> Any:
    try:
        return ask(account, "get_user", {"email": email.strip()})
    except ProviderRefused as refused:
        if refused.code != "not_found":
            raise
        return None


def _id_in(told: Any) -> str:
    # Without an id the person counts as made all the same: the address is known there now.
    return (text(look_up(told, "id", "userId")) if isinstance(told, Mapping) else "") or "?"
