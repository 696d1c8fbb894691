"""What those who teach can do about documents, one at a time, or all reports of a link at once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lti_bridge.documents import deciding
from lti_bridge.models import Document, DocumentState, LaunchRecord, Learner
from lti_bridge.pages.access import with_launch
from lti_bridge.pages.instructor import for_instructors, link_of, see

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Act:
    """Something to do about one document. ``told``: the sentence afterwards. ``caution``: what to know before."""

    label: Promise
    carry_out: Callable[[Document, Learner | None], object]
    suits: Callable[[Document], bool]
    told: Promise
    caution: Promise | str = ""


ACTS: Mapping[str, Act] = {
    "release": Act(
        _("Release the report"),
        deciding.release,
        deciding.may_release,
        _("The report is released: its author can read it."),
    ),
    "withhold": Act(
        _("Take the release back"),
        deciding.withhold,
        deciding.may_withhold,
        _("The report is not released any more."),
    ),
    "check-again": Act(
        _("Ask how it stands"),
        deciding.check_again,
        deciding.may_check_again,
        _("The provider is asked how the document stands. Look again in a moment."),
    ),
    "pass-on-again": Act(
        _("Pass on again"),
        deciding.pass_on_again,
        deciding.may_pass_on_again,
        _("The document is being passed on again."),
        _("If the provider has the document after all, it has it twice then."),
    ),
    "allow-another": Act(
        _("Allow another document"),
        deciding.allow_another,
        deciding.may_allow_another,
        _("Its author can hand in another document."),
    ),
}
#: In the place of a document's id: all of the link.
ALL = 0
RELEASE_ALL = "release-all"
DONE: Mapping[str, Promise] = {
    RELEASE_ALL: _("The reports of all checked documents are released."),
    **{name: act.told for name, act in ACTS.items()},
}


def suiting(document: Document) -> dict[str, Act]:
    """What can be done about a document as it stands now."""
    return {name: act for name, act in ACTS.items() if act.suits(document)}


@with_launch("POST")
@for_instructors
def act(request: HttpRequest, record: LaunchRecord, document: int, what: str) -> HttpResponse:
    """Do something about one document of the link, or release the reports of all that are checked."""
    link = link_of(record)
    log.info("document_decided", what=what, document_id=document, resource_link_id=link.pk, launch=record.reference)
    if document == ALL and what == RELEASE_ALL:
        deciding.release_all(link, record.learner)
        return see("documents", request, f"?done={what}")
    if what not in ACTS:
        raise Http404
    rows = Document.objects.exclude(state=DocumentState.ARRIVING).select_related(
        "attempt__candidate__account", "attempt__activity__account"
    )
    ACTS[what].carry_out(get_object_or_404(rows, pk=document, attempt__resource_link=link), record.learner)
    return see("document", request, f"?done={what}", document=document)
