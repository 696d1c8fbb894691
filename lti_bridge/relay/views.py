"""The edge of the relay: what providers' tools call.

Each check costs little and trusts nothing before it: method, content type, size, signature, time. Then the message is
kept, and only then it is read.
"""

import time

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from lti_bridge import flow, oauth1, pox, refused_messages
from lti_bridge.errors import AlreadyReceived
from lti_bridge.models import Account, EventSource, EventState, ProviderEvent, relay_key_digest
from lti_bridge.reference import reference
from lti_bridge.relay import outcomes as service
from lti_bridge.relay.lti11 import DEFAULT_METHOD
from lti_bridge.relay.problems import ServiceProblem
from lti_bridge.relay.scopes import OUTCOME
from lti_bridge.relay.tokens import bearer_of

log = structlog.get_logger(__name__)

#: The last one is LTI 1.3's (Basic Outcomes with a bearer token).
_XML_TYPES = ("application/xml", "text/xml", "application/vnd.ims.lti.v1.outcome+xml")


class _NotBelieved(Exception):
    """A message that proves nothing. ``account``: the name of the one whose key it bears, if anybody's."""

    def __init__(self, code: str, account: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.account = account


@csrf_exempt
@never_cache
def outcomes(request: HttpRequest) -> HttpResponse:
    """LTI 1.1 Basic Outcomes: replaceResult, readResult, deleteResult. Every answer is a message of that service."""
    if request.method != "POST":
        answer = _failure(405, "unsupportedLISoperation", "Use POST.")
        answer["Allow"] = "POST"
        return answer
    if request.content_type not in _XML_TYPES:
        return _failure(415, "invaliddata", "Use the content type application/xml.")
    if _announced_size(request) > pox.MAX_BYTES:
        return _failure(413, "toomuchdata", f"The message is larger than {pox.MAX_BYTES} bytes.")
    try:
        return _answer(_receive(request))
    except _NotBelieved as problem:
        # Outside, all of these look the same; the log and the administrators know more.
        log.warning("outcome_not_believed", code=problem.code, account=problem.account)
        answer = _failure(401, "unauthorizedrequest", "The request is not authorized.")
        answer["WWW-Authenticate"] = f'OAuth realm="{settings.BASE_URL}", Bearer'
        return answer
    except UnreadablePostError:
        log.warning("outcome_did_not_arrive")
        return _failure(408, "linkfailure", "The message did not arrive as a whole. Please send it again.")
    except Exception:  # the provider's boundary: it must get an answer it can read, and try again
        log.exception("outcome_not_recorded")
        return _failure(500, "targetisbusy", "The message could not be recorded. Please send it again.")


def _announced_size(request: HttpRequest) -> int:
    # Django reads no more than this.
    size = request.headers.get("Content-Length", "")
    return int(size) if size.isdecimal() else 0


def _receive(request: HttpRequest) -> ProviderEvent:
    """Keep a message whose signature holds, or that bears a token of ours. Raises ``_NotBelieved``."""
    account = Account()
    try:
        if request.headers.get("Authorization", "")[:7].lower() == "bearer ":
            account = bearer_of(request, OUTCOME).account
            return flow.receive(account, EventSource.OUTCOME, body=_body(request), reference=reference())
        oauth, _pairs = oauth1.read_header(request.headers.get("Authorization", ""))
        digest = relay_key_digest(oauth.key)
        # An unknown key has an account without secrets: the same work, and no signature ever holds.
        account = Account.objects.filter(relay_key_digest=digest, enabled=True).first() or account
        return _keep(request, account, oauth)
    except oauth1.SignatureProblem as problem:
        refused_messages.note(account, problem.code, skew=problem.skew)
        raise _NotBelieved(problem.code, account.name) from None
    except AlreadyReceived:
        refused_messages.note(account, "nonce_used")
        raise _NotBelieved("nonce_used", account.name) from None
    except ServiceProblem as problem:
        raise _NotBelieved(problem.code) from None


def _keep(request: HttpRequest, account: Account, oauth: oauth1.OAuthParameters) -> ProviderEvent:
    authorization = request.headers.get("Authorization", "")
    method = account.settings.get("signature_method", DEFAULT_METHOD)
    oauth1.check_body(authorization, _public_url(request), request.body, _live_secrets(account), methods=[method])
    oauth1.check_timestamp(oauth.timestamp, time.time(), settings.LAUNCH_WINDOW)
    return flow.receive(account, EventSource.OUTCOME, nonce=oauth.nonce, body=_body(request), reference=reference())


def _body(request: HttpRequest) -> str:
    # Bytes that are not UTF-8 stay visible; no message of ours has any where it counts.
    return request.body.decode("utf-8", "backslashreplace").replace("\0", "\\x00")


def _public_url(request: HttpRequest) -> str:
    """The address as the provider signed it: ours, whatever the Host header says."""
    query = request.META.get("QUERY_STRING", "")
    return f"{service.service_url()}?{query}" if query else service.service_url()


def _live_secrets(account: Account) -> list[str]:
    names = ("shared_secret", "previous_shared_secret")
    return [account.secrets[name] for name in names if account.secrets.get(name)]


def _answer(event: ProviderEvent) -> HttpResponse:
    try:
        flow.understand(event)
        asked = service.request_of(event)
        score = service.score_of(service.attempt_of(event, asked)) if asked.operation == "readResult" else None
    except service.OutcomeRefused as refused:
        ProviderEvent.objects.filter(pk=event.pk).update(state=EventState.REFUSED, reason=str(refused)[:300])
        return _failure(refused.status, refused.code_minor, str(refused.sentence), refused.asked)
    body = pox.build_response(
        code_major="success",
        code_minor="fullsuccess",
        # Some peers cannot read an answer without one.
        description=f"{asked.operation} done.",
        operation=asked.operation,
        message_ref=asked.message_identifier,
        namespace=asked.namespace,
        score=score,
    )
    return HttpResponse(body, content_type="application/xml")


def _failure(status: int, code_minor: str, sentence: str, asked: service.Asked | None = None) -> HttpResponse:
    unsupported = code_minor == "unsupportedLISoperation"
    body = pox.build_response(
        code_major="unsupported" if unsupported else "failure",
        severity="status" if unsupported else "error",
        code_minor=code_minor,
        description=sentence,
        operation=asked.operation if asked else "",
        message_ref=asked.message_identifier if asked else "",
        namespace=asked.namespace if asked else pox.NAMESPACE,
    )
    return HttpResponse(body, status=status, content_type="application/xml")
