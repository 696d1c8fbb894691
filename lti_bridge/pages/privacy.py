"""What is kept about one person, for those whom the LMS sends to ask: seen, taken along as a file, or erased."""

import structlog
from django.core.serializers.json import DjangoJSONEncoder
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from lti_bridge import personal_data
from lti_bridge.launch.privacy import privacy_request_of
from lti_bridge.models import LaunchRecord, Learner
from lti_bridge.pages.access import with_launch
from lti_bridge.pages.instructor import access_of
from lti_bridge.pages.render import render_inside
from lti_bridge.pages.words import plain_name

log = structlog.get_logger(__name__)


@with_launch("GET", "HEAD", "POST")
def show(request: HttpRequest, record: LaunchRecord) -> HttpResponse:
    """What is kept; a post erases it, when the person's name or id was typed in."""
    asked = privacy_request_of(record)
    if asked.learner is None:
        nothing = {"heading": _("Nothing is kept"), "text": _("Nothing is kept here about this person.")}
        return render_inside(request, record, "pages/message.html", nothing)
    typed = request.POST.get("confirm") if request.method == "POST" else None
    if typed is not None and plain_name(typed) in _names(asked.learner):
        return _erase(request, record, asked.learner)
    wrong = request.method == "POST"
    values = {
        "access": access_of(request),
        "learner": asked.learner,
        "kinds": _kinds(personal_data.export(asked.learner)),
        "stays": personal_data.what_stays(asked.learner),
        "own": asked.is_own,
        "wrong": wrong,
    }
    return render_inside(request, record, "pages/privacy.html", values, status=409 if wrong else 200)


@with_launch("GET", "HEAD")
def export(request: HttpRequest, record: LaunchRecord) -> HttpResponse:
    """All of it as a file."""
    asked = privacy_request_of(record)
    if asked.learner is None:
        raise Http404
    log.info("person_exported", launch=record.reference, platform=record.platform.name)
    response = JsonResponse(
        personal_data.export(asked.learner), encoder=DjangoJSONEncoder, json_dumps_params={"indent": 2}
    )
    response["Content-Disposition"] = 'attachment; filename="person.json"'
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _erase(request: HttpRequest, record: LaunchRecord, learner: Learner) -> HttpResponse:
    stays = personal_data.what_stays(learner)
    counts = personal_data.erase(learner)
    # Who asked stays findable by the launch; whom it was about is what was to be forgotten.
    log.info("person_erased", launch=record.reference, platform=record.platform.name, rows=sum(counts.values()))
    return render_inside(request, record, "pages/erased.html", {"stays": stays})


def _names(learner: Learner) -> set[str]:
    return {plain_name(name) for name in (learner.display_name, learner.user_id)}


def _kinds(exported: dict[str, object]) -> list[tuple[str, int]]:
    """How many rows there are of each kind, as far as there are any."""
    named = {
        "attempts": _("attempts"),
        "grades": _("grades"),
        "cells": _("cells of the gradebook"),
        "tries": _("tries to deliver a grade"),
        "launches": _("launches from the LMS"),
        "events": _("messages of providers"),
        "candidates": _("accounts at providers"),
        "memberships": _("courses"),
    }
    counted = {name: len(rows) for name, rows in exported.items() if isinstance(rows, list)}
    return [(named.get(name, name.replace("_", " ")), count) for name, count in counted.items() if count]
