"""The edge of the pretend outcome service: where its faults strike."""

from dataclasses import replace
from threading import Timer

from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from lti_bridge.sandbox.cutting import cut
from lti_bridge.sandbox.faults import Faults
from lti_bridge.sandbox.lms import misbehaving
from lti_bridge.sandbox.lms.outcomes import Post, Reply, answer
from lti_bridge.sandbox.strangers import lms_page

_XML_TYPES = ("application/xml", "text/xml")


@lms_page
@require_POST
def outcomes(request: HttpRequest) -> HttpResponse:
    """Take a Basic Outcomes message, or misbehave as the switches say."""
    faults = Faults()
    return misbehaving.before(request, faults) or _take(request, faults)


def _take(request: HttpRequest, faults: Faults) -> HttpResponse:
    if request.content_type not in _XML_TYPES:
        return HttpResponse("send application/xml", status=415, content_type="text/plain")
    post = _post(request, faults)
    if faults["lms_late_apply"]:
        Timer(faults["lms_late_apply"], _answer_nobody, [post]).start()
        return cut(request)
    return misbehaving.after(request, faults, lambda: _response(answer(post)))


def _response(reply: Reply) -> HttpResponse:
    # Moodle says text/html, whatever it sends.
    return HttpResponse(reply.xml, status=reply.status, content_type="text/html; charset=utf-8")


def _post(request: HttpRequest, faults: Faults) -> Post:
    post = Post(request.headers.get("Authorization", ""), request.body, knows_read=not faults.strikes("lms_no_read"))
    if faults.strikes("lms_refuses_422"):
        return replace(post, refuse_with=422)
    if faults.strikes("lms_refuses_200"):
        return replace(post, refuse_with=200)
    return post


def _answer_nobody(post: Post) -> None:
    try:
        answer(post)
    finally:
        # Of this thread, which ends here.
        connections.close_all()
