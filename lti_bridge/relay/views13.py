"""The edge of our LTI 1.3 platform side toward browsers and tools: authentication, tokens, keys, chosen content."""

import structlog
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from lti_bridge import refused_messages, signing_keys
from lti_bridge.models import ProviderLaunch
from lti_bridge.pages.locale import speak
from lti_bridge.pages.origins import origins_in
from lti_bridge.pages.render import render
from lti_bridge.pages.respond import respond, with_cookie
from lti_bridge.providers.actions import FormPost
from lti_bridge.reference import reference
from lti_bridge.relay import authentication, content_items, deep_linking, id_token, scopes, tokens
from lti_bridge.relay.assertions import AssertionRefused, tool_of
from lti_bridge.relay.authentication import AuthRefused
from lti_bridge.relay.tools import Registered

log = structlog.get_logger(__name__)

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_FORM = "application/x-www-form-urlencoded"
_MAX_TOKEN_REQUEST = 128 * 1024


# --- a launch -------------------------------------------------------------------------------


@csrf_exempt  # our cookie of the launch ties the request to the browser
@never_cache
@require_http_methods(["GET", "POST"])
def auth(request: HttpRequest) -> HttpResponse:
    """A tool sends the browser for its id_token (LTI 1.3 §5.1.1.2). What goes wrong is told to the tool, as OIDC says.

    Before it is known that the answer may go where the request says, it is told here.
    """
    fields = authentication.fields_of(request)
    registered = authentication.tool_of(fields)
    try:
        launch = authentication.launch_of(request, fields, registered)
        with transaction.atomic():
            authentication.use(launch)
            claims = id_token.claims_of(launch, registered, fields["nonce"])
    except AuthRefused as refused:
        log.warning("id_token_refused", error=refused.error, reason=refused.reason, account=registered.account.name)
        told = {"error": refused.error, "error_description": f"{refused.reason} (reference {reference()})"}
        return _post_back(request, fields, told, ("*",))
    told = {"id_token": id_token.signed(claims)}
    response = _post_back(request, fields, told, origins_in(launch.details), launch)
    return with_cookie(response, deep_linking.return_cookie(launch))


def _post_back(
    request: HttpRequest,
    fields: dict[str, str],
    told: dict[str, str],
    framed_by: tuple[str, ...],
    launch: ProviderLaunch | None = None,
) -> HttpResponse:
    """A form that posts itself to the tool, with its own state beside what it is told."""
    state = {"state": fields["state"]} if "state" in fields else {}
    heading = ""
    if launch is not None:
        speak(str(launch.details.get("locale", "")))
        heading = launch.activity.title if launch.activity else _("the provider")
    return respond(request, FormPost(fields["redirect_uri"], told | state), heading=heading, framed_by=framed_by)


@csrf_exempt  # the tool's signature and our cookie are the proof
@never_cache
@require_http_methods(["POST"])
def content(request: HttpRequest) -> HttpResponse:
    """Content that an administrator chose at the provider comes back (LTI-DL 2.0 §4.5)."""
    chosen = deep_linking.receive(request)
    made, skipped = content_items.make_activities(chosen)
    log.info("content_chosen", account=chosen.launch.account.name, made=len(made), skipped=len(skipped))
    values = {"account": chosen.launch.account, "made": made, "skipped": skipped, "told": chosen.told}
    return render(request, "pages/content.html", values)


# --- services -------------------------------------------------------------------------------


@csrf_exempt  # the assertion is the proof, and no browser has one
def token(request: HttpRequest) -> HttpResponse:
    """An access token for a tool that proves who it is (Security Framework 1.0 §4.1.1)."""
    if request.method != "POST":
        return _no_token(405, "invalid_request", "Use POST.", allow="POST")
    announced = request.headers.get("Content-Length", "")
    if request.content_type != _FORM or (announced.isdecimal() and int(announced) > _MAX_TOKEN_REQUEST):
        return _no_token(400, "invalid_request", f"Use a form ({_FORM}) of at most {_MAX_TOKEN_REQUEST} bytes.")
    if any(len(values) > 1 for _name, values in request.POST.lists()):
        return _no_token(400, "invalid_request", "A parameter is given twice.")
    if request.POST.get("grant_type") != "client_credentials":
        return _no_token(400, "unsupported_grant_type", "grant_type must be client_credentials.")
    if request.POST.get("client_assertion_type") != _ASSERTION_TYPE:
        return _no_token(400, "invalid_request", f"client_assertion_type must be {_ASSERTION_TYPE}.")
    try:
        registered = tool_of(request.POST.get("client_assertion", ""))
    except AssertionRefused as refused:
        log.warning("token_refused", code=refused.code, account=refused.account.name if refused.account else "")
        if refused.account is not None:
            refused_messages.note(refused.account, f"token_{refused.code}", skew=refused.skew)
        return _no_token(refused.status, "invalid_client", refused.description)
    return _granted(registered, request.POST.get("scope", "").split())


def _granted(registered: Registered, asked: list[str]) -> HttpResponse:
    granted = [scope for scope in scopes.offered(registered.tool) if scope in asked]
    if not granted:
        return _no_token(400, "invalid_scope", "None of the scopes is offered here.")
    body = {
        "access_token": tokens.grant(registered, granted),
        "token_type": "bearer",
        "expires_in": tokens.LIFETIME,
        "scope": " ".join(granted),
    }
    return _uncached(JsonResponse(body))


def _no_token(status: int, error: str, description: str, *, allow: str = "") -> HttpResponse:
    """RFC 6749 §5.2."""
    response = JsonResponse({"error": error, "error_description": description}, status=status)
    if allow:
        response["Allow"] = allow
    return _uncached(response)


def _uncached(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    response["Pragma"] = "no-cache"
    return response


@require_safe
def jwks(request: HttpRequest) -> HttpResponse:
    """The public keys of our platform side (LTI 1.3 §6.3)."""
    response = JsonResponse(signing_keys.key_set(signing_keys.Side.PLATFORM))
    response["Cache-Control"] = f"public, max-age={signing_keys.CACHE_SECONDS}"
    return response
