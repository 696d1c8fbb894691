"""The pretend Campfire's player, entered by LTI 1.1, and its desk."""

import time

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lti_bridge import oauth1
from lti_bridge.sandbox.addresses import provider_url
from lti_bridge.sandbox.campfire import keeping
from lti_bridge.sandbox.campfire.exams import CONFIGS, ITEMS
from lti_bridge.sandbox.campfire.passback import pass_back
from lti_bridge.sandbox.keys import CAMPFIRE_KEY, shared_secret
from lti_bridge.sandbox.models import CampfireSession, UsedNonce
from lti_bridge.sandbox.signed import NotBelieved
from lti_bridge.sandbox.strangers import provider_page


@provider_page
@require_POST
def launch(request: HttpRequest) -> HttpResponse:
    """A launch of the player: a learner goes into the session of its inputs, made if there is none."""
    try:
        told = _believed(request.body)
    except NotBelieved as reason:
        return _page(request, "error", status=401, text=str(reason))
    if told.get("roles") != "Learner" or told.get("id") not in CONFIGS:
        return _page(request, "error", status=400, text="Only learners, and only exams of this workspace.")
    return redirect("sandbox-campfire-player", keeping.find(told["id"], told).key)


@provider_page
@require_http_methods(["GET", "POST"])
def player(request: HttpRequest, key: str) -> HttpResponse:
    """The items, and handing in the answers."""
    session = get_object_or_404(CampfireSession, key=key)
    if request.method == "POST":
        given = {item.id: request.POST.get(f"question-{item.number}", "") for item in ITEMS}
        chosen = {item_id: int(text) for item_id, text in given.items() if text.isdecimal()}
        if keeping.hand_in(session, chosen):
            pass_back(session)
        return redirect("sandbox-campfire-done", key)
    if session.maturity == keeping.COMPLETE:
        return redirect("sandbox-campfire-done", key)
    return _page(request, "player", session=session, title=CONFIGS[session.exam_config_id], items=ITEMS)


@provider_page
@require_GET
def done(request: HttpRequest, key: str) -> HttpResponse:
    """What the learner sees afterwards, and at each later launch."""
    session = get_object_or_404(CampfireSession, key=key, maturity=keeping.COMPLETE)
    return _page(request, "done", session=session, title=CONFIGS[session.exam_config_id], most=len(ITEMS))


@provider_page
@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    """What Campfire's staff would see: every session, and what became of its passbacks."""
    sessions = CampfireSession.objects.order_by("-pk")[:100]
    return _page(request, "desk", sessions=[(each, CONFIGS[each.exam_config_id]) for each in sessions], most=len(ITEMS))


def _believed(body: bytes) -> dict[str, str]:
    """The fields of a launch that the bridge signed, lately and for the first time. Raises ``NotBelieved``."""
    try:
        form = oauth1.read_form(body, "")
        secrets = [shared_secret(CAMPFIRE_KEY)] if form.oauth.key == CAMPFIRE_KEY else []
        oauth1.check_form(form, provider_url("sandbox-campfire-launch"), secrets)
        oauth1.check_timestamp(form.oauth.timestamp, time.time())
    except oauth1.SignatureProblem as problem:
        raise NotBelieved(problem.message) from problem
    if not UsedNonce.use("campfire", form.oauth.nonce):
        raise NotBelieved("The nonce was used before.")
    return dict(form.fields)


def _page(request: HttpRequest, name: str, status: int = 200, **values: object) -> HttpResponse:
    return render(request, f"sandbox/campfire/{name}.html", values, status=status)
