"""An action becomes an HTTP response: a redirect, a form that submits itself, or a page."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.html import format_html_join

from lti_bridge.models import LaunchRecord
from lti_bridge.pages.origins import origin_of, origins_of
from lti_bridge.pages.render import LEADS_OUT, render
from lti_bridge.providers.actions import Action, FormPost, Page, Redirect

#: Forty of them are in a launch: a template's loop takes several times as long.
_FIELD = '<input type="hidden" name="{}" value="{}">'


def respond(
    request: HttpRequest, action: Action, record: LaunchRecord | None = None, *, heading: str = "", person: str = ""
) -> HttpResponse:
    """What the browser gets for an action. ``record``: the launch it follows, for its language and who may frame it.

    ``heading`` and ``person``: what opens and for whom, said on the page of a form. Raises ``CannotOpen`` when the
    address is not one of the web, ``TypeError`` for a relay launch: ``relay/`` makes a form of it first.
    """
    match action:
        case Redirect(url):
            return _redirect(url)
        case FormPost(url):
            form = {
                "url": url,
                "host": origin_of(url).partition("//")[2],
                "fields": format_html_join("\n", _FIELD, action.fields.items()),
                "heading": heading,
                "person": person,
            }
            return _page(request, "pages/form_post.html", form, record, (origin_of(url), *LEADS_OUT))
        case Page(template, values):
            return _page(request, template, {"heading": heading, **values}, record, LEADS_OUT)
    raise TypeError(f"{type(action).__name__} is not for browsers")


def post_form(
    request: HttpRequest, url: str, fields: Mapping[str, str], record: LaunchRecord, *, heading: str
) -> HttpResponse:
    """A form that submits itself, with a button for browsers without JavaScript."""
    return respond(request, FormPost(url, fields), record, heading=heading)


def _redirect(url: str) -> HttpResponse:
    origin_of(url)
    response = HttpResponseRedirect(url, status=303)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _page(
    request: HttpRequest,
    template: str,
    values: Mapping[str, object],
    record: LaunchRecord | None,
    form_action: tuple[str, ...],
) -> HttpResponse:
    origins = origins_of(record) if record else ()
    locale = str(record.details.get("locale", "")) if record else ""
    return render(request, template, values, origins=origins, locale=locale, form_action=form_action)
