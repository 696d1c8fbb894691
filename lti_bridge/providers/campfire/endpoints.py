"""Campfire's addresses, as its documents list them.

Three of them are GETs that change something. Each is asked for once, on purpose: none is tried again, fetched ahead or
shown as a link.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address. ``acts``: asking may change something there, so no answer leaves it open whether it did.

    ``tells``: its answer is JSON; of the others no document says what comes back.
    """

    method: str
    path: str
    acts: bool = False
    tells: bool = True


_SESSION = "/api/exam-session/{examSessionId}"
_CONFIG = "/api/exam-config/{examConfigId}"

ENDPOINTS = {
    "list_exam_sessions": Endpoint("POST", "/api/exam-sessions"),
    "get_exam_session": Endpoint("GET", _SESSION),
    "get_exam_session_results": Endpoint("GET", f"{_SESSION}/results"),
    "set_responses": Endpoint("POST", f"{_SESSION}/responses", acts=True, tells=False),
    "retake_session": Endpoint("GET", f"{_SESSION}/retake", acts=True, tells=False),
    "reset_session": Endpoint("GET", f"{_SESSION}/reset", acts=True, tells=False),
    "reopen_session": Endpoint("GET", f"{_SESSION}/reopen", acts=True, tells=False),
    "create_exam_session": Endpoint("POST", f"{_CONFIG}/{{create_route}}", acts=True),
    "list_exam_configs": Endpoint("GET", "/api/exam/{examId}/exam-configs"),
    "get_exam_config": Endpoint("GET", _CONFIG),
    "update_exam_config": Endpoint("PUT", _CONFIG, acts=True, tells=False),
}
