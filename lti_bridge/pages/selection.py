"""Choosing activities while the LMS makes a link (content item selection): the choice goes back to the LMS, signed."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from lti_bridge import placements
from lti_bridge.errors import LaunchRejected
from lti_bridge.launch import selection_answers
from lti_bridge.launch.launch import Selection
from lti_bridge.launch.selection import selection_of
from lti_bridge.models import Activity, LaunchRecord
from lti_bridge.pages import choices
from lti_bridge.pages.access import with_launch
from lti_bridge.pages.instructor import access_of, for_instructors
from lti_bridge.pages.render import render_inside
from lti_bridge.pages.respond import post_form
from lti_bridge.providers import provider_of


@with_launch("GET", "HEAD", "POST")
@for_instructors
def choose(request: HttpRequest, record: LaunchRecord) -> HttpResponse:
    """The list to choose from; a post answers the LMS with the choice, or with nothing when it was cancelled."""
    selection = selection_of(record)
    if selection is None:
        raise LaunchRejected("nothing_to_select", _("This launch does not ask for a choice."))
    if request.method == "POST":
        return _answer(request, record, selection)
    return _list(request, record, selection)


def _list(request: HttpRequest, record: LaunchRecord, selection: Selection, **more: object) -> HttpResponse:
    values = {
        "access": access_of(request),
        "link": None,
        "multiple": selection.accepts_multiple,
        "without_grades": selection.accepts_line_item is False,
        **choices.values_of(request, record.platform),
        **more,
    }
    return render_inside(request, record, "pages/choose.html", values, status=422 if more else 200)


def _answer(request: HttpRequest, record: LaunchRecord, selection: Selection) -> HttpResponse:
    cancelled = "cancel" in request.POST
    chosen = [] if cancelled else _chosen(request, record, selection)
    if not chosen and not cancelled:
        return _list(request, record, selection, nothing=True)
    ungraded = [activity for activity in chosen if not _is_graded(activity)]
    url, fields = selection_answers.answer(record, selection, chosen, ungraded=ungraded, cancelled=cancelled)
    return post_form(request, url, fields, record, heading=_("your course"))


def _is_graded(activity: Activity) -> bool:
    kind = provider_of(activity.account.provider).actions.get(activity.action)
    return kind is None or kind.sits_a_test


def _chosen(request: HttpRequest, record: LaunchRecord, selection: Selection) -> list[Activity]:
    """The activities that were chosen, in the order of the list, and only those this platform may open."""
    slugs = request.POST.getlist("activity")
    if not selection.accepts_multiple:
        slugs = slugs[:1]
    available = placements.available(record.platform).select_related("account").distinct()
    return list(available.filter(slug__in=slugs).order_by("title", "pk"))
