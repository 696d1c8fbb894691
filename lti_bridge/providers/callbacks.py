"""The edge where providers call back and browsers come back: hints, kept and never believed.

The key in the address is unguessable and belongs to one attempt. What is in the query or the body never makes a grade.
"""

from datetime import timedelta

import structlog
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from lti_bridge import flow
from lti_bridge.models import Account, Attempt, EventSource, ProviderEvent
from lti_bridge.pages.render import render, render_inside
from lti_bridge.pages.returned import result_of
from lti_bridge.providers import passbacks
from lti_bridge.providers.attempts import find_attempt
from lti_bridge.reference import reference

log = structlog.get_logger(__name__)

#: Of one attempt and kind, one hint in this time is kept; others tell nothing new.
QUIET = timedelta(seconds=10)
MAX_QUERY = 4096
MAX_MESSAGE = 500


@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
def done(request: HttpRequest, provider: str, account: str, key: str) -> HttpResponse:
    """The provider says that a test is over. Anybody who knows the address may say so: it is a hint.

    It may come as a passback of a score, too; one with a signature is a hint only if that holds.
    """
    try:
        row, attempt = _find(provider, account, key)
    except Http404:
        return HttpResponse("Not found.\n", status=404, content_type="text/plain")
    if not passbacks.may_be_theirs(request, row):
        return passbacks.refusal(request)
    _keep(request, row, attempt, EventSource.CALLBACK)
    return passbacks.thanks(request)


@csrf_exempt
@require_http_methods(["GET", "POST"])
def came_back(request: HttpRequest, provider: str, account: str, key: str) -> HttpResponse:
    """The browser comes back, with or without LTI's four messages. Harmless when repeated, by anybody."""
    row, attempt = _find(provider, account, key)
    _keep(request, row, attempt, EventSource.RETURN)
    for name in ("lti_log", "lti_errorlog"):
        if text := _told(request, name):
            log.info("provider_says", attempt_id=attempt.pk, name=name, text=text)
    return _page(request, attempt)


def _find(provider: str, account: str, key: str) -> tuple[Account, Attempt]:
    row = Account.objects.filter(provider=provider, name=account).first()
    attempt = find_attempt(row, key) if row else None
    if row is None or attempt is None:
        raise Http404
    return row, attempt


def _keep(request: HttpRequest, account: Account, attempt: Attempt, source: EventSource) -> None:
    """Keep a hint, without its body, and understand it.

    Whoever sent it cannot help it when that fails: the sweep tries again.
    """
    # Asked twice: most repeated hints need no lock, and of those that come together the lock lets one through.
    if _is_quiet(attempt, source) and (event := _received(request, account, attempt, source)):
        try:
            flow.understand(event)
        except Exception:  # the provider's boundary: the hint is kept, and nobody there could do anything about it
            log.exception("hint_not_read", event_id=event.pk)


@transaction.atomic
def _received(request: HttpRequest, account: Account, attempt: Attempt, source: EventSource) -> ProviderEvent | None:
    locked = Attempt.objects.select_for_update().filter(pk=attempt.pk).values_list("pk").first()
    if not locked or not _is_quiet(attempt, source):
        return None
    query = request.META.get("QUERY_STRING", "").encode("utf-8", "replace")[:MAX_QUERY]
    return flow.receive(account, source, attempt=attempt, query=_as_text(query), reference=reference())


def _is_quiet(attempt: Attempt, source: EventSource) -> bool:
    after = timezone.now() - QUIET
    return not ProviderEvent.objects.filter(attempt=attempt, source=source, received_at__gt=after).exists()


def _as_text(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace").replace("\0", "\\x00")


def _told(request: HttpRequest, name: str) -> str:
    """One of LTI's messages on the way back: one line, cut. Templates escape it."""
    text = request.GET.get(name, "")[:MAX_MESSAGE]
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _page(request: HttpRequest, attempt: Attempt) -> HttpResponse:
    launch = attempt.launch
    values = {
        "activity": attempt.activity,
        "message": _told(request, "lti_msg"),
        "error": _told(request, "lti_errormsg"),
        "result": result_of(attempt),
        "return_url": launch.details.get("return_url", "") if launch else "",
    }
    if launch:
        return render_inside(request, launch, "pages/return.html", values)
    # Whose frame it is was forgotten with the launch, and nothing on the page can be clicked.
    return render(request, "pages/return.html", values, origins=("*",))
