"""What every grade service of the pretend LMS can do wrong, whichever version it speaks."""

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from lti_bridge.sandbox.cutting import cut
from lti_bridge.sandbox.faults import Faults

_LOGIN_PAGE = "<!DOCTYPE html><html><title>Log in</title><form method=post><input name=password></form></html>"


def before(request: HttpRequest, faults: Faults) -> HttpResponse | None:
    """What is answered in place of the work; None when it is to be done."""
    time.sleep(faults["lms_hang"] + faults["lms_slow"] / 1000)
    if faults.strikes("lms_down"):
        return HttpResponse("down for maintenance", status=503, content_type="text/plain")
    if faults.strikes("lms_error"):
        return HttpResponse("oops", status=500, content_type="text/plain")
    if faults.strikes("lms_login_page"):
        return HttpResponse(_LOGIN_PAGE)
    if faults.strikes("lms_cut_before"):
        return cut(request)
    return None


def after(request: HttpRequest, faults: Faults, work: Callable[[], HttpResponse]) -> HttpResponse:
    """Do the work and answer, or hang up in place of the answer."""
    response = work()
    return cut(request) if faults.strikes("lms_cut_after") else response
