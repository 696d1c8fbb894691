"""How a learner gets into a test: known to Inspera, assigned to the test, then sent in.

Three calls for the first opening, none for later ones. Whatever is asked for twice has one effect: people and tests are
found again by ids of ours.
"""

import re
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lti_bridge.errors import CannotOpen, ProviderError, ProviderRefused
from lti_bridge.models import Account, Attempt, Candidate, Learner, ProviderTest, ResourceLink
from lti_bridge.providers import troubles
from lti_bridge.providers.actions import Action, Redirect, RelayLaunch
from lti_bridge.providers.base import Opening
from lti_bridge.providers.inspera_assessment.client import PATIENT, QUICK, ask
from lti_bridge.providers.inspera_assessment.endpoints import key_of, renamed
from lti_bridge.providers.inspera_assessment.parameters import EXTRA_TIME, MINUTES, OF_NEW_TEST, is_on
from lti_bridge.providers.inspera_assessment.settings import (
    auth_type,
    entry,
    entry_url,
    external_id_template,
    has_api,
    launch_url,
    lti13_tool,
)
from lti_bridge.providers.names import given_and_family
from lti_bridge.providers.turns import turn

#: In an attempt's details: assigned to the test, with so many minutes of extra time.
ASSIGNED = "assigned"
#: In an attempt's details: the minutes that somebody gave by hand, which stand whatever a launch says.
GIVEN = "given"
#: In the details of a test that was made here: what was done about it already.
READY, OPTIONS, ACTIVE = "ready", "options", "active"
NOT_ACTIVE = "test_not_active"
_IS_ACTIVE = re.compile(r"already\s+activ", re.IGNORECASE)
_USER_IDS = ("userId", "id", "sourcedId")
_TEST_IDS = ("assessmentRunId", "testId", "id")


def take_test(opening: Opening) -> Action:
    """The browser goes into the test. Raises ``CannotOpen`` and ``ProviderError``."""
    attempt = opening.attempt
    if attempt is None:
        raise CannotOpen("attempt_missing", _("This test cannot be opened."), _("Please tell your teacher."))
    test_id = str(opening.activity.parameters.get("test_id", ""))
    if has_api(opening.account):
        candidate, _made = Candidate.objects.get_or_create(learner=opening.learner, account=opening.account)
        if attempt.candidate_id != candidate.pk:
            attempt.candidate = candidate
            attempt.save(update_fields=["candidate"])
        of_launch = extra_time(opening)
        with turn(candidate):
            attempt.refresh_from_db(fields=["provider_attempt_id", "provider_details"])
            candidate.refresh_from_db(fields=["provider_candidate_id", "known_as"])
            minutes = _given(attempt) or of_launch
            if attempt.provider_details.get(ASSIGNED) != minutes:
                _assign(opening, attempt, candidate, minutes)
        test_id = attempt.provider_attempt_id
    return way_in(opening, test_id)


def way_in(opening: Opening, test_id: str) -> Action:
    """How the browser gets to Inspera, by the account's settings."""
    account = opening.account
    if entry(account) == "url":
        return Redirect(entry_url(account, test_id))
    custom = {str(name): str(value) for name, value in opening.activity.parameters.get("custom", {}).items()}
    tool = lti13_tool(account) if entry(account) == "lti13" else None
    return RelayLaunch(launch_url(account.settings), custom, tool)


def extra_time(opening: Opening) -> str:
    """Minutes of extra time that the launch asks for, where the activity lets it; "0" otherwise.

    Raises ``CannotOpen`` for what is no number of minutes: extra time must not get lost silently.
    """
    told = opening.custom.get(EXTRA_TIME, "").strip()
    if not told or told.startswith("$"):
        return "0"
    minutes = MINUTES.read(told)
    if minutes is None:
        raise CannotOpen(
            "launch_parameter_wrong",
            _("Your course opens this test with a setting that the test does not understand."),
            _("Please tell your teacher: a custom parameter of the link is wrong."),
            detail=f"custom parameter {EXTRA_TIME} must be {MINUTES.words}",
        )
    return str(minutes)


# --- the steps ------------------------------------------------------------------------------


def _assign(opening: Opening, attempt: Attempt, candidate: Candidate, minutes: str) -> None:
    account = opening.account
    find_candidate(account, candidate, opening.learner)
    test_id = attempt.provider_attempt_id or test_for(opening)
    attempt.provider_attempt_id = test_id
    attempt.save(update_fields=["provider_attempt_id"])
    # Told where there is any, and where there is none any more.
    is_told = minutes != "0" or attempt.provider_details.get(ASSIGNED, "0") != "0"
    row = row_of(account, opening.learner, candidate, int(minutes) if is_told else None)
    add_candidates(account, test_id, [row])
    attempt.provider_details = {**attempt.provider_details, ASSIGNED: minutes}
    attempt.save(update_fields=["provider_details"])


def _given(attempt: Attempt) -> str | None:
    """Minutes that somebody gave by hand: for this attempt, or for the one before it."""
    before = Attempt.objects.filter(
        learner=attempt.learner_id, resource_link=attempt.resource_link_id, number=attempt.number - 1
    )
    own = attempt.provider_details.get(GIVEN)
    if own or attempt.number == 1:
        return str(own) if own else None
    return next((str(told[GIVEN]) for told in before.values_list("provider_details", flat=True) if GIVEN in told), None)


def find_candidate(account: Account, candidate: Candidate, learner: Learner) -> None:
    """Make the learner known to Inspera, or find them there, and keep who they are."""
    external_id = external_id_of(account, learner)
    if candidate.provider_candidate_id and candidate.known_as == external_id:
        return
    given, family = given_and_family(learner)
    values = {
        "externalId": external_id,
        "externalSystem": auth_type(account),
        "firstName": given or external_id,
        "lastName": family or external_id,
        "email": learner.email.strip(),
    }
    told = {name: value for name, value in values.items() if value}
    answer = ask(account, "create_or_update_student", body=renamed(account, "student", told), patience=PATIENT)
    candidate.known_as = external_id
    candidate.provider_candidate_id = _id_in(answer, _USER_IDS) or _found(account, external_id)
    candidate.save(update_fields=["known_as", "provider_candidate_id"])


def _found(account: Account, external_id: str) -> str:
    """Inspera's own id of somebody; empty when it does not tell. Results name people by our id too."""
    parts = {"auth_type": auth_type(account), "external_id": external_id}
    try:
        answer = ask(account, "find_user", parts, query={"includeStudent": "True"}, patience=QUICK)
    except ProviderRefused:
        return ""
    return _id_in(answer, _USER_IDS)


def test_for(opening: Opening) -> str:
    """The activity's test, or the one made for this link: at the first opening, by whoever opens it first."""
    parameters, account, link = opening.activity.parameters, opening.account, opening.resource_link
    if test_id := str(parameters.get("test_id", "")):
        return test_id
    template = str(parameters["sourceTemplateId"])
    rows = ProviderTest.objects.filter(account=account, resource_link=link)
    row = next((each for each in rows if each.details.get("sourceTemplateId") == template), None)
    row = row or _create(opening, template)
    _make_ready(opening, row)
    return row.provider_test_id


def _create(opening: Opening, template: str) -> ProviderTest:
    account, parameters = opening.account, opening.activity.parameters
    told = {name: kind.read(parameters[name]) for name, kind in OF_NEW_TEST.items() if name in parameters}
    values: dict[str, Any] = {
        "externalTestId": external_test_id(opening.resource_link, template),
        "title": opening.activity.title,
        "sourceTemplateId": int(template) if template.isdigit() else template,
        **told,
    }
    body = renamed(account, "test", values)
    answer = ask(account, "create_or_update_test", query={"isExternal": "true"}, body=body, patience=PATIENT)
    test_id = _id_in(answer, (key_of(account, "test.assessmentRunId"), *_TEST_IDS))
    if not test_id:
        raise _no_use_of_it("create_or_update_test")
    # Kept at once: what is left to do may fail, and is then gone on with, not begun anew.
    row, _made = ProviderTest.objects.update_or_create(
        account=account,
        provider_test_id=test_id,
        defaults={"resource_link": opening.resource_link},
        create_defaults={
            "resource_link": opening.resource_link,
            "details": {"sourceTemplateId": template, READY: []},
        },
    )
    return row


def _make_ready(opening: Opening, row: ProviderTest) -> None:
    """What a new test needs before anybody can sit it: its options, then that it is active. Each is done once."""
    parameters = opening.activity.parameters
    # Who has no such list was ready before there was one.
    done = row.details.get(READY, [OPTIONS, ACTIVE])
    if (options := parameters.get("testOptions")) and OPTIONS not in done:
        _set_options(row, options)
    if is_on(parameters, "activate") and ACTIVE not in done and _activate(row):
        _note(row, ACTIVE)


def _set_options(row: ProviderTest, options: Any) -> None:
    """Before it is active: then security cannot be changed any more."""
    parts = {"test_id": row.provider_test_id}
    try:
        ask(row.account, "set_test_options", parts, body={"testOptions": options}, patience=PATIENT)
    except ProviderRefused:
        row.refresh_from_db(fields=["details"])
        # Somebody who opened it at the same moment was faster, and has it active by now.
        if OPTIONS not in row.details.get(READY, ()):
            raise
    _note(row, OPTIONS)


def _activate(row: ProviderTest) -> bool:
    """Whether the test is active now. Where it is not, it is tried again at the next opening."""
    account = row.account
    try:
        ask(account, "activate_test", {"test_id": row.provider_test_id}, body={}, patience=PATIENT)
    except ProviderRefused as refused:
        if refused.code not in ("conflict", "not_accepted"):
            raise
        if refused.code == "not_accepted" and not _IS_ACTIVE.search(refused.provider_message):
            troubles.note(account, NOT_ACTIVE, f"Test {row.provider_test_id}: {refused.provider_message}")
            return False
    troubles.clear(account, [NOT_ACTIVE])
    return True


@transaction.atomic
def _note(row: ProviderTest, step: str) -> None:
    locked = ProviderTest.objects.select_for_update().get(pk=row.pk)
    locked.details = {**locked.details, READY: sorted({*locked.details.get(READY, ()), step})}
    locked.save(update_fields=["details"])


def add_candidates(account: Account, test_id: str, rows: list[dict[str, Any]]) -> None:
    """Assign candidates to a test, or change their extra time."""
    body = {
        key_of(account, "candidates.authenticationSystem"): auth_type(account),
        key_of(account, "candidates.candidates"): rows,
    }
    ask(account, "add_candidates", {"test_id": test_id}, body=body, patience=PATIENT)


def row_of(account: Account, learner: Learner, candidate: Candidate, minutes: int | None = None) -> dict[str, Any]:
    """A learner as a line of a list of candidates. ``minutes`` of extra time; None where nothing is said of it."""
    given, family = given_and_family(learner)
    values: dict[str, Any] = {
        "externalId": candidate.known_as or external_id_of(account, learner),
        "firstName": given,
        "lastName": family,
        "email": learner.email.strip(),
    }
    told = {name: value for name, value in values.items() if value}
    return renamed(account, "candidate", told if minutes is None else {**told, "extraTimeMins": minutes})


def external_id_of(account: Account, learner: Learner) -> str:
    """The id by which Inspera finds a learner again, by the account's template."""
    names = {
        "opaque_id": learner.opaque_id,
        "sub": learner.opaque_id,
        "user_id": learner.user_id,
        "deployment_id": str(account.settings.get("deployment_id", "1")),
        "email": learner.email.strip().lower(),
    }
    template = external_id_template(account)
    if "{email}" in template and not names["email"]:
        raise CannotOpen(
            "email_missing",
            _("The test needs your e-mail address, and your learning platform did not send it."),
            _("Ask your teacher to let this link share your e-mail address, then open it again."),
        )
    return template.format_map(names)


def external_test_id(link: ResourceLink, template: str) -> str:
    """Our id of the test that is made for a link from a template: letters, digits and dashes only."""
    return f"ltibridge-{link.pk}-{template}"


def _id_in(answer: Any, names: tuple[str, ...]) -> str:
    for told in (answer, answer.get("result") if isinstance(answer, dict) else None):
        if isinstance(told, dict):
            for name in names:
                value = told.get(name)
                if isinstance(value, str | int) and not isinstance(value, bool) and str(value):
                    return str(value)
    return ""


def _no_use_of_it(what: str) -> ProviderError:
    return ProviderRefused(
        "answer_incomplete",
        _("The test provider made a test and does not say which."),
        _("Please tell the people who look after this service: a key of the account's table may be another one."),
        detail=f"Inspera, {what}: no id in the answer",
    )
