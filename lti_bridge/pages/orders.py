"""Files of a link's provider: which can be ordered, how far those are that were, and about whom they may be.

And what was done at the provider about the link's learners, appeals and explanations among it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from lti_bridge.acting import acts_of, has_acts
from lti_bridge.errors import ProviderError, ProviderUnavailable, Text
from lti_bridge.models import Account, Attempt, ExportState, ProviderAct, ProviderExport, ResourceLink
from lti_bridge.pages.told import outcome_of
from lti_bridge.providers import exports, provider_of
from lti_bridge.providers.files import File, People

#: What was ordered is shown for so long.
SHOWN = timedelta(days=1)
#: Of these the provider is asked how far they are, when somebody looks.
ASKED = 5
#: Of these acts the page tells.
ACTS = 100
_TONES: dict[str, str] = {ExportState.FAILED: "bad", ExportState.DONE: "good"}


@dataclass(frozen=True, slots=True)
class Order:
    """A file that was ordered. ``tone``: good, wait or bad."""

    row: ProviderExport
    label: Text
    #: The learner that it is about, if it is about one.
    learner: str

    @property
    def is_ready(self) -> bool:
        """Whether it can be had now."""
        return self.is_under_way and self.row.progress == 100

    @property
    def is_under_way(self) -> bool:
        return self.row.state in (ExportState.ORDERED, ExportState.LOADING)

    @property
    def is_being_made(self) -> bool:
        return self.is_under_way and not self.is_ready

    @property
    def tone(self) -> str:
        return "good" if self.is_ready else _TONES.get(self.row.state, "wait")

    @property
    def words(self) -> str:
        if self.is_ready:
            return _("ready")
        if self.is_under_way:
            return _("being made: %(percent)s %%") % {"percent": self.row.progress}
        if self.row.state == ExportState.DONE:
            return _("handed out")
        return _("could not be made (%(code)s)") % {"code": self.row.reason.partition(":")[0]}


@dataclass(frozen=True, slots=True)
class Done:
    """Something that was done at the provider: what, about whom, by whom, and what came of it."""

    at: datetime
    label: Text
    learner: str
    teacher: str
    details: str
    state: str
    words: str
    tone: str


def files_of(account: Account) -> Mapping[str, File]:
    """The files that an account's provider has for those who teach, by name."""
    return provider_of(account.provider).files if has_acts(account) else {}


def for_all(attempts: Iterable[Attempt]) -> dict[str, tuple[File, Attempt]]:
    """The files about all learners of a link, each with the attempt that says of which test: the newest one."""
    found: dict[str, tuple[File, Attempt]] = {}
    for attempt in sorted(attempts, key=lambda each: each.pk):
        for name, file in files_of(attempt.account).items():
            if not file.about_one and file.suits(attempt):
                found[name] = (file, attempt)
    return found


def for_one(attempt: Attempt) -> dict[str, File]:
    """The files about one attempt."""
    files = files_of(attempt.account)
    return {name: file for name, file in files.items() if file.about_one and file.suits(attempt)}


def orders_of(link: ResourceLink) -> list[Order]:
    """What was ordered at a link of late, newest first; the provider is asked how far the newest are."""
    rows = ProviderExport.objects.filter(resource_link=link, created_at__gt=timezone.now() - SHOWN)
    related = ("account", "attempt__candidate__account", "attempt__activity__account", "attempt__learner")
    orders = [
        order for row in rows.exclude(file="").select_related(*related).order_by("-pk")[:50] if (order := _order(row))
    ]
    for order in [each for each in orders if each.is_being_made][:ASKED]:
        if not ask(order.row):
            break  # somebody waits for this page, and the next question would get no answer either
    return orders


def ask(row: ProviderExport) -> bool:
    """Ask the provider how far a file is; the row says so, also when there will be none. Gives whether it answered."""
    file = files_of(row.account).get(row.file)
    if file is None or row.attempt is None:
        return True
    try:
        exports.ask(file.export(row.attempt), row)
    except ProviderUnavailable:
        return False
    except ProviderError:
        pass  # a clear no, which the row tells
    return True


def _order(row: ProviderExport) -> Order | None:
    file = files_of(row.account).get(row.file)
    if file is None or row.attempt is None:
        return None
    return Order(row, file.label, row.attempt.learner.display_name if file.about_one else "")


def people_of(link: ResourceLink, about: Attempt, *, alone: bool) -> People:
    """Those at a link who sit the same test, or the one learner: nobody else is in a file."""
    rows = Attempt.objects.filter(candidate__account=about.account, resource_link=link)
    rows = rows.filter(pk=about.pk) if alone else rows.filter(provider_attempt_id=about.provider_attempt_id)
    by_id: dict[str, str] = {}
    by_name: dict[str, str] = {}
    for attempt in rows.select_related("candidate", "learner").iterator(chunk_size=1000):
        candidate, name = attempt.candidate, attempt.learner.display_name
        if candidate and candidate.provider_candidate_id:
            by_id[candidate.provider_candidate_id] = name
        elif candidate and candidate.known_as:
            by_name[candidate.known_as] = name
    return People(about.account, by_id, by_name)


def done_at(link: ResourceLink) -> list[Done]:
    """What was done at the provider about the learners of a link, newest first."""
    rows = ProviderAct.objects.filter(resource_link=link).select_related("learner", "teacher", "account")
    return [_done(row) for row in rows.order_by("-pk")[:ACTS]]


def _done(row: ProviderAct) -> Done:
    provider = provider_of(row.account.provider)
    known = acts_of(row.account).get(row.what) or provider.files.get(row.what) or provider.actions.get(row.what)
    outcome = outcome_of(row)
    return Done(
        at=row.created_at,
        label=known.label if known else row.what,
        learner=row.learner.display_name if row.learner else "",
        teacher=row.teacher.display_name if row.teacher else row.staff,
        details="; ".join(str(each) for each in row.details.values()),
        state=row.get_state_display(),
        words=outcome.words,
        tone=outcome.tone,
    )
