"""What a browser sees between a login and a launch: nothing, as a rule, and a small page where it keeps no cookies.

No page here says anything about a person: it is not known yet whose browser this is.
"""

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from lti_bridge.launch import binding, oidc
from lti_bridge.launch.addresses import origin_of
from lti_bridge.launch.lti13 import Unbound
from lti_bridge.launch.oidc import Login
from lti_bridge.launch.state import State
from lti_bridge.models import Lti13Registration
from lti_bridge.pages.render import LEADS_OUT, render

#: Longer addresses do not fit into the header of an answer everywhere; a link on a page takes them.
_LONGEST_REDIRECT = 3000


def go_on(request: HttpRequest, login: Login) -> HttpResponse:
    """Send the browser to the platform with the proof that the login began there: in a cookie, and in the platform's
    own window where it offers to keep something.
    """
    storage = _storage(login.registration, login.state)
    if storage or len(login.url) > _LONGEST_REDIRECT:
        values = {
            "url": login.url,
            "host": urlsplit(login.url).netloc,
            "storage": storage | {"value": binding.proof_of(login.state)} if storage else None,
        }
        response = render(request, "pages/login.html", values, origins=login.frame_origins)
        _keep_the_opener(response)
    else:
        response = HttpResponseRedirect(login.url, status=303)
        response["Cache-Control"] = "no-store"
        response["Referrer-Policy"] = "no-referrer"
    binding.remember(response, login.state)
    return response


def prove(request: HttpRequest, unbound: Unbound) -> HttpResponse:
    """Ask the platform's window for the proof; where it has none, offer to begin anew in a window of its own, where
    browsers keep cookies.
    """
    storage = _storage(unbound.registration, unbound.state)
    values = {
        "storage": storage,
        "fields": {"state": unbound.raw_state, "id_token": unbound.raw_token, binding.FIELD: ""} if storage else {},
        "field": binding.FIELD,
        "again": oidc.again(unbound.registration, unbound.state),
    }
    origins = oidc.origins_of(unbound.registration, request)
    status = 200 if storage else 403
    response = render(
        request, "pages/browser_check.html", values, origins=origins, form_action=LEADS_OUT, status=status
    )
    _keep_the_opener(response)
    # Without a referrer, browsers hide also from ourselves that it is our page which posts.
    response["Referrer-Policy"] = "same-origin"
    return response


def _keep_the_opener(response: HttpResponse) -> None:
    """A window that the platform opened has to reach the window that opened it; Django would cut them off."""
    response["Cross-Origin-Opener-Policy"] = "unsafe-none"


def _storage(registration: Lti13Registration, state: State) -> dict[str, str] | None:
    """Which frame of the platform's window keeps things for us, under which name (LTI Client Side postMessages)."""
    if not state.storage_target:
        return None
    return {
        "target": state.storage_target,
        "origin": origin_of(registration.authorization_endpoint),
        "key": binding.storage_key_of(state),
    }
