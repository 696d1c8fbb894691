"""The pretend Campfire passes a score back: as Basic Outcomes or as JSON, to the address that it was told."""

import json
from decimal import Decimal

from lti_bridge import http, oauth1, pox
from lti_bridge.sandbox.campfire.exams import ITEMS
from lti_bridge.sandbox.faults import Faults
from lti_bridge.sandbox.keys import CAMPFIRE_KEY, shared_secret
from lti_bridge.sandbox.models import CampfireSession
from lti_bridge.sandbox.tool13.results import wait


def pass_back(session: CampfireSession) -> None:
    """Tell the score of a session that was handed in. Never raises."""
    faults = Faults()
    if not session.outcome_service_url or faults.strikes("provider_no_outcome"):
        _note(session, "passback: not sent")
        return

    def send() -> None:
        for _ in range(2 if faults.strikes("provider_outcome_twice") else 1):
            _note(session, _send(session, faults))

    wait(faults["provider_outcome_late"], send)


def _send(session: CampfireSession, faults: Faults) -> str:
    score = Decimal(session.best or 0) / len(ITEMS)
    if faults.strikes("campfire_passback_json"):
        told = {"sourcedId": session.result_sourcedid, "sessionId": str(session.session_id), "score": float(score)}
        body, headers = json.dumps(told).encode(), {"Content-Type": "application/json"}
    else:
        body = pox.build_request("replaceResult", session.result_sourcedid, score=score)
        wrong = faults.strikes("provider_wrong_signature")
        secret = "wrong" if wrong else shared_secret(CAMPFIRE_KEY)
        authorization = oauth1.sign_body(session.outcome_service_url, body, key=CAMPFIRE_KEY, secret=secret)
        headers = {"Authorization": authorization, "Content-Type": "application/xml"}
    try:
        return f"passback: HTTP {http.post(session.outcome_service_url, body, headers=headers).status}"
    except http.HttpProblem as problem:
        return f"passback: {problem}"


def _note(session: CampfireSession, line: str) -> None:
    session.messages += f"{line}\n"
    session.save(update_fields=["messages"])
