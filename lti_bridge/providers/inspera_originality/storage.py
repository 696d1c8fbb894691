"""The storage that documents are brought to, at addresses that Originality has signed for one document and some time.

As its own plugin does: one PUT with the bytes and the media type that was told, and without our token.
"""

import re
import time
from urllib.parse import urlsplit

import structlog
from django.utils.translation import gettext_lazy as _

from lti_bridge import http
from lti_bridge.models import Account
from lti_bridge.providers.documents import Content
from lti_bridge.providers.inspera_originality import errors, settings
from lti_bridge.providers.inspera_originality.errors import Meaning, Remedy

log = structlog.get_logger(__name__)

TIMEOUT = (5.0, 60.0)
#: Seconds in all, as the plugin has it.
DEADLINE = 300.0
#: Answers of Amazon's storage to an address that was good once, or never.
_GONE = (401, 403, 404, 410)
_EXPIRED_WORDS = ("ExpiredToken", "RequestExpired", "RequestTimeTooSkewed", "TokenRefreshRequired")
_CODE = re.compile(rb"<Code>([A-Za-z]{1,60})</Code>")
FOREIGN = Meaning(
    errors.FOREIGN_UPLOAD_HOST,
    Remedy.CONFIGURATION,
    _("The similarity check wants documents at an address that is not allowed."),
    _("If it is Inspera's, an administrator can allow its host: upload_hosts in the account's settings."),
)
EXPIRED = Meaning(
    "upload_address_expired",
    Remedy.RETRY,
    _("The address for the document is no longer good."),
    _("Ask for a new one: tell of the document once more."),
)
NOT_TAKEN = Meaning(
    errors.UPLOAD_NOT_ACCEPTED,
    Remedy.CONFIGURATION,
    _("The storage of the similarity check did not take the document."),
    errors.TELL_SUPPORT,
)


def bring(account: Account, url: str, media_type: str, content: Content) -> bool:
    """Bring a document to its address. False when the address is no longer good. Raises ``ProviderError``.

    Bringing it once more writes the same over itself.
    """
    if not may_be_brought_to(account, url):
        raise errors.made(FOREIGN, "upload: the address is at a host that is not allowed")
    headers = {"Content-Type": media_type}
    try:
        answer = http.upload(
            "PUT", url, content.pieces(), content.size, headers=headers, timeout=TIMEOUT, deadline=DEADLINE
        )
    except http.HttpProblem as problem:
        log.warning("originality_upload_not_answered", account=account.name, code=problem.code)
        raise errors.made(errors.AWAY, f"upload: {problem}", ambiguous=problem.ambiguous) from None
    return _is_taken(account, answer)


def may_be_brought_to(account: Account, url: str) -> bool:
    """Whether an address is at one of the account's hosts: by https, or where the setting has ``http://`` before it."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
    except ValueError:
        return False
    if not host or parts.username is not None:
        return False
    hosts = settings.upload_hosts(account)
    if parts.scheme != "https":
        return f"{parts.scheme}://{parts.netloc.lower()}" in hosts
    return any(host.endswith(each) if each.startswith(".") else host == each for each in hosts)


def _is_taken(account: Account, answer: http.Answer) -> bool:
    if answer.status < 300:
        return True
    found = _CODE.search(answer.body)
    code = found[1].decode() if found else ""
    log.info("originality_upload_refused", account=account.name, status=answer.status, code=code)
    if code in _EXPIRED_WORDS or (answer.status in _GONE and code != "SignatureDoesNotMatch"):
        return False
    meaning = _meaning_of(answer.status, code)
    detail, wait = f"upload: HTTP {answer.status} {code}".strip(), answer.retry_after(time.time())
    raise errors.made(meaning, detail, str(answer.status), code, retry_after=wait)


def _meaning_of(status: int, code: str) -> Meaning:
    if status == 413 or code == "EntityTooLarge":
        return errors.TOO_LARGE
    if status == 429 or code in ("SlowDown", "RequestTimeout", "InternalError"):
        return errors.BUSY
    return errors.AWAY if status >= 500 or status < 400 else NOT_TAKEN
