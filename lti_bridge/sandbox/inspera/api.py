"""The pretend Inspera's API at the edge: tokens, the limit, faults, and where exports are fetched from."""

import json
import threading
import time
from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from lti_bridge.sandbox.faults import Faults
from lti_bridge.sandbox.inspera import exports, records
from lti_bridge.sandbox.inspera.records import Refused
from lti_bridge.sandbox.keys import INSPERA_CODE, shared_secret
from lti_bridge.sandbox.models import InsperaRecord

CLIENT_ID = "demo"
LIFE = 3600
#: More than so many at once are refused, as at Inspera.
AT_ONCE = 10
_SALT = "sandbox.inspera.token"
_places = threading.BoundedSemaphore(AT_ONCE)


@csrf_exempt
@require_POST
def token(request: HttpRequest) -> HttpResponse:
    """A token for the code in the header."""
    asked = {**request.GET.dict(), **request.POST.dict()}
    if asked.get("grant_type") != "authorization_code" or asked.get("client_id") != CLIENT_ID:
        return JsonResponse({"error": "invalid_request"}, status=400)
    if request.headers.get("code") != shared_secret(INSPERA_CODE):
        return JsonResponse({"error": "invalid_grant"}, status=401)
    made = signing.dumps({"made": time.time()}, salt=_SALT)
    return JsonResponse({"access_token": made, "expires_in": LIFE})


@csrf_exempt
def call(request: HttpRequest, path: str) -> HttpResponse:
    """Everything that wants a token."""
    faults = Faults()
    if not _places.acquire(blocking=False):
        return JsonResponse({"error": "Too many concurrent requests"}, status=429)
    try:
        time.sleep(faults["inspera_slow"] / 1000)
        if faults.strikes("inspera_busy"):
            return JsonResponse({"error": "Too many concurrent requests"}, status=429, headers={"Retry-After": "1"})
        if faults.strikes("inspera_error"):
            return JsonResponse({"error": "Internal error"}, status=500)
        if not _is_good(request) or faults.strikes("inspera_token_ends"):
            return JsonResponse({"error": "invalid_token"}, status=401)
        return _answer(request, path, faults)
    finally:
        _places.release()


@require_GET
def stored(request: HttpRequest, key: str) -> HttpResponse:
    """What an export holds, at an address that is proof enough: whoever shows a token as well is sent away."""
    export = get_object_or_404(InsperaRecord, kind="export", key=key)
    if "Authorization" in request.headers:
        return JsonResponse({"message": "Only one auth mechanism allowed"}, status=400)
    if Faults().strikes("inspera_export_expired"):
        return JsonResponse({"message": "Request has expired"}, status=403)
    content, kind = exports.content_of(export)
    return HttpResponse(content, content_type=kind)


def _is_good(request: HttpRequest) -> bool:
    scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
    try:
        signing.loads(shown, salt=_SALT, max_age=LIFE)
    except signing.BadSignature:
        return False
    return scheme.lower() == "bearer"


def _answer(request: HttpRequest, path: str, faults: Faults) -> HttpResponse:
    try:
        body = json.loads(request.body) if request.body else {}
    except ValueError:
        return JsonResponse({"error": "Bad request", "message": "The body is no JSON."}, status=400)
    try:
        told: Any = records.answer(str(request.method), path.rstrip("/"), request.GET.dict(), body, faults)
    except Refused as refused:
        return JsonResponse({"error": refused.error, "message": str(refused)}, status=refused.status)
    return JsonResponse(told, safe=False)
