"""The members of a course become candidates of its test, at once: who came is added, who left is taken out.

Members are those of the roster as it was last read from the LMS. Extra time that was given is told again.
"""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lti_bridge.errors import CannotOpen
from lti_bridge.models import Account, Attempt, Candidate, Learner, Membership, ProviderTest
from lti_bridge.providers import records
from lti_bridge.providers.actions import Page
from lti_bridge.providers.base import Opening
from lti_bridge.providers.inspera_assessment.client import PATIENT, ask
from lti_bridge.providers.inspera_assessment.endpoints import key_of
from lti_bridge.providers.inspera_assessment.entering import ASSIGNED, add_candidates, external_id_of, row_of, test_for
from lti_bridge.providers.inspera_assessment.settings import auth_type
from lti_bridge.providers.inspera_assessment.teaching import test_of

#: In a test's details: the learners that were assigned from the roster of each course, by the course's row.
ENROLLED = "enrolled"
#: People in one request.
TOGETHER = 200


def enrol_course(opening: Opening) -> Page:
    """Assign the members of the course, and say how many came and went. Raises ``CannotOpen`` and ``ProviderError``."""
    account, course = opening.account, str(opening.resource_link.context_id)
    test_id = _test(opening)
    row, _made = ProviderTest.objects.get_or_create(account=account, provider_test_id=test_id)
    members = _members(opening)
    with records.recorded(account, "enrol_course", teacher=opening.learner, resource_link=opening.resource_link):
        gone = _gone(row, course, members)
        _add(account, test_id, members)
        _remove(account, test_id, gone)
        _remember(row, course, [each.pk for each in members])
    added = ngettext(
        "%(number)s member of the course is a candidate now.",
        "%(number)s members of the course are candidates now.",
        len(members),
    ) % {"number": len(members)}
    removed = _("%(number)s who left: taken out.") % {"number": len(gone)}
    text = f"{added} {removed}" if gone else added
    return Page("pages/message.html", {"text": text})


def _test(opening: Opening) -> str:
    """The test of the activity; made now where the activity makes one and nobody has opened it yet."""
    if opening.teaches:
        if test_id := test_of(opening):
            return test_id
        if "sourceTemplateId" in opening.activity.parameters:
            return test_for(opening)
    raise CannotOpen(
        "nothing_to_enrol_in",
        gettext_lazy("There is no test yet that the course could be enrolled in."),
        gettext_lazy("Tell the people who look after this service: the activity names no test."),
    )


def _gone(row: ProviderTest, course: str, members: list[Learner]) -> list[Candidate]:
    """Who was assigned from this course and is in it no more, nor in another course of the test."""
    enrolled = _enrolled(row)
    there = {each.pk for each in members}.union(*(pks for name, pks in enrolled.items() if name != course))
    gone = set(enrolled.get(course, ())) - there
    return list(Candidate.objects.filter(account=row.account, learner__in=gone).exclude(known_as=""))


def _enrolled(row: ProviderTest) -> dict[str, list[int]]:
    told = row.details.get(ENROLLED, {})
    # It was one list for all courses once, of which nobody can say who came from where.
    return told if isinstance(told, dict) else {}


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
            rows.append(row_of(account, learner, candidate, minutes.get(learner.pk)))
        add_candidates(account, test_id, rows)


def _extra_time(account: Account, test_id: str) -> dict[int, int]:
    attempts = Attempt.objects.filter(candidate__account=account, provider_attempt_id=test_id)
    told = attempts.values_list("learner_id", "provider_details")
    given = {learner: str(details.get(ASSIGNED, "")) for learner, details in told}
    return {learner: int(minutes) for learner, minutes in given.items() if minutes.isdigit() and minutes != "0"}


def _remove(account: Account, test_id: str, gone: list[Candidate]) -> None:
    rows: list[dict[str, Any]] = [{key_of(account, "candidate.externalId"): each.known_as} for each in gone]
    for start in range(0, len(rows), TOGETHER):
        body = {
            key_of(account, "candidates.authenticationSystem"): auth_type(account),
            key_of(account, "candidates.candidates"): rows[start : start + TOGETHER],
        }
        ask(account, "remove_candidates", {"test_id": test_id}, body=body, patience=PATIENT)
    # Who comes back is assigned again.
    for attempt in Attempt.objects.filter(candidate__in=gone, provider_attempt_id=test_id):
        attempt.provider_details = {name: told for name, told in attempt.provider_details.items() if name != ASSIGNED}
        attempt.save(update_fields=["provider_details"])


@transaction.atomic
def _remember(row: ProviderTest, course: str, members: list[int]) -> None:
    locked = ProviderTest.objects.select_for_update().get(pk=row.pk)
    locked.details = {**locked.details, ENROLLED: {**_enrolled(locked), course: members}}
    locked.save(update_fields=["details"])
