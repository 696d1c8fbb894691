"""What those who teach can do about documents: one at a time, or the reports of all that a list shows.

What concerns several is asked about first, and then done about those that were asked about and no others: a document
that is checked meanwhile has been seen by nobody.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import structlog
from django.db.models import Max, Min, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lti_bridge.documents import deciding
from lti_bridge.models import Document, DocumentState, LaunchRecord, Learner, ResourceLink
from lti_bridge.pages.access import with_launch
from lti_bridge.pages.documents import listing
from lti_bridge.pages.documents.listing import Wish
from lti_bridge.pages.instructor import access_of, for_instructors, link_of, see
from lti_bridge.pages.render import render_inside

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Act:
    """Something to do about one document. ``told``: the sentence afterwards. ``caution``: what to know before."""

    label: Promise
    carry_out: Callable[[Document, Learner | None], object]
    suits: Callable[[Document], bool]
    told: Promise
    caution: Promise | str = ""


_TWICE = _("If the provider has the document after all, it has it twice then.")
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
        _TWICE,
    ),
    "allow-another": Act(
        _("Allow another document"),
        deciding.allow_another,
        deciding.may_allow_another,
        _("Its author can hand in another document."),
    ),
}


@dataclass(frozen=True, slots=True)
class BulkAct:
    """Something to do about all that a list shows. ``about``: which of them. ``question``: what is asked before.

    ``of_reports``: whether it is about their reports. ``caution``: what to know before about those ``in_doubt``.
    """

    label: Promise
    about: Callable[[ResourceLink, Wish], QuerySet[Document]]
    carry_out: Callable[[Collection[int], Learner | None], int]
    question: Promise
    told: Promise
    of_reports: bool = True
    caution: Promise | str = ""
    in_doubt: Q = Q()


BULK_ACTS: Mapping[str, BulkAct] = {
    "release-all": BulkAct(
        _("Release the reports"),
        listing.to_release,
        deciding.release_all,
        _("Their authors can read these reports from then on."),
        _("The reports that you were asked about are released."),
    ),
    "withhold-all": BulkAct(
        _("Take the releases back"),
        listing.to_withhold,
        deciding.withhold_all,
        _("Their authors cannot read these reports any more, unless they have kept them."),
        _("The reports that you were asked about are not released any more."),
    ),
    "pass-all-on-again": BulkAct(
        _("Pass on again"),
        lambda link, wish: listing.documents_at(link, wish).filter(deciding.STUCK),
        deciding.pass_all_on_again,
        _("They are passed on from the beginning."),
        _("The documents that you were asked about are being passed on again."),
        of_reports=False,
        caution=_TWICE,
        in_doubt=deciding.IN_DOUBT,
    ),
}
#: In the place of a document's id: all that the list shows.
ALL = 0
#: Names that a question tells.
MOST_NAMES = 30
DONE: Mapping[str, Promise] = {
    **{name: act.told for name, act in ACTS.items()},
    **{name: act.told for name, act in BULK_ACTS.items()},
}


def suiting(document: Document) -> dict[str, Act]:
    """What can be done about a document as it stands now."""
    return {name: act for name, act in ACTS.items() if act.suits(document)}


@with_launch("POST")
@for_instructors
def act(request: HttpRequest, record: LaunchRecord, document: int, what: str) -> HttpResponse:
    """Do something about one document of the link, or about all that the list of this address shows."""
    link = link_of(record)
    if document == ALL and what in BULK_ACTS:
        return _act_on_all(request, record, link, what)
    if what not in ACTS:
        raise Http404
    log.info("document_decided", what=what, document_id=document, resource_link_id=link.pk, launch=record.reference)
    rows = Document.objects.exclude(state=DocumentState.ARRIVING).select_related(
        "attempt__candidate__account", "attempt__activity__account"
    )
    ACTS[what].carry_out(get_object_or_404(rows, pk=document, attempt__resource_link=link), record.learner)
    if request.POST.get("back") == "list":
        return _see_list(request, what)
    return see("document", request, f"?done={what}", document=document)


def _act_on_all(request: HttpRequest, record: LaunchRecord, link: ResourceLink, what: str) -> HttpResponse:
    kind, wish = BULK_ACTS[what], Wish.of(request.GET.dict())
    rows = kind.about(link, wish)
    if request.POST.get("sure") != "yes":
        return _ask(request, record, link, what, wish, rows)
    asked = set(request.POST.get("documents", "").split())
    ids = [pk for pk in rows.values_list("pk", flat=True) if str(pk) in asked]
    number = kind.carry_out(ids, record.learner)
    log.info("documents_decided", what=what, number=number, resource_link_id=link.pk, launch=record.reference)
    return _see_list(request, what)


def _ask(
    request: HttpRequest, record: LaunchRecord, link: ResourceLink, what: str, wish: Wish, rows: QuerySet[Document]
) -> HttpResponse:
    found = list(rows)
    names = list(dict.fromkeys(each.attempt.learner.display_name for each in found))
    values = {
        "access": access_of(request),
        "link": link,
        "what": what,
        "act": BULK_ACTS[what],
        "wish": wish,
        "documents": " ".join(str(each.pk) for each in found),
        "number": len(found),
        "others": listing.documents_at(link, wish).count() - len(found),
        "names": names[:MOST_NAMES],
        "more": max(0, len(names) - MOST_NAMES),
        "doubtful": rows.filter(BULK_ACTS[what].in_doubt).count() if BULK_ACTS[what].caution else 0,
        **rows.order_by().aggregate(lowest=Min("findings__similarity"), highest=Max("findings__similarity")),
    }
    return render_inside(request, record, "pages/documents/sure.html", values)


def _see_list(request: HttpRequest, what: str) -> HttpResponse:
    """The list as it was, and what was done."""
    page = request.GET.get("page", "")
    told = {"page": page} if page.isascii() and page.isdecimal() and len(page) < 6 else {}
    return see("documents", request, f"?{Wish.of(request.GET.dict()).query(done=what, **told)}")
