"""The pretend Campfire's API: Basic authentication, the document's addresses, and its faults."""

import base64
import json
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lti_bridge.sandbox.campfire import keeping
from lti_bridge.sandbox.campfire.exams import CONFIGS, EXAM_ID, ITEMS
from lti_bridge.sandbox.campfire.passback import pass_back
from lti_bridge.sandbox.campfire.telling import results_of, session_of
from lti_bridge.sandbox.cutting import cut
from lti_bridge.sandbox.faults import Faults
from lti_bridge.sandbox.keys import CAMPFIRE_KEY, shared_secret
from lti_bridge.sandbox.models import CampfireSession
from lti_bridge.sandbox.strangers import provider_page

P = ParamSpec("P")
PAGE = 50
_CHANGES: dict[str, Callable[[CampfireSession], None]] = {
    "retake": keeping.retake,
    "reset": keeping.reset,
    "reopen": keeping.reopen,
}


def _api(view: Callable[Concatenate[HttpRequest, Faults, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """A view for whoever knows key and secret, with the faults that are switched on."""

    @provider_page
    @wraps(view)
    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        pair = f"{CAMPFIRE_KEY}:{shared_secret(CAMPFIRE_KEY)}".encode()
        expected = f"Basic {base64.b64encode(pair).decode()}"
        if not constant_time_compare(request.headers.get("Authorization", ""), expected):
            return JsonResponse({"message": "Unauthorized"}, status=401)
        faults = Faults()
        time.sleep(faults["campfire_slow"] / 1000)
        if faults.strikes("campfire_error"):
            return JsonResponse({"message": "Internal error"}, status=500)
        try:
            response = view(request, faults, *args, **kwargs)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return JsonResponse({"message": f"Bad request: {type(error).__name__}"}, status=400)
        return cut(request) if faults.strikes("campfire_cut_after") else response

    return answer


@_api
@require_POST
def list_sessions(request: HttpRequest, faults: Faults) -> HttpResponse:
    """``POST /api/exam-sessions``"""
    asked = json.loads(request.body or b"{}")
    wanted = asked.get("filter", {}).get("examConfigIds", {}).get("include")
    rows = (
        CampfireSession.objects.all() if wanted is None else CampfireSession.objects.filter(exam_config_id__in=wanted)
    )
    after = int(base64.b64decode(request.GET.get("nextToken") or asked.get("nextToken") or b"MA=="))
    found = list(rows.filter(pk__gt=after)[: PAGE + 1])
    token = base64.b64encode(str(found[PAGE - 1].pk).encode()).decode() if len(found) > PAGE else None
    items = [session_of(each, request.GET.getlist("include[]"), faults) for each in found[:PAGE]]
    scores = [each.best * 100 // len(ITEMS) for each in found[:PAGE] if each.best is not None]
    return JsonResponse(
        {
            "total": rows.count(),
            "nextToken": token,
            "aggregations": {
                "minScore": {"value": min(scores, default=None)},
                "avgScore": {"value": sum(scores) / len(scores) if scores else None},
                "maxScore": {"value": max(scores, default=None)},
            },
            "metadata": None,
            "items": items,
        }
    )


@_api
@require_GET
def session(request: HttpRequest, faults: Faults, session_id: UUID) -> HttpResponse:
    """``GET /api/exam-session/:id``"""
    found = CampfireSession.objects.filter(session_id=session_id).first()
    if found is None:
        return _not_there()
    return JsonResponse(session_of(found, request.GET.getlist("include[]"), faults))


@_api
@require_GET
def results(_request: HttpRequest, faults: Faults, session_id: UUID) -> HttpResponse:
    """``GET /api/exam-session/:id/results``"""
    found = CampfireSession.objects.filter(session_id=session_id).first()
    if found is None:
        return _not_there()
    told = session_of(found, [], faults)
    told["examSession"] |= {"examId": EXAM_ID, "examSessionData": {"lti": {"userId": found.user_id}}}
    return JsonResponse(told | {"results": results_of(found, faults, detailed=True)})


@_api
@require_POST
def responses(request: HttpRequest, _faults: Faults, session_id: UUID) -> HttpResponse:
    """``POST /api/exam-session/:id/responses``"""
    found = CampfireSession.objects.filter(session_id=session_id).first()
    if found is None:
        return _not_there()
    asked = json.loads(request.body)
    chosen = dict(found.chosen)
    for item in asked["responses"]:
        for question in item["questions"]:
            chosen[item["itemId"]] = int(question["response"]["options"][0]["index"])
    if not asked.get("submitForScoring"):
        CampfireSession.objects.filter(pk=found.pk).update(chosen=chosen)
    elif keeping.hand_in(found, chosen):
        pass_back(found)
    return JsonResponse({})


@_api
@require_GET
def change(_request: HttpRequest, _faults: Faults, session_id: UUID, what: str) -> HttpResponse:
    """``GET /api/exam-session/:id/retake``, ``/reset`` and ``/reopen``: they change something all the same."""
    found = CampfireSession.objects.filter(session_id=session_id).first()
    if found is None or what not in _CHANGES:
        return _not_there()
    _CHANGES[what](found)
    return HttpResponse(status=204)


@_api
@require_POST
def create(request: HttpRequest, _faults: Faults, exam_config_id: str) -> HttpResponse:
    """``POST /api/exam-config/:id/exam-session``"""
    if exam_config_id not in CONFIGS:
        return _not_there()
    told: dict[str, Any] = json.loads(request.body)
    found = keeping.find(exam_config_id, {"user_id": str(told["user_id"])} | told)
    return JsonResponse({"examSession": {"id": str(found.session_id), "maturity": found.maturity}})


@_api
@require_http_methods(["GET", "PUT"])
def config(request: HttpRequest, _faults: Faults, exam_config_id: str) -> HttpResponse:
    """``GET`` and ``PUT /api/exam-config/:id``; what is put is believed and forgotten."""
    if exam_config_id not in CONFIGS:
        return _not_there()
    told = json.loads(request.body)["config"] if request.method == "PUT" else {}
    return JsonResponse({"id": exam_config_id, "name": CONFIGS[exam_config_id], "config": told})


@_api
@require_GET
def configs(_request: HttpRequest, _faults: Faults, exam_id: str) -> HttpResponse:
    """``GET /api/exam/:id/exam-configs``"""
    if exam_id != EXAM_ID:
        return _not_there()
    return JsonResponse({"items": [{"id": each, "name": name} for each, name in CONFIGS.items()]})


def _not_there() -> HttpResponse:
    return JsonResponse({"message": "Not found"}, status=404)
