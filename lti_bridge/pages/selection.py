"""Choosing activities while the LMS makes a link (content item selection): the choice goes back to the LMS, signed."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from lti_bridge import placements
from lti_bridge.errors import LaunchRejected
from lti_bridge.launch.launch import Selection
from lti_bridge.launch.selection import content_item_response, selection_of
from lti_bridge.models import Activity, LaunchRecord, Lti11Registration
from lti_bridge.pages import choices
from lti_bridge.pages.access import with_launch
from lti_bridge.pages.instructor import access_of, for_instructors
from lti_bridge.pages.render import render_inside
from lti_bridge.pages.respond import post_form


@with_launch("GET", "HEAD", "POST")
@for_instructors
def choose(request: HttpRequest, record: LaunchRecord) -> HttpResponse:
    """The list to choose from; a post answers the LMS with the choice, or with nothing when it was cancelled."""
    selection, registration = selection_of(record), record.lti11
    if selection is None or registration is None:
        raise LaunchRejected("nothing_to_select", _("This launch does not ask for a choice."))
    if request.method == "POST":
        return _answer(request, record, selection, registration)
    values = {
        "access": access_of(request),
        "link": None,
        "multiple": selection.accepts_multiple,
        **choices.values_of(request, record.platform),
    }
    return render_inside(request, record, "pages/choose.html", values)


def _answer(
    request: HttpRequest, record: LaunchRecord, selection: Selection, registration: Lti11Registration
) -> HttpResponse:
    cancelled = "cancel" in request.POST
    chosen = [] if cancelled else _chosen(request, record, selection)
    if not chosen and not cancelled:
        values = {"access": access_of(request), "multiple": selection.accepts_multiple, "nothing": True}
        values |= choices.values_of(request, record.platform)
        return render_inside(request, record, "pages/choose.html", values, status=422)
    url, fields = content_item_response(selection, registration, chosen, cancelled=cancelled)
    return post_form(request, url, fields, record, heading=_("your course"))


def _chosen(request: HttpRequest, record: LaunchRecord, selection: Selection) -> list[Activity]:
    """The activities that were chosen, in the order of the list, and only those this platform may open."""
    slugs = request.POST.getlist("activity")
    if not selection.accepts_multiple:
        slugs = slugs[:1]
    return list(placements.available(record.platform).distinct().filter(slug__in=slugs).order_by("title", "pk"))
