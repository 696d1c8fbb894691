"""What leaves the pretend Isograd when a test is complete: the call back, then the outcome."""

import time
from decimal import Decimal
from threading import Timer

from django.db import connections

from lti_bridge import http, oauth1, pox
from lti_bridge.sandbox.faults import Faults
from lti_bridge.sandbox.isograd.forms import MAXIMUM
from lti_bridge.sandbox.keys import shared_secret
from lti_bridge.sandbox.models import IsogradTest


def tell(test: IsogradTest) -> None:
    """Call back and send the outcome, before the candidate sees the feedback page. Never raises."""
    faults = Faults()
    if test.cal_bac_pag and not faults.strikes("provider_no_callback"):
        for _ in range(2 if faults.strikes("provider_callback_twice") else 1):
            _note(test, _call_back(test))
    if not test.result_sourcedid or faults.strikes("provider_no_outcome"):
        _note(test, "outcome: not sent")
    elif faults["provider_outcome_late"]:
        Timer(faults["provider_outcome_late"], _send_later, [test, faults]).start()
    else:
        _send(test, faults)


def _send_later(test: IsogradTest, faults: Faults) -> None:
    try:
        _send(test, faults)
    finally:
        # Of this thread, which ends here.
        connections.close_all()


def _send(test: IsogradTest, faults: Faults) -> None:
    for _ in range(2 if faults.strikes("provider_outcome_twice") else 1):
        _note(test, _outcome(test, faults))


def _call_back(test: IsogradTest) -> str:
    try:
        return f"call back: HTTP {http.get(test.cal_bac_pag).status}"
    except http.HttpProblem as problem:
        return f"call back: {problem}"


def _outcome(test: IsogradTest, faults: Faults) -> str:
    """Send replaceResult with the score divided by 1000, as the document says for grade type 2."""
    body = pox.build_request("replaceResult", test.result_sourcedid, score=Decimal(test.score or 0) / MAXIMUM)
    wrong = faults.strikes("provider_wrong_signature")
    authorization = oauth1.sign_body(
        test.outcome_service_url,
        body,
        key=test.consumer_key,
        secret="wrong" if wrong else shared_secret(test.consumer_key),
        timestamp=int(time.time() + faults["provider_clock_skew"]),
    )
    headers = {"Authorization": authorization, "Content-Type": "application/xml"}
    try:
        answer = http.post(test.outcome_service_url, body, headers=headers)
        said = pox.read_answer(answer.body)
    except (http.HttpProblem, pox.PoxProblem) as problem:
        return f"outcome: {problem}"
    return f"outcome: HTTP {answer.status} {said.code_major} {said.description}".strip()


def _note(test: IsogradTest, line: str) -> None:
    test.messages += f"{line}\n"
    test.save(update_fields=["messages"])
