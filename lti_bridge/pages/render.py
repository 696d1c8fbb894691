"""Every page goes out here: its language, its headers, who may frame it, where its forms may lead."""

from collections.abc import Iterable, Mapping

from csp.constants import NONE, SELF
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from lti_bridge.models import LaunchRecord
from lti_bridge.pages.locale import speak
from lti_bridge.pages.origins import origins_of

#: Chromium holds form-action against the redirects that follow a post, and providers redirect among hosts of their own.
LEADS_OUT = ("https:", *(("http:",) if settings.BASE_URL.startswith("http:") else ()))


def render(
    request: HttpRequest,
    template: str,
    values: Mapping[str, object],
    *,
    origins: Iterable[str] = (),
    status: int = 200,
    locale: str = "",
    form_action: Iterable[str] = (),
) -> HttpResponse:
    """A page of ours, never kept by a cache and never named in a referrer.

    ``origins``: who may frame it; nobody when empty. ``form_action``: where its forms may lead beside ourselves.
    """
    speak(locale)
    response = HttpResponse(render_to_string(template, dict(values), request), status=status)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    framed_by = tuple(origins)
    policy = {
        "frame-ancestors": [SELF, *framed_by] if framed_by else [NONE],
        "form-action": [SELF, *form_action],
    }
    response._csp_replace = policy  # type: ignore[attr-defined]  # django-csp reads it
    return response


def render_inside(
    request: HttpRequest, record: LaunchRecord, template: str, values: Mapping[str, object], *, status: int = 200
) -> HttpResponse:
    """A page of a launch: framed by the platform's origins, in the launch's language; its forms may lead on."""
    return render(
        request,
        template,
        {"record": record, **values},
        origins=origins_of(record),
        locale=str(record.details.get("locale", "")),
        status=status,
        form_action=LEADS_OUT,
    )
