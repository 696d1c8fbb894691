"""Where an LMS launches us, and what it imports or reads to know us."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from lti_bridge import flow, signing_keys
from lti_bridge.errors import CannotOpen, LaunchRejected, ProviderError
from lti_bridge.launch import binding, browser_pages, lti11, lti13, oidc, relaunch, selection_answers
from lti_bridge.launch.addresses import with_parameters
from lti_bridge.launch.launch import Launch, Message
from lti_bridge.launch.lti13 import Declined, Unbound
from lti_bridge.launch.refusals import REFUSALS, refuse
from lti_bridge.launch.registration import config_xml
from lti_bridge.launch.relaunch import Relaunch
from lti_bridge.launch.selection import RefusedSelection
from lti_bridge.models import LaunchRecord
from lti_bridge.pages.access import grant
from lti_bridge.pages.errors import error_page
from lti_bridge.pages.locale import speak
from lti_bridge.pages.render import render_inside
from lti_bridge.pages.respond import post_form, respond
from lti_bridge.placements import Placement
from lti_bridge.reference import reference


@csrf_exempt  # the signature is the proof of origin
def lti11_launch(request: HttpRequest, activity: str = "") -> HttpResponse:
    """An LTI 1.1 message. ``activity``: the slug of the activity that the address names, if any."""
    if request.method != "POST":
        return _opened_by_hand(request)
    try:
        launch = lti11.verify(request)
    except LaunchRejected as refusal:
        if not refusal.return_url:
            raise
        return _back_to_the_course(refusal)
    if isinstance(launch, Relaunch):
        return relaunch.go_on(request, launch)
    if isinstance(launch, RefusedSelection):
        return _answer_refused(request, launch)
    return _open(request, launch, activity)


@csrf_exempt  # it believes nothing, and a signature has to follow
@require_http_methods(["GET", "POST"])
def lti13_login(request: HttpRequest) -> HttpResponse:
    """An LTI 1.3 launch begins: the platform wants to know where to send it."""
    return browser_pages.go_on(request, oidc.begin(request))


@csrf_exempt  # the signature and the state are the proof of origin
def lti13_launch(request: HttpRequest) -> HttpResponse:
    """An LTI 1.3 message, at the end of a login that began here."""
    if request.method != "POST":
        return _opened_by_hand(request)
    try:
        launch = lti13.verify(request)
    except LaunchRejected as refusal:
        if not refusal.return_url:
            raise
        return _back_to_the_course(refusal)
    if isinstance(launch, Unbound):
        return browser_pages.prove(request, launch)
    if isinstance(launch, Declined):
        response = error_page(request, launch.refusal)
        binding.forget(response, launch.state.nonce)
        return response
    if isinstance(launch, RefusedSelection):
        response = _answer_refused(request, launch)
    else:
        response = _open(request, launch, launch.target_slug)
    binding.forget(response, launch.record.nonce)
    return response


def _open(request: HttpRequest, launch: Launch, activity: str) -> HttpResponse:
    """What a launch opens; its record keeps why it opens nothing."""
    speak(launch.locale)
    try:
        if launch.message is not Message.DATA_PRIVACY and not launch.roles:
            return _without_role(request, launch)
        return _enter(request, launch, flow.resolve(launch, activity))
    except (CannotOpen, LaunchRejected, ProviderError) as refusal:
        _note(launch, refusal.code)
        if launch.selection:
            return _answer_refused(request, RefusedSelection(launch.record, launch.selection, refusal))
        raise


def _without_role(request: HttpRequest, launch: Launch) -> HttpResponse:
    """A good launch of somebody who neither learns nor teaches here. Nothing is kept of them."""
    refusal = REFUSALS["no_role"]
    _note(launch, "no_role")
    values = {"heading": refusal.sentence, "text": refusal.advice}
    return render_inside(request, launch.record, "pages/message.html", values)


def _note(launch: Launch, code: str) -> None:
    LaunchRecord.objects.filter(pk=launch.record.pk).update(refused=code[:60])


def _opened_by_hand(request: HttpRequest) -> HttpResponse:
    response = error_page(request, refuse("not_a_post"))
    response["Allow"] = "POST"
    return response


#: What is not about opening a test has a page of its own.
_PAGES = {Message.SELECTION: "selection", Message.REVIEW: "review", Message.DATA_PRIVACY: "privacy"}


def _enter(request: HttpRequest, launch: Launch, placement: Placement) -> HttpResponse:
    """Instructors go to a page of ours; learners to the test, unless there is a result to see first."""
    if page := _PAGES.get(launch.message):
        return _inside(page, launch.record)
    if launch.is_instructor:
        return _inside("roster" if placement.activity else "choose-activity", launch.record)
    if not flow.opens_directly(placement):
        return _inside("learner", launch.record)
    action = flow.open_activity(placement)
    heading = placement.activity.title if placement.activity else ""
    return respond(request, action, launch.record, heading=heading, person=placement.learner.display_name)


def _inside(page: str, record: LaunchRecord) -> HttpResponse:
    return _see_other(reverse(page, kwargs={"access": grant(record)}))


def _back_to_the_course(refusal: LaunchRejected) -> HttpResponse:
    """The LMS shows what happened, under its own name; the address was in a message whose signature held."""
    told = {"lti_errormsg": str(refusal.sentence), "lti_errorlog": f"{refusal.code} {reference()}"}
    return _see_other(with_parameters(refusal.return_url, **told))


def _answer_refused(request: HttpRequest, refused: RefusedSelection) -> HttpResponse:
    """The LMS that asked for content gets a signed answer without any, and says itself what happened."""
    speak(str(refused.record.details.get("locale", "")))
    log = f"{refused.refusal.code} {reference()}"
    url, fields = selection_answers.refusal(refused.record, refused.selection, refused.refusal, log=log)
    return post_form(request, url, fields, refused.record, heading=_("your course"))


def _see_other(url: str) -> HttpResponse:
    response = HttpResponseRedirect(url, status=303)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


@require_safe
def lti11_config(request: HttpRequest) -> HttpResponse:
    """What an LMS imports to know this tool."""
    return HttpResponse(config_xml(), content_type="application/xml; charset=utf-8")


@require_safe
def lti13_jwks(request: HttpRequest) -> HttpResponse:
    """The keys with which platforms check what we sign."""
    response = JsonResponse(signing_keys.key_set(signing_keys.Side.TOOL))
    response["Cache-Control"] = f"public, max-age={signing_keys.CACHE_SECONDS}"
    return response
