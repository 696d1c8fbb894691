"""The storage of the pretend Originality. Its addresses are as Amazon's: for one PUT of one type, for a while."""

import hashlib
import time
from uuid import UUID

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.csrf import csrf_exempt

from lti_bridge.sandbox.cutting import cut
from lti_bridge.sandbox.faults import Faults
from lti_bridge.sandbox.models import OriginalityDocument
from lti_bridge.sandbox.originality import progress
from lti_bridge.sandbox.originality.submissions import SALT

#: Seconds that an address is good.
LIFE = 900
PIECE = 262_144


@csrf_exempt
def stored(request: HttpRequest, document_id: UUID) -> HttpResponse:
    """Take the content of a document; each time it comes, and count."""
    document = get_object_or_404(OriginalityDocument, document_id=document_id)
    faults = Faults()
    time.sleep(faults["originality_upload_hang"])
    refused = _refusal(request, document, faults)
    if refused is not None:
        return refused
    if faults.strikes("originality_upload_cut_before"):
        return cut(request)
    digest, size = hashlib.sha256(), 0
    while piece := request.read(PIECE):
        digest.update(piece)
        size += len(piece)
    if size != int(request.headers["Content-Length"]):
        return _error(400, "IncompleteBody")
    progress.take_content(document, size, digest.hexdigest())
    return cut(request) if faults.strikes("originality_upload_cut_after") else HttpResponse()


def _refusal(request: HttpRequest, document: OriginalityDocument, faults: Faults) -> HttpResponse | None:
    if request.method != "PUT":
        return _error(405, "MethodNotAllowed")
    if "Authorization" in request.headers:
        return _error(400, "InvalidArgument")
    try:
        signed = signing.loads(request.GET.get("X-Amz-Signature", ""), salt=SALT, max_age=LIFE)
    except signing.BadSignature:
        signed = None
    if signed is None or signed[0] != str(document) or faults.strikes("originality_upload_expired"):
        return _error(403, "AccessDenied")
    if request.headers.get("Content-Type") != signed[1]:
        return _error(403, "SignatureDoesNotMatch")
    if not request.headers.get("Content-Length", "").isdigit():
        return _error(411, "MissingContentLength")
    return _error(503, "SlowDown") if faults.strikes("originality_upload_error") else None


def _error(status: int, code: str) -> HttpResponse:
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{code}</Message></Error>'
    return HttpResponse(body, status=status, content_type="application/xml")
