"""Isograd's API over HTTP: a token, one address, form-encoded bodies, an envelope.

Nothing is sent twice, but after a 401, when nothing was done: then once more with a new token.
"""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import structlog
from django.utils.translation import gettext_lazy as _

from lti_bridge import http
from lti_bridge.errors import ProviderRefused, ProviderUnavailable
from lti_bridge.models import Account
from lti_bridge.providers import tokens, troubles
from lti_bridge.providers.isograd.envelope import Envelope, NotAnAnswer, read_envelope, read_json
from lti_bridge.providers.isograd.errors import IsogradRefused
from lti_bridge.providers.isograd.settings import api_url, credentials, token_url
from lti_bridge.providers.tokens import Fetched

log = structlog.get_logger(__name__)

PURPOSE = "usage"
#: A learner waits for the answer, so patience is short: seconds to connect, seconds without a byte, seconds in all.
TIMEOUT = (5.0, 12.0)
DEADLINE = 12.0
#: What the token address wants in its query. It says ``scopes``, which is not OAuth's own word.
_QUERY = {"grant_type": "client_credentials", "scopes": "usage"}
#: When the answer does not say how long a token is good.
_LIFE = 300.0
_FORM = "application/x-www-form-urlencoded"
#: ``act_id`` of actions that answer with a redirection.
_REDIRECTING = ("13", "38")
#: ``act_id`` → the trouble that is over when it works.
_PROVES = {"2": "no_credits", "9": "no_credits", "8": "no_credits", "16": "no_proctoring_credits"}
CREDENTIALS_REFUSED = "credentials_refused"


def ask(account: Account, act_id: str, values: Mapping[str, str]) -> Envelope:
    """Have one action carried out.

    ``values``: as they are sent. Raises ``IsogradRefused`` with the answer when it is no, ``ProviderUnavailable`` when
    there was none (``ambiguous``: it may have been carried out all the same), ``ProviderRefused`` when our credentials
    are not taken.
    """
    token = _token(account)
    answer = _post(account, token, act_id, values)
    if answer.status == 401:
        tokens.forget(account, PURPOSE, token)
        answer = _post(account, _token(account), act_id, values)
    if answer.status == 401:
        raise _refused(account, f"act_id {act_id}: HTTP 401")
    try:
        envelope = read_envelope(answer, api_url(account), may_redirect=act_id in _REDIRECTING)
    except NotAnAnswer as problem:
        if answer.status == 403:
            raise _refused(account, f"act_id {act_id}: HTTP 403") from None
        raise _unavailable(f"act_id {act_id}: {problem}", ambiguous=True, code=problem.code) from None
    if not envelope.success:
        raise _no(account, IsogradRefused(act_id, envelope))
    if act_id in _PROVES:
        troubles.clear(account, [_PROVES[act_id]])
    return envelope


def _post(account: Account, token: str, act_id: str, values: Mapping[str, str]) -> http.Answer:
    # sub_com_id is for every action; without it a sub account would act as its master.
    sub_com_id = account.settings.get("sub_com_id")
    of_account = {"sub_com_id": str(sub_com_id)} if sub_com_id else {}
    body = urlencode({"act_id": act_id, **of_account, **values}).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": _FORM}
    try:
        return http.post(api_url(account), body, headers=headers, timeout=TIMEOUT, deadline=DEADLINE)
    except http.HttpProblem as problem:
        raise _unavailable(f"act_id {act_id}: {problem}", ambiguous=problem.ambiguous, code=problem.code) from None


# --- the token ------------------------------------------------------------------------------


def _token(account: Account) -> str:
    client_id, client_secret = credentials(account)
    url = _with_query(token_url(account))
    made_with = "\n".join((url, client_id, client_secret))
    return tokens.token_of(account, PURPOSE, made_with, lambda: _fetch_token(account, url, client_id, client_secret))


def _with_query(url: str) -> str:
    """The token address with what it wants in its query, as far as the setting does not say it already."""
    parts = urlsplit(url)
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    missing = urlencode({name: value for name, value in _QUERY.items() if name not in given})
    return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, missing)))))


def _fetch_token(account: Account, url: str, client_id: str, client_secret: str) -> Fetched:
    body = urlencode({"client_id": client_id, "client_secret": client_secret}).encode()
    try:
        answer = http.post(url, body, headers={"Content-Type": _FORM}, timeout=TIMEOUT, deadline=DEADLINE)
    except http.HttpProblem as problem:
        raise _unavailable(f"access token: {problem}", code=problem.code) from None
    if answer.status in (400, 401, 403):
        raise _refused(account, f"access token: HTTP {answer.status}")
    fetched = _read_token(answer)
    if fetched is None:
        raise _unavailable(f"access token: HTTP {answer.status} without a token", code="not_an_answer")
    troubles.clear(account, [CREDENTIALS_REFUSED])
    return fetched


def _read_token(answer: http.Answer) -> Fetched | None:
    """The token of an answer; None when there is none that a header could carry."""
    try:
        told = read_json(answer.body.decode("utf-8-sig"))
    except ValueError:
        return None
    token = told.get("access_token") if isinstance(told, dict) and answer.status == 200 else None
    if not (isinstance(token, str) and token and token.isascii() and token.isprintable() and " " not in token):
        return None
    try:
        seconds = float(told.get("expires_in") or _LIFE)
    except (TypeError, ValueError):
        seconds = _LIFE
    return Fetched(token, seconds if 0 < seconds < 10_000_000 else _LIFE)


# --- what goes wrong ------------------------------------------------------------------------


def _no(account: Account, refused: IsogradRefused) -> IsogradRefused:
    log.info("isograd_refused", account=account.name, act_id=refused.act_id, error_code=refused.provider_code)
    if refused.meaning.marks_account:
        troubles.note(account, refused.code, f"{refused.sentence} {refused.advice}")
    return refused


def _unavailable(detail: str, *, ambiguous: bool = False, code: str = "") -> ProviderUnavailable:
    log.warning("isograd_unavailable", code=code, detail=detail)
    return ProviderUnavailable(
        "provider_unavailable",
        _("The test provider does not answer properly at the moment."),
        _("Try again in a few minutes: open the link again from your course. Nothing is lost."),
        detail=f"Isograd, {detail}",
        ambiguous=ambiguous,
    )


def _refused(account: Account, detail: str) -> ProviderRefused:
    sentence = _("The test provider does not let us in.")
    advice = _("Please tell the people who look after this service: client_id and client_secret, or our address there.")
    troubles.note(account, CREDENTIALS_REFUSED, f"{sentence} {advice}")
    return ProviderRefused(CREDENTIALS_REFUSED, sentence, advice, detail=f"Isograd, {detail}")
