"""What those who teach can have done at the provider: about one learner's attempt, or about all of them.

What costs something or cannot be undone is asked about first, on a page of its own that also takes what is needed.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from lti_bridge import acting, archiving, flow, placements
from lti_bridge.errors import CannotCall, CannotOpen
from lti_bridge.models import Attempt, LaunchRecord, ResourceLink
from lti_bridge.pages import roster as people
from lti_bridge.pages.access import with_launch
from lti_bridge.pages.instructor import access_of, for_instructors, link_of
from lti_bridge.pages.render import render_inside
from lti_bridge.pages.respond import respond
from lti_bridge.providers.acts import AttemptAct

#: In the place of an attempt's id: all attempts of the link.
ALL = 0


@with_launch("POST")
@for_instructors
def act(request: HttpRequest, record: LaunchRecord, attempt: int, what: str) -> HttpResponseBase:
    """Have something done about the newest attempt of one learner, or of all of them."""
    link = link_of(record)
    about = [each for each in people.newest_attempts(link).values() if attempt in (ALL, each.pk)]
    kind = next((acts[what] for acts in map(acting.suiting, about) if what in acts), None)
    if kind is None or not (kind.in_bulk if attempt == ALL else kind.alone):
        raise Http404
    filled = {name: request.POST.get(name, "").strip() for name in kind.blanks}
    if (kind.question or kind.blanks) and request.POST.get("sure") != "yes":
        return _ask(request, record, link, attempt, what, kind, about)
    try:
        return _carry_out(request, record, about, what, kind, filled, bulk=attempt == ALL)
    except CannotCall as problem:
        return _ask(request, record, link, attempt, what, kind, about, problem=problem, filled=filled)


@with_launch("POST")
@for_instructors
def open_as_teacher(request: HttpRequest, record: LaunchRecord) -> HttpResponse:
    """Open what the roster has for those who teach, the link's own or besides. Raises ``CannotOpen`` for all else."""
    placement = placements.placement_of(record)
    actions = people.teachers_actions(placement.link) if placement.link else {}
    action = request.POST.get("action") or next(iter(actions), "")
    if placement.activity is None or action not in actions:
        raise CannotOpen("nothing_for_teachers", _("This link opens nothing for those who teach."))
    opened = replace(placement, activity=people.for_teachers(placement.activity, action))
    return respond(request, flow.open_activity(opened), record, heading=placement.activity.title)


def _carry_out(
    request: HttpRequest,
    record: LaunchRecord,
    about: list[Attempt],
    what: str,
    kind: AttemptAct,
    filled: Mapping[str, str],
    *,
    bulk: bool,
) -> HttpResponseBase:
    who: dict[str, Any] = {"teacher": record.learner, "reference": record.reference}
    if kind.archived and bulk:
        return archiving.response(about, what, kind.archived, **who)
    if bulk:
        acting.in_bulk(about, what, filled, **who)
        return _see_roster(request, "")
    row, url = acting.about_attempt(about[0], what, filled, **who)
    if url:
        return _see(url)
    return _see_roster(request, f"?act={row.pk}")


def _ask(
    request: HttpRequest,
    record: LaunchRecord,
    link: ResourceLink,
    attempt: int,
    what: str,
    kind: AttemptAct,
    about: list[Attempt],
    *,
    problem: CannotCall | None = None,
    filled: Mapping[str, str] | None = None,
) -> HttpResponse:
    """The page that asks whether that is meant, and for what is needed."""
    suits = [each for each in about if what in acting.suiting(each)]
    values = {
        "access": access_of(request),
        "link": link,
        "attempt": attempt,
        "what": what,
        "act": kind,
        "blanks": [(name, blank, (filled or {}).get(name, "")) for name, blank in kind.blanks.items()],
        "learner": suits[0].learner.display_name if attempt != ALL else "",
        "count": len(suits),
        "problems": problem.problems if problem else (),
    }
    return render_inside(request, record, "pages/act.html", values, status=400 if problem else 200)


def _see_roster(request: HttpRequest, query: str) -> HttpResponse:
    return _see(reverse("roster", kwargs={"access": access_of(request)}) + query)


def _see(url: str) -> HttpResponse:
    response = HttpResponseRedirect(url, status=303)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response
