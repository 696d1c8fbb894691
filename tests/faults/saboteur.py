"""Loaded into workers under test (`celery worker -I tests.faults.saboteur`): dies at a named point, now and then.

``CRASH_AT`` in the environment lists points with their odds: ``after_send:0.01,before_settle:0.005``. The worker's
process ends at once, as by kill -9: nothing is cleaned up, no message is acknowledged.
"""

import os
import random
from collections.abc import Callable
from typing import Any

from lti_bridge import http
from lti_bridge.advantage import line_items, scores, token_requests
from lti_bridge.delivery import converge, lease, lti11, lti13, settle
from lti_bridge.documents import claims, settling
from lti_bridge.documents.content import KeptContent
from lti_bridge.providers.inspera_originality import submissions

#: point → (modules, function, whether it dies after the function)
POINTS: dict[str, tuple[tuple[Any, ...], str, bool]] = {
    "after_claim": ((lease,), "claim", True),
    "before_try": ((converge,), "_begin", False),
    "after_try": ((converge,), "_begin", True),
    "before_send": ((lti11, lti13), "send", False),
    "after_send": ((lti11, lti13), "send", True),
    "after_end": ((converge,), "_end", True),
    "before_settle": ((settle,), "delivered", False),
    "after_settle": ((settle,), "delivered", True),
    "before_token": ((token_requests,), "request", False),
    "after_token": ((token_requests,), "request", True),
    "before_column": ((line_items,), "_found_or_made", False),
    "after_column": ((line_items,), "_found_or_made", True),
    "before_score": ((scores,), "post", False),
    "after_score": ((scores,), "post", True),
    "after_document_claim": ((claims,), "claim", True),
    "before_document_write": ((claims,), "write", False),
    "after_document_write": ((claims,), "write", True),
    "before_register": ((submissions,), "ask", False),
    "after_register": ((submissions,), "ask", True),
    "before_placed": ((settling,), "placed", False),
    "after_placed": ((settling,), "placed", True),
    "before_upload": ((http,), "upload", False),
    "after_upload": ((http,), "upload", True),
    "amid_upload": ((KeptContent,), "piece", True),
    "before_passed_on": ((settling,), "passed_on", False),
    "after_passed_on": ((settling,), "passed_on", True),
}


def _sabotaged(real: Callable[..., Any], odds: float, after: bool) -> Callable[..., Any]:
    def wrapper(*arguments: Any, **options: Any) -> Any:
        strikes = random.random() < odds
        if strikes and not after:
            os._exit(9)
        result = real(*arguments, **options)
        if strikes and after:
            os._exit(9)
        return result

    return wrapper


for entry in filter(None, os.environ.get("CRASH_AT", "").split(",")):
    point, _, odds = entry.partition(":")
    modules, name, after = POINTS[point]
    for module in modules:
        setattr(module, name, _sabotaged(getattr(module, name), float(odds), after))
