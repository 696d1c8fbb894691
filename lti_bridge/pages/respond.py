"""An action becomes an HTTP response: a redirect, a form that submits itself, or a page."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html_join

from lti_bridge.models import LaunchRecord
from lti_bridge.pages.access import grant
from lti_bridge.pages.origins import origin_of, origins_of
from lti_bridge.pages.render import LEADS_OUT, render
from lti_bridge.providers.actions import Action, Cookie, FormPost, HandIn, Page, Redirect

#: Forty of them are in a launch: a template's loop takes several times as long.
_FIELD = '<input type="hidden" name="{}" value="{}">'


def respond(
    request: HttpRequest,
    action: Action,
    record: LaunchRecord | None = None,
    *,
    heading: str = "",
    person: str = "",
    framed_by: tuple[str, ...] = (),
) -> HttpResponse:
    """What the browser gets for an action. ``record``: the launch it follows, for its language and who may frame it.

    ``heading`` and ``person``: what opens and for whom, said on the page of a form. ``framed_by``: who may frame a
    page that follows no launch. Raises ``CannotOpen`` when the address is not one of the web, ``TypeError`` for a
    relay launch: ``relay/`` makes a form of it first.
    """
    origins = origins_of(record) if record else framed_by
    locale = str(record.details.get("locale", "")) if record else ""
    match action:
        case Redirect(url):
            return with_cookie(_redirect(url), action.cookie)
        case FormPost(url):
            form = {
                "url": url,
                "host": origin_of(url).partition("//")[2],
                "fields": format_html_join("\n", _FIELD, action.fields.items()),
                "heading": heading,
                "person": person,
            }
            leads_to = (origin_of(url), *LEADS_OUT)
            page = render(request, "pages/form_post.html", form, origins=origins, locale=locale, form_action=leads_to)
            return with_cookie(page, action.cookie)
        case Page(template, values):
            shown = {"heading": heading, **values}
            return render(request, template, shown, origins=origins, locale=locale, form_action=LEADS_OUT)
        case HandIn() if record:
            return _see_other(reverse("hand-in", kwargs={"access": grant(record)}))
    raise TypeError(f"{type(action).__name__} is not for browsers")


def post_form(
    request: HttpRequest, url: str, fields: Mapping[str, str], record: LaunchRecord, *, heading: str
) -> HttpResponse:
    """A form that submits itself, with a button for browsers without JavaScript."""
    return respond(request, FormPost(url, fields), record, heading=heading)


def with_cookie(response: HttpResponse, cookie: Cookie | None) -> HttpResponse:
    """The same response; the browser keeps the cookie, in a frame for the site around the frame alone."""
    if cookie is not None:
        response.set_cookie(
            cookie.name,
            cookie.value,
            max_age=cookie.seconds,
            path=cookie.path,
            secure=True,
            httponly=True,
            samesite="None",
        )
        # In a frame a browser keeps only partitioned cookies; neither Django nor http.cookies knows the word yet.
        response.cookies[cookie.name]["samesite"] = "None; Partitioned"
    return response


def _redirect(url: str) -> HttpResponse:
    origin_of(url)
    return _see_other(url)


def _see_other(url: str) -> HttpResponse:
    response = HttpResponseRedirect(url, status=303)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response
