"""Where an LMS launches us, and the configuration it imports."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from lti_bridge import flow
from lti_bridge.errors import CannotOpen, LaunchRejected, ProviderError
from lti_bridge.launch import lti11, relaunch
from lti_bridge.launch.addresses import with_parameters
from lti_bridge.launch.launch import Launch, Message
from lti_bridge.launch.refusals import refuse
from lti_bridge.launch.registration import config_xml
from lti_bridge.launch.relaunch import Relaunch
from lti_bridge.launch.selection import RefusedSelection, refused_response
from lti_bridge.models import LaunchRecord
from lti_bridge.pages.access import grant
from lti_bridge.pages.errors import error_page
from lti_bridge.pages.locale import speak
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
    speak(launch.locale)
    try:
        return _enter(request, launch, flow.resolve(launch, activity))
    except (CannotOpen, ProviderError) as refusal:
        LaunchRecord.objects.filter(pk=launch.record.pk).update(refused=refusal.code[:60])
        if launch.selection and (registration := launch.record.lti11):
            return _answer_refused(request, RefusedSelection(launch.record, registration, launch.selection, refusal))
        raise


def _opened_by_hand(request: HttpRequest) -> HttpResponse:
    response = error_page(request, refuse("not_a_post"))
    response["Allow"] = "POST"
    return response


def _enter(request: HttpRequest, launch: Launch, placement: Placement) -> HttpResponse:
    """Instructors go to a page of ours; learners to the test, unless there is a result to see first."""
    if launch.message is Message.SELECTION:
        return _inside("selection", launch.record)
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
    url, fields = refused_response(refused, log=f"{refused.refusal.code} {reference()}")
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
