"""The page that an LMS's administrator sees: what will be registered, a button, and what came of it."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from lti_bridge import invitations
from lti_bridge.errors import RegistrationRefused
from lti_bridge.launch import our_tool
from lti_bridge.launch.addresses import split_web_address
from lti_bridge.launch.dynamic.exchange import register
from lti_bridge.models import Family, Platform
from lti_bridge.pages.access import refuse_strangers
from lti_bridge.pages.render import render

#: Whoever holds the invitation may show the page in a frame: LMSs do, from hosts that nobody here knows yet.
_ANYBODY = ("*",)
_PASSED_ON = ("invitation", "openid_configuration", "registration_token")


@csrf_exempt  # the invitation in the form is the authority; no cookie is
@require_http_methods(["GET", "HEAD", "POST"])
def lti13_register(request: HttpRequest) -> HttpResponse:
    """Show what will be registered; a post registers. Nothing is asked of the LMS before the post."""
    if request.method == "POST":
        refuse_strangers(request)
    given = request.POST if request.method == "POST" else request.GET
    told = {name: given.get(name, "").strip() for name in _PASSED_ON}
    invitation = invitations.find(told["invitation"])
    place = split_web_address(told["openid_configuration"])
    if place is None:
        raise RegistrationRefused(
            "no_configuration",
            _("This link is for your LMS, not for a browser."),
            _("Paste it into your LMS, where it asks for the address to register a tool at."),
            status=400,
        )
    if request.method == "POST":
        row = register(invitation, told["openid_configuration"], told["registration_token"])
        return render(request, "pages/registered.html", {"registration": row}, origins=_ANYBODY)
    values = {
        "told": told,
        "host": place.netloc,
        "invitation": invitation,
        "family": Family(invitation.family).label if invitation.family != Family.OTHER else "",
        "exists": Platform.objects.filter(name=invitation.platform_name).exists(),
        "ours": our_tool.addresses(),
        "name": our_tool.NAME,
    }
    return render(request, "pages/register.html", values, origins=_ANYBODY)
