"""The members of a course become candidates of its test, at once: who came is added, who left is taken out.

Members are those of the roster as it was last read from the LMS. Extra time that was given is told again.
"""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lti_bridge.errors import CannotOpen
from lti_bridge.models import Account, Attempt, Candidate, Learner, Membership, ProviderTest
from lti_bridge.providers import records
from lti_bridge.providers.actions import Page
from lti_bridge.providers.base import Opening
from lti_bridge.providers.inspera_assessment.client import ask
from lti_bridge.providers.inspera_assessment.endpoints import key_of
from lti_bridge.providers.inspera_assessment.entering import ASSIGNED, add_candidates, external_id_of, row_of
from lti_bridge.providers.inspera_assessment.settings import auth_type
from lti_bridge.providers.inspera_assessment.teaching import test_of

#: In a test's details: the learners that were assigned from the roster.
ENROLLED = "enrolled"
#: People in one request.
TOGETHER = 200


def enrol_course(opening: Opening) -> Page:
    """Assign the members of the course, and say how many came and went. Raises ``CannotOpen`` and ``ProviderError``."""
    test_id = test_of(opening)
    if not opening.teaches or not test_id:
        raise CannotOpen(
            "nothing_to_enrol_in",
            gettext_lazy("There is no test yet that the course could be enrolled in."),
            gettext_lazy("Open the test once from the course, then try again."),
        )
    account = opening.account
    row, _made = ProviderTest.objects.get_or_create(account=account, provider_test_id=test_id)
    members = _members(opening)
    with records.recorded(account, "enrol_course", teacher=opening.learner, resource_link=opening.resource_link):
        gone = Learner.objects.filter(pk__in=set(row.details.get(ENROLLED, ())) - {each.pk for each in members})
        _add(account, test_id, members)
        _remove(account, test_id, gone)
        _remember(row, [each.pk for each in members])
    added = ngettext(
        "%(number)s member of the course is a candidate now.",
        "%(number)s members of the course are candidates now.",
        len(members),
    ) % {"number": len(members)}
    removed = _("%(number)s who left: taken out.") % {"number": len(gone)}
    text = f"{added} {removed}" if gone else added
    return Page("pages/message.html", {"text": text})


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


def _add(account: Account, test_id: str, members: list[Learner]) -> None:
    minutes = _extra_time(account, test_id)
    for start in range(0, len(members), TOGETHER):
        rows = []
        for learner in members[start : start + TOGETHER]:
            candidate, _made = Candidate.objects.get_or_create(learner=learner, account=account)
            candidate.known_as = candidate.known_as or external_id_of(account, learner)
            candidate.save(update_fields=["known_as"])
            rows.append(row_of(account, learner, candidate, minutes.get(learner.pk, 0)))
        add_candidates(account, test_id, rows)


def _extra_time(account: Account, test_id: str) -> dict[int, int]:
    attempts = Attempt.objects.filter(candidate__account=account, provider_attempt_id=test_id)
    told = attempts.values_list("learner_id", "provider_details")
    return {learner: int(details[ASSIGNED]) for learner, details in told if str(details.get(ASSIGNED, "")).isdigit()}


def _remove(account: Account, test_id: str, gone: Iterable[Learner]) -> None:
    rows: list[dict[str, Any]] = [
        {key_of(account, "candidate.externalId"): external_id_of(account, learner)} for learner in gone
    ]
    for start in range(0, len(rows), TOGETHER):
        body = {
            key_of(account, "candidates.authenticationSystem"): auth_type(account),
            key_of(account, "candidates.candidates"): rows[start : start + TOGETHER],
        }
        ask(account, "remove_candidates", {"test_id": test_id}, body=body)


@transaction.atomic
def _remember(row: ProviderTest, members: list[int]) -> None:
    locked = ProviderTest.objects.select_for_update().get(pk=row.pk)
    locked.details = {**locked.details, ENROLLED: members}
    locked.save(update_fields=["details"])
