"""The pretend Originality's API at the edge, in both generations: tokens, faults, and which address does what."""

import hashlib
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from lti_bridge.sandbox.addresses import provider_url
from lti_bridge.sandbox.cutting import cut
from lti_bridge.sandbox.faults import Faults
from lti_bridge.sandbox.keys import ORIGINALITY_CLIENT_ID, ORIGINALITY_EMAIL, shared_secret
from lti_bridge.sandbox.models import OriginalityDocument
from lti_bridge.sandbox.originality import progress, submissions, telling, users
from lti_bridge.sandbox.originality.submissions import Refused
from lti_bridge.sandbox.originality.webhooks import INSTITUTION_ID

PROFILES = ("current", "legacy")
LIFE = 86_400
#: What Amazon's gateway takes in one request.
MOST = 10_000_000
_SALT = "sandbox.originality.token"
_CLIENT, _USER = "client", "user"


@dataclass(frozen=True, slots=True)
class Call:
    """One request: the generation, what the path names, query and body."""

    profile: str
    parts: tuple[str, ...]
    query: Mapping[str, str]
    body: Mapping[str, Any]
    faults: Faults


def client_id() -> str:
    """The secret that the bridge's account has."""
    return shared_secret(ORIGINALITY_CLIENT_ID)


@csrf_exempt
def call(request: HttpRequest, profile: str, path: str) -> HttpResponse:
    """Everything below the base address of one generation."""
    faults = Faults()
    time.sleep(faults["originality_hang"])
    if faults.strikes("originality_busy"):
        return JsonResponse({"message": "Too Many Requests"}, status=429, headers={"Retry-After": "1"})
    if faults.strikes("originality_error"):
        return JsonResponse({"message": "Internal server error"}, status=500)
    if faults.strikes("originality_cut_before"):
        return cut(request)
    try:
        told = _answer(request, profile, f"/{path}", faults)
    except Refused as refused:
        return JsonResponse({"message": str(refused)}, status=refused.status)
    acts = request.method != "GET"
    return cut(request) if acts and faults.strikes("originality_cut_after") else JsonResponse(told, safe=False)


def _answer(request: HttpRequest, profile: str, path: str, faults: Faults) -> Any:
    body = _body(request)
    for method, pattern, profiles, access, act in _TABLE:
        found = re.fullmatch(pattern, path)
        if method == request.method and found and profile in profiles:
            _check_token(request, access, faults)
            return act(Call(profile, found.groups(), request.GET.dict(), body, faults))
    # As Amazon's gateway says it.
    raise Refused(403, "Missing Authentication Token")


def _body(request: HttpRequest) -> Mapping[str, Any]:
    if int(request.headers.get("Content-Length") or 0) > MOST:
        raise Refused(413, "Request Too Long")
    try:
        # Not ``request.body``: a document in base 64 is more than Django takes for a form.
        told = json.loads(request.read() or b"{}")
    except ValueError:
        raise Refused(400, "The required fields are invalid") from None
    return told if isinstance(told, dict) else {}


def _check_token(request: HttpRequest, access: str, faults: Faults) -> None:
    if not access:
        return
    scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
    try:
        made_for = signing.loads(shown, salt=_SALT, max_age=LIFE)
    except signing.BadSignature:
        made_for = ""
    if scheme != "Bearer" or made_for != access or faults.strikes("originality_token_ends"):
        raise Refused(401, "Not authorized to take action" if access == _USER else "Token has expired")


def _token(call: Call) -> Any:
    told = call.body
    if call.profile == "current" and "email" in told:
        return _user_token(call)
    names = ("clientid", "institutionid") if call.profile == "legacy" else ("clientId", "institutionId")
    if not all(isinstance(told.get(name), str) for name in names):
        raise Refused(404, "Required fields were invalid")
    if (told[names[0]], told[names[1]]) != (client_id(), INSTITUTION_ID):
        raise Refused(401, "The clientId is invalid")
    token = signing.dumps(_CLIENT, salt=_SALT)
    return {"token": token, "expirationTime": int((time.time() + LIFE) * 1000)}


def _user_token(call: Call) -> Any:
    email, password = str(call.body.get("email", "")), call.body.get("password")
    if "@" not in email:
        raise Refused(409, "Invalid email format")
    if email != ORIGINALITY_EMAIL:
        raise Refused(404, "User not found")
    if password != shared_secret(ORIGINALITY_EMAIL):
        raise Refused(422, "Invalid credentials")
    return {"token": signing.dumps(_USER, salt=_SALT)}


def _submit(call: Call) -> Any:
    document, content = submissions.submit(call.profile, call.body)
    if content is not None:
        progress.take_content(document, len(content), hashlib.sha256(content).hexdigest())
    told = {"message": "Your document is uploaded successfully", "documentId": str(document)}
    return told if content is not None else told | {"presignedS3Url": submissions.upload_url(document)}


def _document(call: Call) -> OriginalityDocument:
    pattern = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    rows = OriginalityDocument.objects.filter(profile=call.profile)
    found = rows.filter(document_id=call.parts[0]).first() if re.fullmatch(pattern, call.parts[0]) else None
    if found is None:
        raise Refused(404, "Submission not found")
    return progress.now_at(found)


def _status(call: Call) -> Any:
    document = _document(call)
    conflicting = call.faults.strikes("originality_status_conflict")
    return telling.status_of(document, *telling.STATUSES[document.step], conflicting=conflicting)


def _report(call: Call) -> Any:
    document = _document(call)
    if call.parts[1] not in ("view", "edit"):
        raise Refused(400, "Bad request")
    pass_ = signing.dumps([document.key, call.parts[1]], salt=REPORT_SALT)
    return {"url": f"{provider_url('sandbox-originality-report', document.key)}?pass={pass_}"}


REPORT_SALT = "sandbox.originality.report"
Act = Callable[[Call], Any]
_DOCUMENT = r"/document/([^/]+)"
_BOTH = PROFILES
_TABLE: tuple[tuple[str, str, tuple[str, ...], str, Act], ...] = (
    ("POST", "/generateToken", ("legacy",), "", _token),
    ("POST", "/token", ("current",), "", _token),
    ("POST", "/token", ("legacy",), "", _user_token),
    ("POST", "/submissions", ("legacy",), _CLIENT, _submit),
    ("POST", "/create/submission", ("current",), _CLIENT, _submit),
    ("GET", f"{_DOCUMENT}/checkStatus", _BOTH, _CLIENT, _status),
    ("GET", f"{_DOCUMENT}/mode/([^/]+)", _BOTH, _CLIENT, _report),
    ("POST", "/user", _BOTH, _USER, lambda call: users.create(call.body)),
    ("GET", "/user-info", _BOTH, _USER, lambda call: users.find(call.query)),
    ("PUT", "/user-info", _BOTH, _USER, lambda call: users.update(call.query.get("userId", ""), call.body)),
    ("DELETE", "/user-info", _BOTH, _USER, lambda call: users.delete(call.query.get("userId", ""))),
    ("GET", "/courses-info", _BOTH, _USER, lambda call: users.courses(call.query)),
    ("GET", "/institution-info", _BOTH, _USER, lambda call: users.INSTITUTION),
)
