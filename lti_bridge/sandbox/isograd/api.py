"""The pretend Isograd's API: access tokens, and one address for all actions."""

import time
from datetime import timedelta

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_POST

from lti_bridge.sandbox.addresses import provider_url
from lti_bridge.sandbox.cutting import cut
from lti_bridge.sandbox.faults import Faults
from lti_bridge.sandbox.isograd.api_actions import carry_out
from lti_bridge.sandbox.isograd.errors import IsogradError
from lti_bridge.sandbox.isograd.launches import Asked
from lti_bridge.sandbox.keys import ISOGRAD_API_CLIENT_ID, shared_secret
from lti_bridge.sandbox.models import IsogradToken
from lti_bridge.sandbox.strangers import provider_page

_LIFE = timedelta(hours=1)
_LOG_IN_PAGE = "<!DOCTYPE html><html><title>Log in</title><form method=post><input name=password></form></html>"


@provider_page
@require_POST
def token(request: HttpRequest) -> HttpResponse:
    """An access token: what for is in the query, who asks is in the body."""
    faults = Faults()
    time.sleep(faults["provider_api_slow"] / 1000)
    if faults.strikes("provider_api_token_down"):
        return HttpResponse("down for maintenance", status=503, content_type="text/plain")
    asked = (request.GET.get("grant_type"), request.GET.get("scopes"), request.POST.get("client_id"))
    secret = request.POST.get("client_secret", "")
    right = asked == ("client_credentials", "usage", ISOGRAD_API_CLIENT_ID)
    if not (right and constant_time_compare(secret, shared_secret(ISOGRAD_API_CLIENT_ID))):
        return JsonResponse({"error": "invalid_client"}, status=401)
    given = IsogradToken.objects.create(expires_at=timezone.now() + _LIFE).token
    wrong = faults.strikes("provider_api_wrong_token")
    told = {"access_token": "wrong" if wrong else given, "token_type": "Bearer"}
    return JsonResponse(told | {"expires_in": int(_LIFE.total_seconds())})


@provider_page
@require_POST
def usage(request: HttpRequest) -> HttpResponse:
    """Carry an action out and answer in the document's envelope."""
    faults = Faults()
    time.sleep(faults["provider_api_slow"] / 1000)
    if (wrong := _instead(faults)) is not None:
        return wrong
    bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
    known = IsogradToken.objects.filter(token=bearer, expires_at__gt=timezone.now()).exists()
    if not known or faults.strikes("provider_api_expired_token"):
        return JsonResponse({"message": "Unauthorized"}, status=401)
    asked = Asked(request.POST.dict(), "", {})
    response = _answer(asked)
    if asked.optional("act_id") == "9" and faults.strikes("provider_api_cut_after"):
        return cut(request)
    return response


def _instead(faults: Faults) -> HttpResponse | None:
    """What is answered in place of the work; None when it is to be done."""
    if faults.strikes("provider_api_down"):
        return HttpResponse("down for maintenance", status=503, content_type="text/plain")
    if faults.strikes("provider_api_error"):
        return HttpResponse("oops", status=500, content_type="text/plain")
    if faults.strikes("provider_api_page"):
        return HttpResponse(_LOG_IN_PAGE)
    if faults.strikes("provider_api_redirects"):
        return HttpResponseRedirect(provider_url("sandbox-isograd"))
    return None


def _answer(asked: Asked) -> HttpResponse:
    try:
        said = carry_out(asked)
    except IsogradError as error:
        envelope = {"success": False, "error_code": error.code, "error_message": str(error)}
        return JsonResponse(envelope | error.more)
    if isinstance(said, str):
        return HttpResponseRedirect(said)
    return JsonResponse({"error_message": None, "success": True, **said})
