"""What an activity takes: the provider's rules, within what this service allows at all."""

from dataclasses import replace

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lti_bridge.errors import CannotOpen
from lti_bridge.models import UNFINISHED, Account, Activity, Attempt, Document, DocumentState, ResourceLink
from lti_bridge.providers import provider_of
from lti_bridge.providers.documents import Documents, Rules

#: Documents of one attempt that a provider may refuse; who goes on hands in what will never be taken.
MOST_REFUSED = 20
#: In an attempt's details: its document may come after the due date.
MAY_BE_LATE = "may_be_late"


def takes_documents(activity: Activity) -> bool:
    """Whether learners hand in documents at an activity."""
    provider = provider_of(activity.account.provider)
    kind = provider.actions.get(activity.action)
    return provider.documents is not None and kind is not None and kind.sits_a_test


def documents_at(account: Account) -> Documents:
    """How documents are passed on to an account's provider. Raises ``CannotOpen`` where it takes none."""
    found = provider_of(account.provider).documents
    if found is None:
        raise CannotOpen("takes_no_documents", _("Nothing can be handed in here."))
    return found


def rules_of(activity: Activity, attempt: Attempt | None = None) -> Rules:
    """What an activity takes; in an attempt that may be handed in late, without a due date."""
    rules = documents_at(activity.account).rules(activity.account, activity)
    due_at = None if attempt and may_be_late(attempt) else rules.due_at
    return replace(rules, max_bytes=min(rules.max_bytes, settings.DOCUMENT_BYTES), due_at=due_at)


def may_be_late(attempt: Attempt) -> bool:
    """Whether somebody who teaches has allowed a document after the due date."""
    return bool(attempt.provider_details.get(MAY_BE_LATE))


def who_may_be_late(link: ResourceLink) -> set[int]:
    """The learners at a link whose open attempt may be handed in after the due date, by id."""
    rows = Attempt.objects.filter(
        resource_link=link, state__in=UNFINISHED, **{f"provider_details__{MAY_BE_LATE}": True}
    )
    return set(rows.values_list("learner_id", flat=True))


def is_late(rules: Rules) -> bool:
    """Whether the due date is over. What began to arrive before it is taken."""
    return rules.due_at is not None and timezone.now() > rules.due_at


def left(attempt: Attempt, activity: Activity) -> int | None:
    """How often a learner may hand in again after this attempt; None for as often as they like."""
    return max(0, activity.max_attempts - attempt.number) if activity.max_attempts else None


def is_used_up(attempt: Attempt) -> bool:
    """Whether so many documents of an attempt were refused that it takes no more."""
    return Document.objects.filter(attempt=attempt, state=DocumentState.REFUSED).count() >= MOST_REFUSED


def writes(rules: Rules) -> bool:
    """Whether text may be written on the page: it is handed in as a text file."""
    return rules.takes_text and "txt" in rules.media_types
