"""What a provider's tool is told when a service of ours does not do what it asked: RFC 9457 problem bodies."""

from django.http import HttpResponse, JsonResponse

from lti_bridge.errors import BridgeError
from lti_bridge.reference import reference


class ServiceProblem(BridgeError):
    """A request that is not done. ``sentence`` says what is wrong in English: its reader writes the tool."""

    def __init__(
        self, status: int, code: str, sentence: str, *, headers: dict[str, str] | None = None, detail: str = ""
    ) -> None:
        super().__init__(code, sentence, status=status, detail=detail)
        self.headers = headers or {}


def not_found(what: str) -> ServiceProblem:
    """What does not exist and what belongs to another account get this same answer."""
    return ServiceProblem(404, "not_found", f"There is no such {what}.")


def malformed(sentence: str) -> ServiceProblem:
    return ServiceProblem(400, "malformed", sentence)


def answer(problem: ServiceProblem) -> HttpResponse:
    """The response, with the reference that support can find."""
    body = {
        "type": "about:blank",
        "status": problem.status,
        "title": problem.code,
        "detail": str(problem.sentence),
        "reference": reference(),
    }
    return JsonResponse(
        body, status=problem.status, content_type="application/problem+json", headers=dict(problem.headers)
    )
