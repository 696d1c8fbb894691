"""The instructor's pages: the roster of a link with what can be done about each grade, and the choice of an activity.

Only instructors of the launch's own link get here, and every action touches only cells of that link.
"""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

import structlog
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from lti_bridge import acting, gradebook, placements, tasks
from lti_bridge.delivery import limits
from lti_bridge.errors import CannotOpen, LaunchRejected
from lti_bridge.models import Cell, LaunchRecord, Learner, ResourceLink
from lti_bridge.pages import choices, grade_addresses
from lti_bridge.pages import roster as people
from lti_bridge.pages.access import with_launch
from lti_bridge.pages.members import members_at
from lti_bridge.pages.render import render_inside
from lti_bridge.pages.told import told_of
from lti_bridge.pages.trail import cell_of, has_trail, trail_of
from lti_bridge.pages.words import CELL_TONES, plain_name

log = structlog.get_logger(__name__)

_P = ParamSpec("_P")
_View = Callable[Concatenate[HttpRequest, LaunchRecord, _P], HttpResponseBase]

#: What an instructor may do about one cell: in the address, and the sentence afterwards.
ACTIONS: dict[str, tuple[Callable[[Cell], object], Promise]] = {
    "deliver": (gradebook.deliver_again, _("The grade is being delivered again.")),
    "hold": (gradebook.hold, _("The grade is held until you release it.")),
    "release": (gradebook.release, _("The grade is released.")),
}
#: In the place of a cell's id: all cells of the link.
ALL = 0
_RELEASED = "release-all"
_BOUND = "bound"
_ASKED = "roster-asked"
_DONE: dict[str, Promise] = {
    **{what: sentence for what, (_action, sentence) in ACTIONS.items()},
    _RELEASED: _("All held grades are released."),
    _ASKED: _("The LMS is asked for its roster."),
    _BOUND: _("The link opens this activity from now on."),
}


def for_instructors(view: _View[_P]) -> _View[_P]:
    """Refuse everybody who does not teach here. Raises ``LaunchRejected``."""

    @wraps(view)
    def checked(request: HttpRequest, record: LaunchRecord, /, *args: _P.args, **kwargs: _P.kwargs) -> HttpResponseBase:
        if not record.is_instructor:
            raise LaunchRejected(
                "not_an_instructor",
                _("This page is for those who teach the course."),
                _("Open the link again from your course."),
            )
        return view(request, record, *args, **kwargs)

    return checked


@with_launch("GET", "HEAD")
@for_instructors
def roster(request: HttpRequest, record: LaunchRecord) -> HttpResponse:
    """Everybody at the link, or the trail of the one that ``?learner=`` names."""
    link = link_of(record)
    if "learner" in request.GET:
        return _trail(request, record, link)
    page = people.page_of(link, request.GET.get("page", "1"))
    values = {
        "access": access_of(request),
        "link": link,
        "activity": link.activity,
        "page": page,
        "rows": people.rows_of(link, page),
        "totals": (totals := people.totals_of(link, page.paginator.count)),
        "named_by": people.named_by(link),
        "lists_nobody": people.lists_nobody(link),
        "no_ways": grade_addresses.for_teachers(record),
        "held": any(total.label == people.HELD for total in totals),
        "done": _DONE.get(request.GET.get("done", "")),
        "told": told_of(link, request.GET.get("act", "")),
        "bulk_acts": people.bulk_acts(link),
        "progress": acting.progress_of(link) if people.has_acts_at(link) else None,
        "teachers_actions": people.teachers_actions(link),
        "has_files": people.has_files(link),
        "members": members_at(link),
    }
    return render_inside(request, record, "pages/roster.html", values)


@with_launch("POST")
@for_instructors
def read_roster(request: HttpRequest, record: LaunchRecord) -> HttpResponse:
    """Have the LMS asked who is in the course."""
    link = link_of(record)
    if not tasks.ask_for_roster(link.context):
        raise LaunchRejected(
            "no_worker", _("The roster cannot be read just now."), _("Try again in a few minutes."), status=503
        )
    log.info("roster_asked_for", context_id=link.context_id, launch=record.reference)
    return back_to("roster", request, done=_ASKED)


@with_launch("POST")
@for_instructors
def act(request: HttpRequest, record: LaunchRecord, cell: int, what: str) -> HttpResponse:
    """Do something about one grade of the link, or release them all."""
    link = link_of(record)
    if cell == ALL and what == _RELEASED:
        gradebook.release_all(link)
    elif what in ACTIONS:
        ACTIONS[what][0](get_object_or_404(Cell, pk=cell, resource_link=link))
    else:
        raise Http404
    log.info("instructor_acted", what=what, cell_id=cell, resource_link_id=link.pk, launch=record.reference)
    return back_to("roster", request, done=what)


@with_launch("GET", "HEAD", "POST")
@for_instructors
def choose_activity(request: HttpRequest, record: LaunchRecord) -> HttpResponse:
    """Choose what the link opens. Once somebody has sat a test, only with its name typed in."""
    link = link_of(record)
    if named := people.named_by(link):
        raise CannotOpen(
            "link_names_its_activity",
            _("The link in your course says itself what it opens."),
            format_lazy(_("Change it there: {named}."), named=named),
        )
    if request.method == "POST":
        return _bind(request, record, link)
    values = {
        "access": access_of(request),
        "link": link,
        "multiple": False,
        **choices.values_of(request, record.platform),
    }
    return render_inside(request, record, "pages/choose.html", values)


def access_of(request: HttpRequest) -> str:
    """The pass in the address of this request."""
    return str(request.resolver_match.kwargs["access"]) if request.resolver_match else ""


def back_to(name: str, request: HttpRequest, *, done: str) -> HttpResponse:
    """See the page of this launch, and what was done (303: reloading it does nothing again)."""
    return see(name, request, f"?done={done}")


def see(name: str, request: HttpRequest, query: str = "") -> HttpResponse:
    """See another page of this launch."""
    address = reverse(name, kwargs={"access": access_of(request)})
    response = HttpResponseRedirect(f"{address}{query}", status=303)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _bind(request: HttpRequest, record: LaunchRecord, link: ResourceLink) -> HttpResponse:
    available = placements.available(record.platform).distinct()
    activity = get_object_or_404(available, slug=request.POST.get("activity", ""))
    rebinds = link.activity_id not in (None, activity.pk) and link.attempts.exists()
    typed = request.POST.get("confirm")
    if rebinds and plain_name(typed or "") not in (plain_name(activity.title), plain_name(activity.slug)):
        values = {"access": access_of(request), "link": link, "activity": activity, "wrong": typed is not None}
        return render_inside(request, record, "pages/confirm.html", values, status=409 if typed is not None else 200)
    placements.bind(link, activity, by=ResourceLink.BoundBy.INSTRUCTOR)
    log.info("link_bound", activity=activity.slug, resource_link_id=link.pk, launch=record.reference)
    return back_to("roster", request, done=_BOUND)


def show_trail(request: HttpRequest, record: LaunchRecord, link: ResourceLink, learner: Learner) -> HttpResponse:
    """The trail of a learner at a link."""
    cell = cell_of(learner, link)
    values = {
        "access": access_of(request),
        "link": link,
        "learner": learner,
        "cell": cell,
        "cell_tone": CELL_TONES[cell.state] if cell else "",
        "limit": limits.in_words(cell, cell.wanted_score) if cell else "",
        "steps": trail_of(learner, link),
    }
    return render_inside(request, record, "pages/trail.html", values)


def _trail(request: HttpRequest, record: LaunchRecord, link: ResourceLink) -> HttpResponse:
    number = request.GET.get("learner", "")
    known = number.isascii() and number.isdecimal() and len(number) < 20  # int() refuses thousands of digits
    learner = get_object_or_404(Learner, pk=int(number) if known else 0, platform=record.platform)
    if not has_trail(learner, link):
        raise Http404
    return show_trail(request, record, link, learner)


def link_of(record: LaunchRecord) -> ResourceLink:
    """The link of a launch. Raises ``CannotOpen`` when it is gone."""
    if record.resource_link is None:
        raise CannotOpen("link_is_gone", _("This link is no longer there."), _("Open it again from your course."))
    return record.resource_link
