"""The page and the endpoint of the fault switches."""

import json
import math

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from lti_bridge.sandbox.addresses import origins
from lti_bridge.sandbox.faults import LMS_SWITCHES, PROVIDER_SWITCHES, SWITCHES, Faults, read, switch, switch_all_off
from lti_bridge.sandbox.strangers import control_page


@control_page
@require_http_methods(["GET", "POST"])
def faults(request: HttpRequest) -> HttpResponse:
    """Switch faults on and off by hand."""
    problem = ""
    if request.method == "POST":
        try:
            _set({name: request.POST[name] or "0" for name in SWITCHES if name in request.POST})
            return redirect("sandbox-faults")
        except ValueError as error:
            problem = str(error)
    values = Faults().values
    sides = {
        "Pretend LMS": [(each, values[each.name]) for each in LMS_SWITCHES],
        "Pretend provider": [(each, values[each.name]) for each in PROVIDER_SWITCHES],
    }
    everything = {"sides": sides, "problem": problem, "origins": origins(), "any_on": any(values.values())}
    return render(request, "sandbox/faults.html", everything, status=400 if problem else 200)


@control_page
@require_http_methods(["GET", "POST"])
def faults_json(request: HttpRequest) -> HttpResponse:
    """The same for tests: ``{"lms_down": 100}`` sets, ``{"reset": true, …}`` switches all others off first."""
    if request.method == "POST":
        try:
            wanted = json.loads(request.body)
            reset = wanted.pop("reset", False)
            _set(wanted, reset=bool(reset))
        except (ValueError, TypeError, AttributeError) as error:
            return JsonResponse({"error": str(error)}, status=400)
    return JsonResponse(Faults().values)


def _set(wanted: dict[str, object], *, reset: bool = False) -> None:
    """Raises ``ValueError`` for an unknown switch and for a value it does not take; then nothing has changed."""
    unknown = sorted(set(wanted) - set(SWITCHES))
    if unknown:
        raise ValueError(f"there is no switch {', '.join(unknown)}")
    values = {name: read(name, str(value)) for name, value in wanted.items()}
    if not all(map(math.isfinite, values.values())):
        raise ValueError("a switch takes a finite number")
    if reset:
        switch_all_off()
    switch(values)
