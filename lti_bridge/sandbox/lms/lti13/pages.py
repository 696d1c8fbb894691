"""The pretend LMS's pages around LTI 1.3: choosing content, reviews, data privacy, and its tools."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lti_bridge.sandbox.addresses import lms_url
from lti_bridge.sandbox.faults import Faults
from lti_bridge.sandbox.lms.items import NotAccepted
from lti_bridge.sandbox.lms.lti13 import beginning, registration
from lti_bridge.sandbox.lms.lti13.deep_linking import make_links
from lti_bridge.sandbox.lms.pages import is_too_large, send_form, show
from lti_bridge.sandbox.lms.people import PEOPLE, Session, current_session
from lti_bridge.sandbox.lms.storage import storage_settings
from lti_bridge.sandbox.lti13 import bridge_address
from lti_bridge.sandbox.models import CourseLink, Lti13Launch, Lti13Tool
from lti_bridge.sandbox.strangers import lms_page


@lms_page
@require_GET
def select(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a teacher choose content of a tool."""
    session = _teacher(request)
    if session is None:
        return redirect("sandbox-lms")
    return _begin(request, beginning.choose_content(get_object_or_404(Lti13Tool, pk=pk), session), session)


@lms_page
@require_POST
def selected(request: HttpRequest) -> HttpResponse:
    """Back from choosing content. Across sites a browser brings no cookie: then a page of ours posts it once more."""
    if is_too_large(request):
        return show(request, "selected", status=413, reason="The answer is too large.")
    session, launch_key = current_session(request), request.GET.get("id", "")
    answer = request.POST.get("JWT", "")
    if session is None and "repost" not in request.POST:
        again = {"JWT": answer, "repost": "1"}
        return send_form(request, lms_url("sandbox-lms13-selected") + f"?id={launch_key}", again, "Back in the course")
    try:
        links, said = make_links(launch_key, answer, session, Faults().manner)
    except NotAccepted as reason:
        return show(request, "selected", status=400, reason=reason)
    return show(request, "selected", links=links, said=said)


@lms_page
@require_GET
def review(request: HttpRequest, pk: int, username: str) -> HttpResponse:
    """From the gradebook to one student's work. Students see their own."""
    session, about = current_session(request), PEOPLE.get(username)
    if session is None or about is None or not (session.person.teaches or session.person == about):
        return redirect("sandbox-lms")
    link = get_object_or_404(CourseLink.objects.select_related("tool"), pk=pk, tool__isnull=False)
    return _begin(request, beginning.review(link, session, about), session)


@lms_page
@require_GET
def privacy(request: HttpRequest, pk: int, username: str) -> HttpResponse:
    """What a tool keeps about somebody."""
    session, about = _teacher(request), PEOPLE.get(username)
    if session is None or about is None:
        return redirect("sandbox-lms")
    return _begin(request, beginning.data_privacy(get_object_or_404(Lti13Tool, pk=pk), session, about), session)


@lms_page
@require_http_methods(["GET", "POST"])
def tools(request: HttpRequest) -> HttpResponse:
    """The LTI 1.3 tools of this LMS; a POST opens the registration page of another one."""
    if _teacher(request) is None:
        return redirect("sandbox-lms")
    suggested = bridge_address("lti/1.3/register")
    if request.method == "GET":
        return show(request, "tools", tools=Lti13Tool.objects.all(), suggested=suggested)
    url = registration.start_url(request.POST.get("url") or suggested)
    return show(request, "registering", url=url, storage=storage_settings())


def _teacher(request: HttpRequest) -> Session | None:
    session = current_session(request)
    return session if session and session.person.teaches else None


def _begin(request: HttpRequest, launch: Lti13Launch, session: Session) -> HttpResponse:
    fields = beginning.login_fields(launch, session.person)
    return send_form(request, launch.tool.login_url, fields, f"On to {launch.tool.name}")
