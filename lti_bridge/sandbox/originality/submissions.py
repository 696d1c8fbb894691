"""What the pretend Originality takes as a document, and how it says no."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from django.core import signing
from django.db import transaction

from lti_bridge.sandbox.addresses import storage_url
from lti_bridge.sandbox.models import OriginalityDocument
from lti_bridge.sandbox.originality.types import LANGUAGES, MEDIA_TYPES

SALT = "sandbox.originality.storage"
INLINE = "base64,"


class Refused(Exception):
    """An error of the API. ``status``: of HTTP."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def submit(profile: str, told: Mapping[str, Any]) -> tuple[OriginalityDocument, bytes | None]:
    """Take a document. Gives its row, and the content if that came along. Raises :class:`Refused`."""
    _check(profile, told)
    content = _inline(told) if profile == "legacy" else None
    words = len(content.split()) if content is not None else None
    if words is not None and words < int(str(told.get("minLimit") or 0)):
        raise Refused(403, "Document word count is less than the allowed minimum")
    with transaction.atomic():
        _count(told)
        document = OriginalityDocument.objects.create(
            profile=profile,
            told={name: value for name, value in told.items() if name != "file"},
            media_type=MEDIA_TYPES[told["docType"]],
        )
    return document, content


def upload_url(document: OriginalityDocument) -> str:
    """An address of the storage, for this document and a while, as Amazon writes such ones."""
    signature = signing.dumps([str(document), document.media_type], salt=SALT)
    return f"{storage_url('sandbox-originality-storage', document.document_id)}?X-Amz-Signature={signature}"


def _check(profile: str, told: Mapping[str, Any]) -> None:
    required = ["documentTitle", "author", "email", "docType"]
    required += ["documentLanguage"] if profile == "legacy" else []
    if not all(isinstance(told.get(name), str) and told[name] for name in required):
        raise Refused(400, "The required fields are invalid")
    if not 5 <= len(told["documentTitle"]) <= 190:
        raise Refused(403, "Document title has less than 5 characters or more than 190 characters")
    if told["docType"] not in MEDIA_TYPES:
        raise Refused(403, "Document structure is invalid")
    languages = told.get("translatedLanguage") or []
    wanted = [languages] if isinstance(languages, str) else languages
    if not {*wanted, told.get("documentLanguage", "en")} <= LANGUAGES or len(wanted) > 3:
        raise Refused(400, "The required fields are invalid")
    wrong = bool if profile == "legacy" else str
    if any(isinstance(told.get(name), wrong) for name in ("archive", "enableAIDetection")):
        raise Refused(400, "The required fields are invalid")


def _inline(told: Mapping[str, Any]) -> bytes | None:
    file = told.get("file")
    if not isinstance(file, str):
        return None
    if not file.startswith(INLINE):
        return file.encode()
    try:
        return base64.b64decode(file.removeprefix(INLINE), validate=True)
    except binascii.Error:
        raise Refused(403, "Document structure is invalid") from None


def _count(told: Mapping[str, Any]) -> None:
    """Of one person and assignment so many documents with content as were allowed, if it was said."""
    most = told.get("reSubmissions")
    if most is None:
        return
    same = {"told__email": told["email"], "told__assignmentId": told.get("assignmentId")}
    if OriginalityDocument.objects.filter(contents__gt=0, **same).count() >= int(str(most)):
        raise Refused(403, "Maximum of submissions has been reached")
