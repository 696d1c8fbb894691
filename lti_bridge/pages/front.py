"""The front page, for people who typed the address: what this is, and where they want to go instead."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from lti_bridge.pages.render import render


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The same for everybody: no version, no details."""
    return render(request, "pages/front.html", {})
