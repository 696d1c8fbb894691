"""What makes a view a stranger's: its own host, its own content policy, no cookie or CSRF token of the bridge."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from lti_bridge.sandbox.addresses import Origins, origins

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def lms_page(view: View[P]) -> View[P]:
    """A view of the pretend LMS, on its host."""
    return _stranger(view, lambda: origins().lms)


def provider_page(view: View[P]) -> View[P]:
    """A view of the pretend provider, on its host."""
    return _stranger(view, lambda: origins().provider)


def control_page(view: View[P]) -> View[P]:
    """A page that belongs to nobody in the play: the fault switches."""
    return _stranger(view, lambda: origins().bridge)


def _stranger(view: View[P], home: Callable[[], str]) -> View[P]:
    @wraps(view)
    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        parties = origins()
        here = home()
        if request.method == "GET" and request.get_host() != urlsplit(here).netloc:
            # All parties share one server; an address opened on a neighbour's host would share its cookies.
            return HttpResponseRedirect(here + request.get_full_path())
        # By hand at each call: the policy names addresses that only the settings know.
        with_policy: Any = csp_replace(_policy(parties))(view)
        response: HttpResponse = with_policy(request, *args, **kwargs)
        # As LMSs do: a tool in a window of its own may write to the page that opened it.
        response["Cross-Origin-Opener-Policy"] = "unsafe-none"
        return response

    # No CSRF tokens: strangers' pages work inside frames, where a browser drops the token's cookie.
    return csrf_exempt(never_cache(answer))


def _policy(parties: Origins) -> dict[str, Any]:
    everybody = list(dict.fromkeys((parties.bridge, parties.lms, parties.provider)))
    return {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "frame-src": everybody,
        # Browsers check redirects that follow a form as well.
        "form-action": everybody,
        "frame-ancestors": everybody,
        "base-uri": [NONE],
    }
