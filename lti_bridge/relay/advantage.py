"""The services that providers' tools call with an access token: line items, scores, results, and who is in a course.

Each check costs little and trusts nothing before it: method, token, size and type, whose object it is. Every answer
that is not the thing asked for is a problem body with a reference.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from lti_bridge import flow
from lti_bridge.errors import AlreadyReceived
from lti_bridge.models import Context, EventSource, EventState, ProviderEvent
from lti_bridge.reference import reference
from lti_bridge.relay import endpoints, json_body, line_items, links, memberships, paging, results, scopes
from lti_bridge.relay import scores as service
from lti_bridge.relay.problems import ServiceProblem, answer, not_found
from lti_bridge.relay.tokens import bearer_of
from lti_bridge.relay.tools import Registered

log = structlog.get_logger(__name__)

_LINE_ITEM = "application/vnd.ims.lis.v2.lineitem+json"
_LINE_ITEMS = "application/vnd.ims.lis.v2.lineitemcontainer+json"
_SCORE = "application/vnd.ims.lis.v1.score+json"
_RESULTS = "application/vnd.ims.lis.v2.resultcontainer+json"
_MEMBERS = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
#: Seconds after which a tool may try again when our database is away.
_RETRY_AFTER = "30"

_P = ParamSpec("_P")
_View = Callable[Concatenate[HttpRequest, Registered, _P], HttpResponse]


def _for_tools(**methods: tuple[str, ...]) -> Callable[[_View[_P]], Callable[..., HttpResponse]]:
    """A service: by method, the scopes of which a token needs one. The view gets the tool whose token it is."""

    def decorate(view: _View[_P]) -> Callable[..., HttpResponse]:
        @csrf_exempt  # the token is the proof, and no browser has one
        @never_cache
        @wraps(view)
        def asked(request: HttpRequest, /, *args: _P.args, **kwargs: _P.kwargs) -> HttpResponse:
            try:
                if request.method not in methods:
                    raise ServiceProblem(405, "method_not_allowed", "Not this method.", headers=_allow(methods))
                return view(request, bearer_of(request, *methods[request.method]), *args, **kwargs)
            except ServiceProblem as problem:
                log.info("service_refused", code=problem.code, status=problem.status, sentence=str(problem.sentence))
                return answer(problem)
            except UnreadablePostError:
                log.warning("service_body_did_not_arrive")
                return answer(ServiceProblem(408, "cut", "The body did not arrive as a whole. Please send it again."))
            except Exception as fault:  # the provider's boundary: it must get an answer it can read, and try again
                log.exception("service_failed")
                return answer(_fault(fault))

        return asked

    return decorate


def _allow(methods: dict[str, tuple[str, ...]]) -> dict[str, str]:
    return {"Allow": ", ".join(methods)}


def _fault(fault: Exception) -> ServiceProblem:
    if isinstance(fault, OperationalError | InterfaceError):
        told = "The service is not available right now. Please send this again."
        return ServiceProblem(503, "unavailable", told, headers={"Retry-After": _RETRY_AFTER})
    return ServiceProblem(500, "fault", "Something went wrong on our side. Please send this again.")


# --- line items -----------------------------------------------------------------------------


@_for_tools(GET=(scopes.LINE_ITEM, scopes.LINE_ITEM_READ), POST=(scopes.LINE_ITEM,))
def line_items_of_course(request: HttpRequest, tool: Registered, context: int) -> HttpResponse:
    """The line items of a course: read, or make one (AGS 2.0 §3.2)."""
    course = _course(tool, context)
    if request.method == "POST":
        row = line_items.make(tool.account, course, json_body.read(_body(request, _LINE_ITEM)))
        return JsonResponse(line_items.written(row), status=201, content_type=_LINE_ITEM)
    query = paging.query_of(request)
    found = line_items.listed(tool.account, course, query)
    shown, headers = paging.page_of(found, query, endpoints.line_items_url(course.pk))
    return _list([line_items.written(row) for row in shown], _LINE_ITEMS, headers)


@_for_tools(GET=(scopes.LINE_ITEM, scopes.LINE_ITEM_READ), PUT=(scopes.LINE_ITEM,), DELETE=(scopes.LINE_ITEM,))
def line_item(request: HttpRequest, tool: Registered, context: int, line_item: int) -> HttpResponse:
    """One line item: read, redefine or remove it."""
    row = line_items.find(tool.account, context, line_item)
    if request.method == "DELETE":
        line_items.remove(row)
        return HttpResponse(status=204)
    if request.method == "PUT":
        row = line_items.change(row, json_body.read(_body(request, _LINE_ITEM)))
    return JsonResponse(line_items.written(row), content_type=_LINE_ITEM)


@_for_tools(GET=(scopes.RESULT_READ,))
def results_of(request: HttpRequest, tool: Registered, context: int, line_item: int) -> HttpResponse:
    """The results of a line item (AGS 2.0 §3.3)."""
    row = line_items.find(tool.account, context, line_item)
    query = paging.query_of(request)
    shown, headers = paging.page_of(results.listed(row, query), query, endpoints.results_url(row))
    return _list([results.written(row, score) for score in shown], _RESULTS, headers)


# --- scores ---------------------------------------------------------------------------------


@_for_tools(POST=(scopes.SCORE,))
def scores(request: HttpRequest, tool: Registered, context: int, line_item: int) -> HttpResponse:
    """Take a score (AGS 2.0 §3.4). It is kept before it is understood; what was kept is never asked for again."""
    row = line_items.find(tool.account, context, line_item)
    raw = _body(request, _SCORE)
    posted = service.posted(row, service.read(raw))
    service.check_order(posted, raw)
    try:
        event = flow.receive(
            tool.account,
            EventSource.SCORE,
            attempt=posted.attempt,
            nonce=posted.nonce,
            body=raw.decode(),
            query=posted.query,
            reference=reference(),
        )
    except AlreadyReceived:
        event = _same(tool, posted, raw)
    if event.state in (EventState.RECEIVED, EventState.FAILED):
        _understand(event)
    return JsonResponse({"resultUrl": endpoints.results_url(row)})


def _same(tool: Registered, posted: service.Posted, raw: bytes) -> ProviderEvent:
    """The event of a message that comes again. Raises ``ServiceProblem`` when it says something else now."""
    event = ProviderEvent.objects.select_related("account", "attempt").get(account=tool.account, nonce=posted.nonce)
    if event.raw_body != raw.decode() or event.state == EventState.REFUSED:
        raise service.conflict()
    return event


def _understand(event: ProviderEvent) -> None:
    try:
        flow.understand(event)
    except ServiceProblem as refused:
        ProviderEvent.objects.filter(pk=event.pk).update(state=EventState.REFUSED, reason=str(refused)[:300])
        raise


# --- people ---------------------------------------------------------------------------------


@_for_tools(GET=(scopes.MEMBERSHIPS_READ,))
def members(request: HttpRequest, tool: Registered, context: int) -> HttpResponse:
    """Who is in a course (Names and Role Provisioning 2.0)."""
    course = _course(tool, context)
    query = paging.query_of(request)
    at = memberships.link_asked_for(tool, course, query)
    found = memberships.listed(tool, course, at, query)
    shown, headers = paging.page_of(found, query, endpoints.memberships_url(course.pk))
    container = memberships.written(tool, course, at, shown, request.META.get("QUERY_STRING", ""))
    return JsonResponse(container, content_type=_MEMBERS, headers=headers)


# --- parts ----------------------------------------------------------------------------------


def _course(tool: Registered, pk: int) -> Context:
    course = links.find_context(tool.account, pk)
    if course is None:
        raise not_found("course")
    return course


def _body(request: HttpRequest, media_type: str) -> bytes:
    """The body, when it is of that type and not too large; plain JSON is taken for any."""
    if request.content_type not in (media_type, "application/json"):
        raise ServiceProblem(415, "wrong_type", f"Use the content type {media_type}.")
    announced = request.headers.get("Content-Length", "")
    # Django reads no more than this.
    if announced.isdecimal() and int(announced) > json_body.MAX_BYTES:
        raise ServiceProblem(413, "too_large", f"The body is larger than {json_body.MAX_BYTES} bytes.")
    return request.body


def _list(shown: list[Any], media_type: str, headers: dict[str, str]) -> HttpResponse:
    return JsonResponse(shown, safe=False, content_type=media_type, headers=headers)
