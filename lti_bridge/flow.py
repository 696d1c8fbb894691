"""The spine: from a launch to a wanted grade, one function an arrow.

======= ========================= =======================================================
verb    takes → gives             where
======= ========================= =======================================================
verify  request → ``Launch``      ``launch/``
resolve Launch → ``Placement``    here, with ``placements``
open    Placement → an action     here, with ``attempts``, ``providers/`` and ``relay/``
receive a message → event         here: committed first, alone
read    event → reports           here, with ``providers/``
record  report → grade → cell     ``recording``, with ``attempts`` and ``gradebook``
deliver cell → the LMS            ``delivery/``
======= ========================= =======================================================
"""

from collections.abc import Sequence
from contextlib import nullcontext

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lti_bridge import attempts, carried_over, columns, looks, openings, placements, recording, whole_looks
from lti_bridge.errors import AlreadyReceived, AttemptIsOver, CannotOpen
from lti_bridge.known import look_up
from lti_bridge.launch.launch import Known, Launch
from lti_bridge.models import (
    UNFINISHED,
    Account,
    Activity,
    Attempt,
    EventSource,
    EventState,
    LaunchRecord,
    ProviderEvent,
)
from lti_bridge.placements import Placement
from lti_bridge.providers import provider_of
from lti_bridge.providers.actions import Action, RelayLaunch
from lti_bridge.providers.reports import GradeReport, HintMessage, Message, PollMessage
from lti_bridge.relay import launching, outcomes, scores

# --- resolve --------------------------------------------------------------------------------


def resolve(launch: Launch, slug: str = "") -> Placement:
    """Find what a launch is about, and keep what it newly tells: the person, the link, where grades go.

    ``slug``: the activity that the launch address names, if any. Raises ``CannotOpen`` when the activity is not to be
    had; then nothing new is kept but the launch record.
    """
    if launch.former:
        carried_over.carry_over(launch, launch.former)
    known = launch.known or look_up(launch.platform, launch.course, launch.link, launch.person)
    # Where all is known there is nothing to make, and a transaction would only cost two round trips.
    with nullcontext() if known.learner and known.link else transaction.atomic():
        return _keep(launch, slug, known)


def _keep(launch: Launch, slug: str, known: Known) -> Placement:
    person = placements.keep_person(known.learner, launch)
    link = known.link
    if launch.link and not launch.looks_back:
        link = placements.keep_link(known.link, launch, launch.link)
    bound = activity = link.activity if link else None
    if not launch.looks_back:
        activity = placements.find_activity(launch, slug, link, barred=known.barred)
        if link:
            columns.keep_addresses(launch, person, link, known)
    if (launch.record.learner_id, launch.record.resource_link_id) != (person.pk, link.pk if link else None):
        LaunchRecord.objects.filter(pk=launch.record.pk).update(learner=person, resource_link=link)
    launch.record.learner, launch.record.resource_link = person, link
    attempt = known.attempt if activity == bound else placements.newest_attempt(person, link, activity)
    custom = openings.keep_custom(launch, activity)
    return Placement(launch.record, person, link, activity, attempt, launch.locale, custom)


# --- open -----------------------------------------------------------------------------------


def opens_directly(placement: Placement) -> bool:
    """Whether a learner's launch goes straight to the provider: no finished attempt stands in between."""
    if placement.activity is None or not _sits_a_test(placement.activity):
        return True
    return placement.attempt is None or placement.attempt.state in UNFINISHED


def open_activity(placement: Placement, *, another: bool = False) -> Action:
    """Open the activity for the learner: begin or go on with an attempt, and say what the browser does next.

    ``another``: begin a new attempt after a finished one. Raises ``CannotOpen`` when there is nothing to open, when the
    learner's attempts are used up, or when the provider lacks something; ``ProviderError`` when the provider refuses.
    """
    activity = placement.activity
    if activity is None or placement.link is None:
        raise CannotOpen("not_set_up_yet", _("Your teacher has not chosen what this link opens yet."))
    sits = _sits_a_test(activity)
    attempt = attempts.sit(placement, activity, another=another) if sits else placement.attempt
    opening = openings.opening_of(placement, activity, placement.link, attempt)
    try:
        action = provider_of(activity.account.provider).open(opening)
    except AttemptIsOver:
        if attempt:
            looks.soon(attempt, activity.account)
        raise
    if isinstance(action, RelayLaunch):
        action = launching.launch(opening, action, framed_by=placement.record.details.get("origins", ()))
    if sits and attempt:
        attempts.opened(attempt)
        looks.begin(attempt, activity.account)
        whole_looks.begin(attempt, activity.account)
    return action


def _sits_a_test(activity: Activity) -> bool:
    return provider_of(activity.account.provider).actions[activity.action].sits_a_test


# --- receive --------------------------------------------------------------------------------


def receive(
    account: Account,
    source: EventSource,
    *,
    attempt: Attempt | None = None,
    nonce: str | None = None,
    body: str = "",
    query: str = "",
    reference: str = "",
) -> ProviderEvent:
    """Keep a provider's message word for word, in a transaction of its own, before anybody understands it.

    ``nonce``: single-use within the account. Raises :class:`AlreadyReceived` when it was used before.
    """
    raw = {"raw_body": body, "raw_query": query, "reference": reference, "received_at": timezone.now()}
    event = ProviderEvent(account=account, attempt=attempt, source=source, nonce=nonce, **raw)
    try:
        with transaction.atomic():
            event.save(force_insert=True)
    except IntegrityError:
        raise AlreadyReceived from None
    return event


# --- read -----------------------------------------------------------------------------------


def understand(event: ProviderEvent) -> None:
    """Read an event through its provider and record what it reports, all in one transaction; twice has one effect.

    Raises what ``relay.outcomes``, ``relay.scores`` or the provider refuses it with.
    """
    message, reports = _read(event)
    attempt = message.attempt if message else event.attempt
    with transaction.atomic():
        for report in reports:
            attempt = record(report, event)
        done = {"state": EventState.READ, "reason": "", "reads": F("reads") + 1, "attempt": attempt}
        ProviderEvent.objects.filter(pk=event.pk).update(**done)
        if event.source == EventSource.WEBHOOK:
            whole_looks.hear(event)
        if attempt and looks.are_due(message):
            looks.soon(attempt, event.account)
            whole_looks.soon_for(attempt)


def understand_together(events: Sequence[ProviderEvent]) -> None:
    """The same for answers to our own questions, each about another cell; where one of them fails, none is recorded."""
    told = [(report, event) for event in events for report in _read(event)[1]]
    with transaction.atomic():
        recording.record(told)
        done = {"state": EventState.READ, "reason": "", "reads": F("reads") + 1}
        ProviderEvent.objects.filter(pk__in=[event.pk for event in events]).update(**done)


def _read(event: ProviderEvent) -> tuple[Message | None, list[GradeReport]]:
    message = _message_of(event)
    return message, provider_of(event.account.provider).read(message) if message else []


def _message_of(event: ProviderEvent) -> Message | None:
    if event.source == EventSource.OUTCOME:
        return outcomes.message_of(event)
    if event.source == EventSource.SCORE:
        return scores.message_of(event)
    if event.attempt is None:
        return None
    if event.source == EventSource.POLL:
        return PollMessage(event.account, event.attempt, event.raw_body, event.received_at)
    return HintMessage(event.account, event.attempt, event.source, event.received_at)


# --- record ---------------------------------------------------------------------------------


def record(report: GradeReport, event: ProviderEvent | None = None) -> Attempt:
    """Write a report into the ledger, move its attempt on, and let the cell want what follows. Gives the attempt."""
    return recording.record([(report, event)])[0]
