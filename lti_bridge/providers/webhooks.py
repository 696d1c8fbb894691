"""The edge where providers tell of events by messages about an account: verified, kept, and answered at once.

What is told is a hint: the provider is asked what is true. Answering takes a few statements and no request of ours.
"""

import structlog
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from lti_bridge import events, flow, refused_messages
from lti_bridge.errors import AlreadyReceived, ForgedEvent
from lti_bridge.models import Account, EventSource
from lti_bridge.providers import PROVIDERS
from lti_bridge.providers.whole_tests import Webhooks
from lti_bridge.reference import reference

log = structlog.get_logger(__name__)

MAX_BYTES = 65_536


@csrf_exempt
@never_cache
@require_POST
def receive(request: HttpRequest, provider: str, account: str, token: str = "") -> HttpResponse:
    """A webhook. 200 when it is theirs, whatever it says; 401 when that is not proven.

    ``token``: the end of an address that only the provider knows. With another one there is nothing here.
    """
    row = Account.objects.filter(provider=provider, name=account).first()
    webhooks = PROVIDERS[provider].webhooks if row and provider in PROVIDERS else None
    if row is None or webhooks is None or not _is_its_token(row, webhooks, token):
        return _said("Not found.", 404)
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BYTES:
        return _said("Too large.", 413)
    return _receive(request, row, webhooks)


def _is_its_token(account: Account, webhooks: Webhooks, token: str) -> bool:
    fits = constant_time_compare(token, webhooks.token(account) if webhooks.token else "")
    if not fits and webhooks.token:
        log.warning("webhook_refused", account=account.name, code="wrong_token")
        refused_messages.note(account, "wrong_token")
    return fits


def _receive(request: HttpRequest, account: Account, webhooks: Webhooks) -> HttpResponse:
    body = request.body
    if webhooks.is_trial(body):
        # It says nothing, so nothing has to be proven.
        return _said("Somebody is here.")
    try:
        single = webhooks.verify(account, request.headers, body)
    except ForgedEvent as forged:
        log.warning("webhook_refused", account=account.name, code=forged.code)
        refused_messages.note(account, forged.code)
        return _said("The signature is wrong.", 401)
    text = body.decode("utf-8", "backslashreplace").replace("\0", "\\x00")
    try:
        event = flow.receive(account, EventSource.WEBHOOK, nonce=single, body=text, reference=reference())
    except AlreadyReceived:
        return _said("Thank you, again.")
    events.read(event)
    return _said("Thank you.")


def _said(words: str, status: int = 200) -> HttpResponse:
    return HttpResponse(f"{words}\n", status=status, content_type="text/plain")
