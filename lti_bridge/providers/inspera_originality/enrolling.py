"""The members of a course become users at Originality, where the account says so. Documents need no users.

Members are those of the roster as it was last read from the LMS. Who is a user is remembered, so nobody is made twice.
Whom Originality does not take is left out, and the others go on; what it says about the account ends it. It has no way
to enrol a student who is a user already in courses: that is said.
"""

import random
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

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
#: Refusals that are about one person: names or address that it does not take, and people of another institution.
_ABOUT_ONE = ("names_not_accepted", "email_not_accepted", "other_institution")


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
    # By chance, so that those who are left out each time do not keep the others from their turn.
    turn = fit if len(fit) <= TOGETHER else random.sample(fit, TOGETHER)
    with records.recorded(account, "create_users", teacher=opening.learner, resource_link=opening.resource_link) as act:
        outcomes = [_made(account, member, courses) for member in turn]
        act.told = " ".join(_left_out(outcomes))
    done = len(known) + len(outcomes) - len([each for each in outcomes if isinstance(each, ProviderRefused)])
    told = {"done": done, "all": len(members), "left": len(members) - len(known) - len(fit)}
    words = [
        _("%(done)s of %(all)s members are users now. %(left)s have no e-mail address or no fitting names.") % told,
        *_left_out(outcomes),
        *_not_enrolled(outcomes, courses),
        *([_("Open the link again for the next ones.")] if len(fit) > TOGETHER else []),
    ]
    return Page("pages/message.html", {"text": " ".join(words)})


def _left_out(outcomes: Iterable[bool | ProviderRefused]) -> list[str]:
    """How many were refused, and why."""
    reasons = Counter(str(each.sentence) for each in outcomes if isinstance(each, ProviderRefused))
    return [
        ngettext("%(number)s was left out: %(why)s", "%(number)s were left out: %(why)s", number)
        % {"number": number, "why": why}
        for why, number in reasons.items()
    ]


def _not_enrolled(outcomes: Iterable[bool | ProviderRefused], courses: list[str]) -> list[str]:
    """How many were users before, whom nothing enrols in the courses."""
    number = sum(each is False for each in outcomes)
    if not number or not courses:
        return []
    sentence = ngettext(
        "%(number)s was a user already, and has to be enrolled in the courses at the similarity check.",
        "%(number)s were users already, and have to be enrolled in the courses at the similarity check.",
        number,
    )
    return [sentence % {"number": number}]


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


def _made(account: Account, learner: Learner, courses: list[str]) -> bool | ProviderRefused:
    """Make somebody a user: False where they were one; a refusal that is about them alone is given.

    Raises ``ProviderError`` for all others.
    """
    try:
        return _make(account, learner, courses)
    except ProviderRefused as refused:
        if refused.code not in _ABOUT_ONE:
            raise
        return refused


def _make(account: Account, learner: Learner, courses: list[str]) -> bool:
    told = _find(account, learner.email)
    is_new = told is None
    if told is None:
        person: dict[str, Any] = {
            "firstName": learner.given_name.strip(),
            "lastName": learner.family_name.strip(),
            "email": learner.email.strip(),
            "role": "Student",
        }
        told = ask(account, "create_user", body=person | ({"courses": courses} if courses else {}))
    candidate, _new = Candidate.objects.get_or_create(learner=learner, account=account)
    candidate.provider_candidate_id = _id_in(told)[:200]
    candidate.save(update_fields=["provider_candidate_id"])
    return is_new


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
