"""A pretend provider's calls to the bridge as its platform: an access token first, then the score or the outcome."""

import json
import re
import secrets
import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from lti_bridge import http, pox
from lti_bridge.sandbox import signed
from lti_bridge.sandbox.faults import Faults
from lti_bridge.sandbox.lti13 import (
    ASSERTION_TYPE,
    BASIC_OUTCOME,
    OUTCOME_TYPE,
    SCORE,
    SCORE_TYPE,
    below,
    bridge_address,
)
from lti_bridge.sandbox.tool13.launches import Destination
from lti_bridge.sandbox.tool13.registration import TOOLS


class NotSent(Exception):
    """A message that did not get through; says why."""


def send_score(to: Destination, progress: str, given: int | None, maximum: int, *, faults: Faults, age: int = 0) -> str:
    """Post one score; gives what was answered, for the desk. ``age``: how many seconds it is older than now."""
    url = _somebody_elses(to.line_item_url) if faults.strikes("provider_wrong_line_item") else to.line_item_url
    now = datetime.fromtimestamp(time.time() + faults["provider_clock_skew"] - age, tz=UTC)
    score: dict[str, Any] = {
        "userId": to.user_id,
        "timestamp": now.isoformat(timespec="milliseconds"),
        "activityProgress": "Completed",
        "gradingProgress": progress,
    }
    if given is not None:
        comment = f"{given} of {maximum} points."
        score |= {"scoreGiven": given, "scoreMaximum": maximum, "comment": comment}
    answer = _post(below(url, "scores"), json.dumps(score).encode(), SCORE_TYPE, _token(to, SCORE, faults))
    return f"score {progress}: HTTP {answer.status} {answer.body[:200].decode(errors='replace')}".strip()


def send_outcome(to: Destination, part: Decimal, *, faults: Faults) -> str:
    """Send the result to the Basic Outcomes service that the launch named, with a token in place of a signature."""
    if not to.result_sourcedid:
        raise NotSent("the launch named no outcome service")
    body = pox.build_request("replaceResult", to.result_sourcedid, score=part)
    answer = _post(to.outcome_service_url, body, OUTCOME_TYPE, _token(to, BASIC_OUTCOME, faults))
    try:
        said = pox.read_answer(answer.body)
    except pox.PoxProblem as problem:
        return f"outcome: HTTP {answer.status} {problem}"
    return f"outcome: HTTP {answer.status} {said.code_major} {said.description}".strip()


def _token(to: Destination, scope: str, faults: Faults) -> str:
    tool, url = TOOLS[to.client_id], bridge_address("relay/1.3/token")
    now = int(time.time() + faults["provider_clock_skew"])
    claims = {"iss": to.client_id, "sub": to.client_id, "aud": url, "iat": now, "exp": now + 300}
    assertion = signed.sign(
        tool.party,
        claims | {"jti": secrets.token_hex(16)},
        with_wrong_key=faults.strikes("provider_wrong_signature"),
    )
    fields = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion,
        "scope": scope,
    }
    answer = _sent(url, urlencode(fields).encode(), {"Content-Type": "application/x-www-form-urlencoded"})
    try:
        return str(json.loads(answer.body)["access_token"])
    except (ValueError, KeyError, TypeError):
        reason = answer.body[:200].decode(errors="replace")
        raise NotSent(f"no access token: HTTP {answer.status} {reason}") from None


def _post(url: str, body: bytes, content_type: str, token: str) -> http.Answer:
    return _sent(url, body, {"Content-Type": content_type, "Authorization": f"Bearer {token}"})


def _sent(url: str, body: bytes, headers: dict[str, str]) -> http.Answer:
    try:
        return http.post(url, body, headers=headers)
    except http.HttpProblem as problem:
        raise NotSent(str(problem)) from problem


def _somebody_elses(line_item_url: str) -> str:
    """The line item with the next higher number."""
    return re.sub(r"\d+(?=\D*$)", lambda found: str(int(found[0]) + 1), line_item_url)
