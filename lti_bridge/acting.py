"""What people have done at providers: one at once, or many, one after the other, by workers.

Each is a row (``ProviderAct``) before it is done. What a worker died over, or nobody clearly answered, is never
repeated by itself: many of these things cost money or cannot be undone.
"""

import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lti_bridge import flow, looking, looks
from lti_bridge.errors import BridgeError, CannotCall
from lti_bridge.models import Account, ActState, Attempt, ProviderAct, ResourceLink
from lti_bridge.providers import provider_of, records
from lti_bridge.providers.acts import TICKED, AccountAct, AttemptAct, Blank, Told
from lti_bridge.waking import publish

log = structlog.get_logger(__name__)

#: A worker that has been at an act for so long died over it.
GIVEN_UP = timedelta(minutes=5)
#: What nobody has taken up in this time went with a process that made an archive.
ARCHIVE_GIVEN_UP = timedelta(minutes=30)


def _refresh(attempt: Attempt, _filled: Mapping[str, str]) -> Told:
    looking.look_now(attempt)
    return Told(_("The provider was asked how the test stands."))


#: The one act that every provider has whose API can be asked how an attempt stands.
REFRESH = AttemptAct(
    label=gettext_lazy("Ask for news"),
    carry_out=_refresh,
    suits=lambda attempt: provider_of(attempt.account.provider).looks.can_fetch(attempt.account, attempt),
)


def acts_of(account: Account) -> Mapping[str, AttemptAct]:
    """What can be done about attempts at an account, by name."""
    return {"refresh": REFRESH, **provider_of(account.provider).attempt_acts}


def has_acts(account: Account) -> bool:
    """Whether anything can be done at an account by its provider's API."""
    page = provider_of(account.provider).account_page
    return page is not None and page.available(account)


def suiting(attempt: Attempt) -> dict[str, AttemptAct]:
    """What can be done about an attempt as it stands now."""
    account = attempt.account
    if not has_acts(account):
        return {}
    return {name: act for name, act in acts_of(account).items() if act.suits(attempt)}


# --- one ------------------------------------------------------------------------------------


def about_attempt(attempt: Attempt, name: str, filled: Mapping[str, str], **who: Any) -> tuple[ProviderAct, str]:
    """Have something done about an attempt, now. Gives its row, which says what came of it, and where to go from here.

    ``who``: fields of the row that say who had it done. Raises ``CannotCall`` when it does not suit the attempt, or
    something is not filled in; then there is no row.
    """
    act = _act(attempt.account, name)
    if not act.suits(attempt):
        raise CannotCall("does_not_suit", [_("This cannot be done as the test stands now.")])
    row = _row(attempt, name, _checked(act.blanks, filled), **who)
    row.state, row.taken_at = ActState.UNDER_WAY, timezone.now()
    row.details = records.fit_to_keep(act.blanks, filled)
    row.save()
    return row, _carry_out(row, lambda: act.carry_out(attempt, filled))


def about_account(
    account: Account, name: str, act: AccountAct, filled: Mapping[str, str], **who: Any
) -> tuple[ProviderAct, str]:
    """Have something done about an account, now; as :func:`about_attempt`."""
    _checked(act.blanks, filled)
    row = ProviderAct.objects.create(
        account=account,
        what=name,
        state=ActState.UNDER_WAY,
        taken_at=timezone.now(),
        details=records.fit_to_keep(act.blanks, filled),
        **who,
    )
    return row, _carry_out(row, lambda: act.carry_out(account, filled))


def _carry_out(row: ProviderAct, act: Callable[[], Told]) -> str:
    """Do it, and have the row say what came of it, also when the provider refuses. Gives the address to go to."""
    told = Told("")
    try:
        with records.ending(row):
            told = act()
            row.told = str(told.sentence)
    except BridgeError:
        return ""  # the row says it, and whoever had it done reads it there
    if told.report:
        attempt = flow.record(told.report)
        if told.report.state not in looks.OVER:
            looks.soon(attempt, row.account)
    return told.url


# --- many -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the newest batch of a link is. ``refused``: rows that did not come to a good end."""

    label: Any
    total: int
    done: int
    left: int
    refused: list[ProviderAct]


def in_bulk(attempts: Iterable[Attempt], name: str, filled: Mapping[str, str], **who: Any) -> uuid.UUID | None:
    """Have something done about all of these attempts that it suits, by workers. Gives the batch; None for no attempt.

    Raises ``CannotCall`` when something is not filled in, or some of what was filled in is about nobody: then there
    are no rows.
    """
    rows = rows_of(attempts, name, filled, **who)
    for _worker in range(min(len(rows), settings.DELIVERY_WORKERS)):
        transaction.on_commit(lambda: publish(lambda: current_app.send_task("lti_bridge.tasks.carry_out_acts")))
    return rows[0].batch if rows else None


def rows_of(attempts: Iterable[Attempt], name: str, filled: Mapping[str, str], **fields: Any) -> list[ProviderAct]:
    """A row for each of these attempts that an act suits, all of one batch. Raises as :func:`in_bulk`."""
    batch, rows = uuid.uuid4(), []
    for act, suited in _suited(attempts, name):
        checked = _checked(act.blanks, filled)
        shares = act.share(suited, checked) if act.share else {each.pk: checked for each in suited}
        rows += [_row(each, name, shares[each.pk], batch=batch, **fields) for each in suited if each.pk in shares]
    return ProviderAct.objects.bulk_create(rows)


def _suited(attempts: Iterable[Attempt], name: str) -> Iterator[tuple[AttemptAct, list[Attempt]]]:
    """An act of each provider that these attempts are at, and those of them that it suits."""
    at: dict[str, list[Attempt]] = {}
    for attempt in attempts:
        at.setdefault(attempt.account.provider, []).append(attempt)
    for those in at.values():
        act = _act(those[0].account, name)
        yield act, [each for each in those if act.in_bulk and act.suits(each)]


def carry_out_waiting(*, seconds: float) -> int:
    """Do what waits, the oldest first, until time is used up. Gives how many."""
    _give_up()
    end, done = time.monotonic() + seconds, 0
    while time.monotonic() < end and (row := _claim()) is not None:
        _work(row)
        done += 1
    return done


def progress_of(link: ResourceLink) -> Progress | None:
    """How far the newest batch of a link is, for a day; None when there is none."""
    since = timezone.now() - timedelta(days=1)
    newest = ProviderAct.objects.filter(resource_link=link, created_at__gt=since).exclude(batch=None).last()
    if newest is None:
        return None
    rows = ProviderAct.objects.filter(batch=newest.batch)
    counts = dict(rows.order_by().values_list("state").annotate(Count("pk")))
    bad = rows.filter(state__in=(ActState.REFUSED, ActState.UNCLEAR)).select_related("learner")
    act = acts_of(newest.account).get(newest.what)
    return Progress(
        label=act.label if act else newest.what,
        total=sum(counts.values()),
        done=counts.get(ActState.DONE, 0),
        left=counts.get(ActState.WAITING, 0) + counts.get(ActState.UNDER_WAY, 0),
        refused=list(bad.order_by("pk")[:20]),
    )


def _claim() -> ProviderAct | None:
    """The oldest act that waits, for us alone."""
    while (row := ProviderAct.objects.filter(state=ActState.WAITING).order_by("pk").first()) is not None:
        mine = ProviderAct.objects.filter(pk=row.pk, state=ActState.WAITING)
        if mine.update(state=ActState.UNDER_WAY, taken_at=timezone.now()):
            row.state = ActState.UNDER_WAY
            return row
    return None


def address_of(row: ProviderAct) -> str:
    """Do what a row of ours says, now, and give the address that it leads to; empty where there is none."""
    row.taken_at = timezone.now()
    row.save(update_fields=["taken_at"])
    return _work(row)


def _work(row: ProviderAct) -> str:
    attempts = Attempt.objects.select_related("candidate__account", "activity__account", "learner")
    attempt = attempts.filter(pk=row.attempt_id or 0).first()

    def act() -> Told:
        # Things may have moved on while it waited.
        known = acts_of(row.account).get(row.what)
        if attempt is None or known is None or not known.suits(attempt):
            raise CannotCall("does_not_suit", [_("This cannot be done as the test stands now.")])
        return known.carry_out(attempt, row.details)

    try:
        return _carry_out(row, act)
    except Exception:  # the task boundary: the row says so, and the others go on
        log.exception("act_failed", row=row.pk)
        return ""


def _give_up() -> None:
    """What a worker died over is unclear: it may have been done."""
    now = timezone.now()
    # What waits for its turn in an archive was not taken up yet.
    died = Q(taken_at__lt=now - GIVEN_UP) | Q(taken_at=None, created_at__lt=now - ARCHIVE_GIVEN_UP)
    ProviderAct.objects.filter(died, state=ActState.UNDER_WAY).update(
        state=ActState.UNCLEAR,
        reason="workers_died",
        told=_("No clear answer came: it may have been done."),
        ended_at=now,
    )


# --- what is asked for ----------------------------------------------------------------------


def _act(account: Account, name: str) -> AttemptAct:
    act = acts_of(account).get(name)
    if act is None:
        raise CannotCall("unknown_act", [_("There is no such thing to do.")])
    return act


def _checked(blanks: Mapping[str, Blank], filled: Mapping[str, str]) -> Mapping[str, str]:
    missing = [blank.label for name, blank in blanks.items() if blank.required and not filled.get(name, "").strip()]
    if missing:
        raise CannotCall("not_filled_in", [_("%(name)s is missing.") % {"name": each} for each in missing])
    for name, blank in blanks.items():
        if blank.exactly and filled.get(name, "").strip() != str(blank.exactly):
            raise CannotCall("not_confirmed", [_("To confirm, type: %(word)s") % {"word": blank.exactly}])
        if blank.kind == "checkbox" and filled.get(name, "").strip() not in ("", TICKED):
            told = {"name": blank.label, "word": TICKED}
            raise CannotCall("not_understood", [_("%(name)s: either %(word)s, or nothing at all.") % told])
    return filled


def _row(attempt: Attempt, name: str, filled: Mapping[str, str], **fields: Any) -> ProviderAct:
    return ProviderAct(
        account=attempt.account,
        what=name,
        attempt=attempt,
        learner_id=attempt.learner_id,
        resource_link_id=attempt.resource_link_id,
        details={name: value for name, value in filled.items() if value},
        **fields,
    )
