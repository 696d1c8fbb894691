"""The promise: a document that arrived as a whole is handed in, and from that moment is ours to pass on."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lti_bridge import flow
from lti_bridge.documents import checks, keeping, names
from lti_bridge.documents.arriving import Arrival
from lti_bridge.documents.rules import writes
from lti_bridge.documents.waking import wake
from lti_bridge.errors import NotTaken
from lti_bridge.models import UNFINISHED, Attempt, AttemptState, Document, DocumentState
from lti_bridge.providers.documents import Rules
from lti_bridge.providers.reports import GradeReport

#: A document in one of these leaves room for another one of the same attempt.
_MAKES_ROOM = (DocumentState.ARRIVING, DocumentState.REFUSED)
_BOTH = _("You chose a file and wrote text too: hand in one of the two. Leave the file away, or empty the text.")
#: What is missing, by whether text may be written.
_NOTHING = {True: _("Choose a file, or write your text."), False: _("Choose a file.")}


def hand_in(arrival: Arrival, rules: Rules, *, title: str, text: str = "") -> Document:
    """Make what arrived the attempt's document. ``text``: what was written on the page, where no file came.

    Raises ``NotTaken`` for all that is wrong; then nothing has changed.
    """
    if arrival.problem is None and text.strip() and writes(rules):
        if arrival.document is None:
            _take_text(arrival, title, text)
        else:
            # Which of them was meant is not for us to say.
            arrival.problem = NotTaken("both", _BOTH)
    title = names.cleaned(title)
    if arrival.document is None and arrival.problem is None:
        arrival.problem = NotTaken("nothing", _NOTHING[writes(rules)])
    document, problems = arrival.document, [arrival.problem] if arrival.problem else []
    try:
        if title:
            checks.of_title(title, rules)
        if document and not problems:
            document.words = checks.of_content(document, rules)
    except NotTaken as problem:
        problems.append(problem)
    if problems or document is None:
        raise NotTaken(problems[0].code, *(sentence for each in problems for sentence in each.problems))
    document.title = title or names.title_from(document.file_name, rules.title_length)
    _promise(document)
    return document


def _take_text(arrival: Arrival, title: str, text: str) -> None:
    try:
        arrival.begin(f"{names.cleaned(title) or _('text')}.txt")
        arrival.take(text.encode())
        arrival.end()
    except NotTaken as problem:
        arrival.problem = problem


@transaction.atomic
def _promise(document: Document) -> None:
    """One transaction: the document is received, its attempt is handed in, and a worker is woken on commit.

    The content of those that were refused before it goes; their rows stay.
    """
    attempt = Attempt.objects.select_for_update(of=("self",)).get(pk=document.attempt_id)
    others = Document.objects.filter(attempt=attempt).exclude(state__in=_MAKES_ROOM)
    if attempt.state not in UNFINISHED or others.exists():
        raise NotTaken("handed_in_already", _("You have handed this in already."))
    now = timezone.now()
    document.state, document.received_at, document.next_try_at = DocumentState.RECEIVED, now, now
    document.save()
    for earlier in Document.objects.filter(attempt=attempt, state=DocumentState.REFUSED).order_by("pk"):
        keeping.throw_away_now(earlier)
    flow.record(GradeReport(attempt=attempt, state=AttemptState.SUBMITTED, reported_at=now))
    transaction.on_commit(lambda: wake(document.pk))
