"""What we tell of ourselves to whoever asks: a file that Canvas imports, and a page with the values to copy by hand."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from lti_bridge.launch import our_tool
from lti_bridge.pages.render import render


@require_safe
def lti13_config(request: HttpRequest) -> HttpResponse:
    """The configuration for LMSs that import one as JSON. It holds no key and no secret."""
    return JsonResponse(our_tool.canvas_configuration())


@require_safe
def lti13_values(request: HttpRequest) -> HttpResponse:
    """The addresses that an LMS's administrator copies when registering us by hand; the same for everybody."""
    values = {
        "ours": our_tool.addresses(),
        "name": our_tool.NAME,
        "description": our_tool.DESCRIPTION,
        "config_url": settings.PUBLIC_ORIGIN + reverse("lti13-config"),
        "scopes": our_tool.SCOPES,
        "custom": our_tool.CUSTOM,
    }
    return render(request, "pages/tool_values.html", values)
