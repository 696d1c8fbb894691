"""What people see when something went wrong: one sentence, what to do, and a reference that support can find."""

import sys
from collections.abc import Callable

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lti_bridge.errors import BridgeError, Text
from lti_bridge.pages.render import render
from lti_bridge.reference import reference

log = structlog.get_logger(__name__)

#: Seconds after which a browser may try again when our database, or a provider, is away.
RETRY_AFTER = 30
_DATABASE_IS_AWAY = (OperationalError, InterfaceError)
#: An error here shows inside an LMS. Whose frame it is may be what went wrong, and nothing on the page can be clicked,
#: so anybody may frame it; else the browser would show its own refusal in place of the sentence and the reference.
_FRAMED = ("/lti/", "/inside/", "/callbacks/", "/relay/1.3/auth")
#: What to do, by code, where whoever raised the error does not say it.
_ADVICE: dict[str, Text] = {
    "not_set_up_yet": gettext_lazy("Tell your teacher. Nothing is wrong with your computer or your account."),
    "attempt_is_over": gettext_lazy("Open the link again from your course to see where your result is."),
    "no_attempt_left": gettext_lazy("Ask your teacher if you need another one."),
}


class ErrorPageMiddleware:
    """Answers a ``BridgeError`` of any view, a body that never came, and a database that is away, with a page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, BridgeError):
            return error_page(request, exception)
        if isinstance(exception, UnreadablePostError):
            return _did_not_arrive(request)
        if isinstance(exception, _DATABASE_IS_AWAY):
            return _unavailable(request, exception)
        return None


def error_page(request: HttpRequest, error: BridgeError) -> HttpResponse:
    """The page of an error, logged under the reference it shows."""
    shown = reference()
    log.warning("error_page", code=error.code, detail=error.detail, status=error.status, path=_route(request))
    page = _page(
        request,
        error.status if error.status >= 400 else 400,
        error.sentence or _("This could not be done."),
        error.advice
        or _ADVICE.get(error.code)
        or _("Try again. If it happens again, tell support the reference below."),
        code=error.code,
        shown=shown,
    )
    if error.status == 503:
        page["Retry-After"] = str(RETRY_AFTER)
    return page


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A request that makes no sense (handler400)."""
    return _page(
        request, 400, _("This request could not be understood."), _("Go back to your course and open the link again.")
    )


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A page that is not for this person (handler403)."""
    return _page(request, 403, _("You may not see this page."), _("If you should, ask the person who set this up."))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """No such page (handler404)."""
    return _page(request, 404, _("There is no such page."), _("Go back to your course and open the link again."))


def server_error(request: HttpRequest) -> HttpResponse:
    """A fault of ours (handler500). Needs neither a database nor a session."""
    fault = sys.exc_info()[1]
    if isinstance(fault, _DATABASE_IS_AWAY):
        return _unavailable(request, fault)
    return _page(
        request,
        500,
        _("Something went wrong on our side."),
        _("Nothing you did is lost. Try again in a moment; if it happens again, tell support the reference below."),
    )


def _did_not_arrive(request: HttpRequest) -> HttpResponse:
    shown = reference()
    log.warning("request_did_not_arrive", path=_route(request))
    sentence = _("The request did not arrive as a whole.")
    advice = _("Check your connection, then go back to your course and open the link again.")
    return _page(request, 408, sentence, advice, code="request_did_not_arrive", shown=shown)


def _unavailable(request: HttpRequest, exception: BaseException) -> HttpResponse:
    shown = reference()
    log.error("database_is_away", error=type(exception).__name__, path=_route(request))
    response = _page(
        request,
        503,
        _("The service is not available right now."),
        _("Try again in a minute. Nothing you did is lost."),
        shown=shown,
    )
    response["Retry-After"] = str(RETRY_AFTER)
    return response


def _page(
    request: HttpRequest, status: int, sentence: Text, advice: Text, *, code: str = "", shown: str = ""
) -> HttpResponse:
    values = {
        "sentence": sentence,
        "advice": advice,
        "code": code,
        "reference": shown or reference(),
        "contact": settings.SUPPORT_CONTACT,
        "status": status,
    }
    origins = ("*",) if request.path_info.startswith(_FRAMED) else ()
    return render(request, "pages/error.html", values, origins=origins, status=status)


def _route(request: HttpRequest) -> str:
    """The pattern of the address: the address itself may hold a pass."""
    return request.resolver_match.route if request.resolver_match else ""
