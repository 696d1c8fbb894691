"""Scores that a provider passes back to an address of one attempt: Basic Outcomes or JSON, and a hint in either form.

The score in it is not read. A signature is not asked for, because the address is unguessable and the provider's API is
asked what is true; but a signature that does not hold is a forgery, and nothing is kept of it.
"""

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from lti_bridge import oauth1, pox, refused_messages
from lti_bridge.models import Account
from lti_bridge.providers import PROVIDERS

log = structlog.get_logger(__name__)

_XML_TYPES = ("application/xml", "text/xml")
Asked = pox.OutcomeRequest | pox.PoxProblem


def may_be_theirs(request: HttpRequest, account: Account) -> bool:
    """False for a message with a signature that the account's secret did not make; it is noted at the account."""
    authorization = request.headers.get("Authorization", "")
    if authorization[:6].lower() != "oauth ":
        return True
    key_name, secret_name = PROVIDERS[account.provider].lti11_secrets
    try:
        oauth, _pairs = oauth1.read_header(authorization)
        theirs = oauth.key == account.secrets.get(key_name)
        names = (secret_name, f"previous_{secret_name}")
        secrets = [account.secrets[name] for name in names if theirs and account.secrets.get(name)]
        url = settings.PUBLIC_ORIGIN + request.get_full_path()
        oauth1.check_body(authorization, url, request.body, secrets, methods=oauth1.METHODS)
    except oauth1.SignatureProblem as problem:
        log.warning("passback_refused", account=account.name, code=problem.code)
        refused_messages.note(account, problem.code, skew=problem.skew)
        return False
    return True


def thanks(request: HttpRequest) -> HttpResponse:
    """The answer in the form that was used: whoever sends Basic Outcomes looks for its answer, else tries again."""
    if not _is_pox(request):
        return HttpResponse("Thank you.\n", content_type="text/plain")
    try:
        asked: Asked = pox.read_request(request.body)
    except pox.PoxProblem as problem:
        asked = problem
    return _answer("success", "fullsuccess", "The message is taken as a hint.", asked)


def refusal(request: HttpRequest) -> HttpResponse:
    """The answer to a forgery."""
    if not _is_pox(request):
        return HttpResponse("The signature is wrong.\n", status=401, content_type="text/plain")
    return _answer("failure", "unauthorizedrequest", "The request is not authorized.", None, status=401)


def _is_pox(request: HttpRequest) -> bool:
    return request.method == "POST" and request.content_type in _XML_TYPES


def _answer(major: str, minor: str, words: str, asked: Asked | None, status: int = 200) -> HttpResponse:
    body = pox.build_response(
        code_major=major,
        severity="status" if status == 200 else "error",
        code_minor=minor,
        description=words,
        operation=asked.operation if asked else "",
        message_ref=asked.message_identifier if asked else "",
        namespace=asked.namespace if asked else pox.NAMESPACE,
    )
    return HttpResponse(body, status=status, content_type="application/xml")
