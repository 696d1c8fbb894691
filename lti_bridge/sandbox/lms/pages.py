"""How the pretend LMS shows its pages, and forms that send themselves."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from lti_bridge.sandbox.lms.launches import COURSE
from lti_bridge.sandbox.lms.people import PEOPLE, current_person

#: The largest answer that a tool may send by way of the browser.
LARGEST = 256 * 1024


def show(request: HttpRequest, name: str, status: int = 200, **values: object) -> HttpResponse:
    """A page by its template's name."""
    everything = {"person": current_person(request), "course": COURSE, "people": PEOPLE.values(), **values}
    return render(request, f"sandbox/lms/{name}.html", everything, status=status)


def send_form(request: HttpRequest, url: str, fields: Mapping[str, str], title: str) -> HttpResponse:
    """A form that the browser posts to ``url`` by itself, or with a button."""
    return show(request, "launch", url=url, fields=fields, title=title)


def is_too_large(request: HttpRequest) -> bool:
    """Whether a posted answer is larger than any honest one."""
    size = request.headers.get("Content-Length", "")
    return not size.isdecimal() or len(size) > 9 or int(size) > LARGEST
