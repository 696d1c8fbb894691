"""The pretend LMS's LTI 1.3 endpoints for browsers and tools, apart from the services."""

import time
from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lti_bridge.sandbox import signed
from lti_bridge.sandbox.addresses import lms_url
from lti_bridge.sandbox.faults import MOODLE, Faults
from lti_bridge.sandbox.lms.lti13 import authorization, registration, tokens
from lti_bridge.sandbox.lms.lti13.agreement import PARTY, key_generation
from lti_bridge.sandbox.lms.pages import send_form, show
from lti_bridge.sandbox.lms.people import current_session
from lti_bridge.sandbox.strangers import lms_page


@lms_page
@require_GET
def keys(_request: HttpRequest) -> HttpResponse:
    """The public key of id_tokens."""
    faults = Faults()
    time.sleep(faults["lms_keys_slow"] / 1000)
    if faults.strikes("lms_keys_down"):
        return HttpResponse("down for maintenance", status=503, content_type="text/plain")
    return JsonResponse(signed.key_set(PARTY, generation=key_generation(faults)))


@lms_page
@require_http_methods(["GET", "POST"])
def auth(request: HttpRequest) -> HttpResponse:
    """The authorization endpoint. Across sites a browser brings no cookie: then a page of ours asks once more."""
    given = request.POST if request.method == "POST" else request.GET
    asked = {name: given.get(name, "") for name in given}
    try:
        tool = authorization.client_of(asked)
    except authorization.NoRedirect as reason:
        return show(request, "message", status=400, text=str(reason))
    session = current_session(request)
    if session is None and "repost" not in asked:
        return send_form(request, lms_url("sandbox-lms13-auth"), asked | {"repost": "1"}, "Logging in")
    faults = Faults()
    try:
        authorization.check(asked)
        fields = {"id_token": authorization.answer(asked, tool, session, faults)}
    except authorization.AuthorizationError as error:
        fields = {"error": error.error, "error_description": error.description}
    if faults.strikes("lms_offers_storage"):
        fields["lti_storage_target"] = "_parent"
    return send_form(request, asked["redirect_uri"], fields | _echoed(asked), f"On to {tool.name}")


@lms_page
@require_POST
def token(request: HttpRequest) -> HttpResponse:
    """The token endpoint. As Moodle's, it says text/html about its JSON."""
    faults = Faults()
    time.sleep(faults["lms_token_slow"] / 1000)
    if faults.strikes("lms_token_error"):
        return HttpResponse("oops", status=500, content_type="text/plain")
    if faults.strikes("lms_token_page"):
        return HttpResponse("<!DOCTYPE html><html><title>404 Not Found</title><h1>Not Found</h1></html>", status=404)
    try:
        answer, status = tokens.grant(request.POST), 200
    except tokens.NotGranted as reason:
        answer, status = {"error": reason.error, "error_description": reason.description}, 400
    content_type = "text/html; charset=utf-8" if faults.manner == MOODLE else "application/json"
    return JsonResponse(answer, status=status, content_type=content_type, headers={"Cache-Control": "no-store"})


@lms_page
@require_GET
def configuration(request: HttpRequest) -> HttpResponse:
    """What tools may know that register themselves. Canvas wants the registration token even for that."""
    manner = Faults().manner
    if manner != MOODLE and not registration.is_token(_bearer(request)):
        return JsonResponse({"error": "invalid_token"}, status=401)
    return JsonResponse(registration.configuration(manner))


@lms_page
@require_POST
def register(request: HttpRequest) -> HttpResponse:
    """Take a tool's registration."""
    try:
        return JsonResponse(registration.register(_bearer(request), request.body))
    except registration.NotRegistered as reason:
        return JsonResponse({"error": reason.error, "error_description": reason.description}, status=reason.status)


def _echoed(asked: Mapping[str, str]) -> dict[str, str]:
    return {"state": asked["state"]} if "state" in asked else {}


def _bearer(request: HttpRequest) -> str:
    kind, _blank, given = request.headers.get("Authorization", "").partition(" ")
    return given.strip() if kind.lower() == "bearer" else ""
