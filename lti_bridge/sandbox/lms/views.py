"""The pretend LMS's pages."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET, require_POST

from lti_bridge.sandbox.addresses import lms_url
from lti_bridge.sandbox.lms import gradebook as book
from lti_bridge.sandbox.lms.items import NotAccepted
from lti_bridge.sandbox.lms.launches import launch_address, launch_fields, selection_fields
from lti_bridge.sandbox.lms.lti13 import beginning
from lti_bridge.sandbox.lms.pages import is_too_large, send_form, show
from lti_bridge.sandbox.lms.people import PEOPLE, current_person, current_session, log_in
from lti_bridge.sandbox.lms.selection import fields_of, make_links
from lti_bridge.sandbox.lms.storage import storage_settings
from lti_bridge.sandbox.models import CourseLink, Lti13Tool
from lti_bridge.sandbox.models.course import Target
from lti_bridge.sandbox.strangers import lms_page


@lms_page
@require_GET
def front(request: HttpRequest) -> HttpResponse:
    """Choose who you are."""
    return show(request, "front", people=PEOPLE.values())


@lms_page
@require_GET
def enter(request: HttpRequest, username: str) -> HttpResponse:
    """Log in, and on to the course."""
    person = PEOPLE.get(username)
    response = redirect("sandbox-lms-course" if person else "sandbox-lms")
    if person:
        log_in(response, person)
    return response


@lms_page
@require_GET
def course(request: HttpRequest) -> HttpResponse:
    """The links of the course."""
    if current_person(request) is None:
        return redirect("sandbox-lms")
    links = CourseLink.objects.select_related("tool")
    return show(
        request,
        "course",
        links=[each for each in links if each.tool is None],
        links13=[each for each in links if each.tool],
        tool=Lti13Tool.objects.first(),
        storage=storage_settings(),
    )


@lms_page
@require_GET
def link(request: HttpRequest, pk: int) -> HttpResponse:
    """The page around a link that opens in a frame."""
    found = get_object_or_404(CourseLink, pk=pk)
    if found.target == Target.WINDOW:
        return launch(request, pk)
    return framed(request, pk)


@lms_page
@require_GET
def framed(request: HttpRequest, pk: int) -> HttpResponse:
    """A link inside the page, wherever it opens otherwise."""
    return show(request, "link", link=get_object_or_404(CourseLink, pk=pk), storage=storage_settings())


@lms_page
@require_GET
def launch(request: HttpRequest, pk: int) -> HttpResponse:
    """The form that opens a link: an LTI 1.1 launch, or the login initiation of LTI 1.3."""
    session = current_session(request)
    if session is None:
        return redirect("sandbox-lms")
    found = get_object_or_404(CourseLink.objects.select_related("tool"), pk=pk)
    if found.tool is None:
        url, fields = found.url, launch_fields(found, session.person)
    else:
        target = Target.FRAME if "framed" in request.GET else Target.WINDOW
        begun = beginning.open_link(found, session, target)
        url, fields = found.tool.login_url, beginning.login_fields(begun, session.person)
    return send_form(request, url, fields, f"Opening “{found.title}”")


@lms_page
@require_GET
def select(request: HttpRequest) -> HttpResponse:
    """The signed form that lets a teacher choose content."""
    session = current_session(request)
    if session is None or not session.person.teaches:
        return redirect("sandbox-lms")
    return send_form(request, launch_address(), selection_fields(session), "Adding an activity")


@lms_page
@require_POST
def selected(request: HttpRequest) -> HttpResponse:
    """Back from choosing content. Across sites a browser brings no cookie: then a page of ours posts it once more."""
    if is_too_large(request):
        return show(request, "selected", status=413, reason="The answer is too large.")
    if current_session(request):
        return _take_selection(request)
    try:
        return send_form(request, lms_url("sandbox-lms-selected-here"), fields_of(request.body), "Back in the course")
    except NotAccepted as reason:
        return show(request, "selected", status=400, reason=reason)


@lms_page
@require_POST
def selected_here(request: HttpRequest) -> HttpResponse:
    """The same, from a page of ours."""
    if is_too_large(request):
        return show(request, "selected", status=413, reason="The answer is too large.")
    return _take_selection(request)


def _take_selection(request: HttpRequest) -> HttpResponse:
    try:
        links, said = make_links(request.body, current_session(request))
    except NotAccepted as reason:
        return show(request, "selected", status=400, reason=reason)
    return show(request, "selected", links=links, said=said)


@lms_page
@require_GET
def returned(request: HttpRequest, pk: int) -> HttpResponse:
    """Back from a launch, with what the tool has to say."""
    names = ("lti_msg", "lti_errormsg", "lti_log", "lti_errorlog")
    said = {name: request.GET[name][:1000] for name in names if request.GET.get(name)}
    return show(request, "returned", link=get_object_or_404(CourseLink, pk=pk), said=said)


@lms_page
@require_GET
def gradebook(request: HttpRequest) -> HttpResponse:
    """All grades for teachers, one's own for students."""
    person = current_person(request)
    if person is None:
        return redirect("sandbox-lms")
    rows = book.rows() if person.teaches else book.rows([person])
    return show(request, "gradebook", columns=book.columns(), rows=rows)


@lms_page
@require_GET
def gradebook_json(request: HttpRequest) -> HttpResponse:
    """The gradebook for tests, without a log-in."""
    return JsonResponse(book.as_json(), safe=False)


@lms_page
@require_POST
def override(request: HttpRequest, pk: int, username: str) -> HttpResponse:
    """A teacher writes a grade by hand."""
    person, student = current_person(request), PEOPLE.get(username)
    if person is None or not person.teaches or student is None:
        return redirect("sandbox-lms")
    try:
        book.override(get_object_or_404(CourseLink, pk=pk), student, request.POST.get("grade", ""))
    except ValueError as error:
        return show(request, "message", status=400, text=f"This grade is {error}.")
    return redirect("sandbox-lms-gradebook")
