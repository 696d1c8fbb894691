"""The edge of the LTI Advantage services: addresses, methods and faults."""

from collections.abc import Callable
from functools import wraps
from threading import Timer
from typing import Concatenate, ParamSpec

from django.db import connections
from django.http import HttpRequest, HttpResponse

from lti_bridge.sandbox.addresses import origins
from lti_bridge.sandbox.cutting import cut
from lti_bridge.sandbox.faults import CANVAS, Faults
from lti_bridge.sandbox.lms import misbehaving
from lti_bridge.sandbox.lms.launches import COURSE
from lti_bridge.sandbox.lms.lti13.advantage import line_items as items
from lti_bridge.sandbox.lms.lti13.advantage import members, results, scores
from lti_bridge.sandbox.lms.lti13.advantage.answers import Refused, Reply, refuse
from lti_bridge.sandbox.lms.lti13.advantage.authority import tool_of
from lti_bridge.sandbox.lms.lti13.advantage.manners import manner_of
from lti_bridge.sandbox.lms.lti13.advantage.paging import page_of
from lti_bridge.sandbox.lti13 import (
    LINE_ITEM,
    LINE_ITEM_READONLY,
    LINE_ITEM_TYPE,
    LINE_ITEMS_TYPE,
    MEMBERS_TYPE,
    MEMBERSHIP_READONLY,
    RESULT_READONLY,
    RESULTS_TYPE,
    SCORE,
)
from lti_bridge.sandbox.strangers import lms_page

P = ParamSpec("P")
Service = Callable[Concatenate[HttpRequest, Faults, P], Reply | HttpResponse]
#: So that a course of four takes two pages.
_MEMBERS_PER_PAGE = 2
#: What people meet who come from the wrong course.
_NO_COURSE = "Not Found: Course doesn't exist"


def _service(view: Service[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """A service on the LMS's host, with its faults. A ``Refused`` becomes its answer."""

    @wraps(view)
    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        faults = Faults()
        fault = misbehaving.before(request, faults) or _throttled(faults)
        return fault or misbehaving.after(request, faults, lambda: _carry_out(view, request, faults, *args, **kwargs))

    return lms_page(answer)


def _carry_out(
    view: Service[P], request: HttpRequest, faults: Faults, *args: P.args, **kwargs: P.kwargs
) -> HttpResponse:
    try:
        reply = view(request, faults, *args, **kwargs)
    except Refused as refused:
        reply = refused.reply
    return reply.response() if isinstance(reply, Reply) else reply


def _throttled(faults: Faults) -> HttpResponse | None:
    if not faults.strikes("lms_throttles"):
        return None
    if faults.manner == CANVAS:
        return HttpResponse(
            "403 Forbidden (Rate Limit Exceeded)", status=403, headers={"X-Rate-Limit-Remaining": "0.0"}
        )
    return HttpResponse("[]", status=429, content_type="application/json", headers={"Retry-After": "2"})


@_service
def line_items(request: HttpRequest, _faults: Faults, context: str) -> Reply:
    """Read all columns of the course, or make one."""
    _check_course(context)
    if request.method == "POST":
        tool = tool_of(request, LINE_ITEM)
        _check_type(request)
        return items.make(tool, request.body)
    if request.method != "GET":
        raise refuse(405, "Method Not Allowed", headers={"Allow": "GET, POST"})
    tool = tool_of(request, LINE_ITEM, LINE_ITEM_READONLY)
    page, headers = page_of(request, items.listed(tool, request.GET), size=0)
    return Reply(200, list(page), LINE_ITEMS_TYPE, headers=headers)


@_service
def line_item(request: HttpRequest, _faults: Faults, context: str, pk: int) -> Reply:
    """Read, change or remove a column."""
    _check_course(context)
    if request.method == "GET":
        item = items.find(tool_of(request, LINE_ITEM, LINE_ITEM_READONLY), pk)
        return Reply(200, items.as_json(item), LINE_ITEM_TYPE)
    if request.method not in ("PUT", "DELETE"):
        raise refuse(405, "Method Not Allowed", headers={"Allow": "GET, PUT, DELETE"})
    item = items.find(tool_of(request, LINE_ITEM), pk)
    if request.method == "DELETE":
        return items.remove(item)
    _check_type(request)
    return items.change(item, request.body)


@_service
def take_score(request: HttpRequest, faults: Faults, context: str, pk: int) -> Reply | HttpResponse:
    """Take a score; perhaps only when the connection is gone."""
    _check_course(context)
    if request.method != "POST":
        raise refuse(405, "Method Not Allowed", headers={"Allow": "POST"})
    item = items.find(tool_of(request, SCORE), pk)
    post = scores.Post(
        item.pk,
        request.content_type or "",
        request.body,
        manner_of(faults),
        conflicts=faults.strikes("lms_conflicts"),
    )
    if faults["lms_late_apply"]:
        Timer(faults["lms_late_apply"], _answer_nobody, [post]).start()
        return cut(request)
    return scores.answer(post)


@_service
def read_results(request: HttpRequest, faults: Faults, context: str, pk: int) -> Reply:
    """What stands in a column."""
    _check_course(context)
    if request.method != "GET":
        raise refuse(405, "Method Not Allowed", headers={"Allow": "GET"})
    item = items.find(tool_of(request, RESULT_READONLY), pk)
    page, headers = page_of(request, results.listed(item, request.GET.get("user_id", ""), manner_of(faults)), size=0)
    return Reply(200, list(page), RESULTS_TYPE, headers=headers)


@_service
def read_members(request: HttpRequest, _faults: Faults, context: str, tool_id: int) -> Reply:
    """A page of the course's members."""
    _check_course(context)
    if request.method != "GET":
        raise refuse(405, "Method Not Allowed", headers={"Allow": "GET"})
    tool = tool_of(request, MEMBERSHIP_READONLY)
    if tool.pk != tool_id:
        raise refuse(404, _NO_COURSE)
    everybody = members.listed(tool, request.GET.get("role", ""), request.GET.get("rlid", ""))
    page, headers = page_of(request, everybody, size=_MEMBERS_PER_PAGE)
    url = origins().lms + request.get_full_path()
    return Reply(200, members.container(url, list(page)), MEMBERS_TYPE, headers=headers)


def _check_course(context: str) -> None:
    if context != COURSE["context_id"]:
        raise refuse(404, _NO_COURSE)


def _check_type(request: HttpRequest) -> None:
    if request.content_type != LINE_ITEM_TYPE:
        raise refuse(400, "Bad Request: No handler found")


def _answer_nobody(post: scores.Post) -> None:
    try:
        scores.answer(post)
    finally:
        # Of this thread, which ends here.
        connections.close_all()
