"""What leaves the pretend Isograd when a test is complete: the call back, then the result, by the launch's LTI."""

import time
from decimal import Decimal

from lti_bridge import http, oauth1, pox
from lti_bridge.sandbox.faults import Faults
from lti_bridge.sandbox.isograd.forms import MAXIMUM
from lti_bridge.sandbox.keys import shared_secret
from lti_bridge.sandbox.models import IsogradTest
from lti_bridge.sandbox.tool13 import results as tool13
from lti_bridge.sandbox.tool13.launches import Destination


def tell(test: IsogradTest) -> None:
    """Call back, and send the result if it is there, before the candidate sees the feedback page. Never raises."""
    faults = Faults()
    if test.cal_bac_pag and not faults.strikes("provider_no_callback"):
        for _ in range(2 if faults.strikes("provider_callback_twice") else 1):
            _note(test, _call_back(test))
    if test.status == IsogradTest.Status.COMPLETED:
        tell_result(test)


def tell_result(test: IsogradTest) -> None:
    """Send the result where the launch said it goes, if it said so: a test that was given by the API is asked about."""
    faults = Faults()
    if test.client_id:
        tool13.tell(_destination(test), test.score or 0, MAXIMUM, faults=faults, note=lambda line: _note(test, line))
    elif not test.result_sourcedid or faults.strikes("provider_no_outcome"):
        _note(test, "outcome: not sent")
    else:
        tool13.wait(faults["provider_outcome_late"] + faults["provider_marks_by_hand"], lambda: _send(test, faults))


def _destination(test: IsogradTest) -> Destination:
    return Destination(
        test.client_id, test.user_id, test.line_item_url, test.outcome_service_url, test.result_sourcedid
    )


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
