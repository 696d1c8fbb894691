"""An account's LTI 1.3 tool: what to tell the provider about us, and choosing content there."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from lti_bridge.admin.history import Configured
from lti_bridge.errors import CannotOpen
from lti_bridge.models import Account
from lti_bridge.pages.respond import respond
from lti_bridge.providers import PROVIDERS
from lti_bridge.providers.actions import Lti13Tool
from lti_bridge.relay import deep_linking, endpoints


class WithTool(Configured[Account]):
    """The part of an account's page that is about its LTI 1.3 tool."""

    change_form_template = "admin/account_form.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(never_cache(self.choose_content)))
        return [path("<int:pk>/choose-content/", view, name="lti_bridge_account_content"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        account = Account.objects.filter(pk=int(object_id) if object_id.isdecimal() else 0).first()
        tool = _tool(account) if account else None
        sheet = _sheet(tool) if tool else {}
        may_choose = bool(tool and account and account.enabled and request.user.has_perm("lti_bridge.add_activity"))
        shown = {**(extra_context or {}), "sheet": sheet, "may_choose": may_choose}
        response: HttpResponse = super().change_view(request, object_id, form_url, shown)
        return response

    def choose_content(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send the administrator to the provider; what is chosen there comes back as activities, switched off."""
        account = get_object_or_404(Account, pk=pk, enabled=True)
        if not (self.has_view_permission(request, account) and request.user.has_perm("lti_bridge.add_activity")):
            raise PermissionDenied
        tool = _tool(account)
        if tool is None or request.user.pk is None:
            raise Http404
        action = deep_linking.begin(account, tool, request.user.pk, get_language() or "")
        return respond(request, action, heading=PROVIDERS[account.provider].label, person=str(request.user))


def _tool(account: Account) -> Lti13Tool | None:
    """The tool, as far as the settings make one."""
    provider = PROVIDERS.get(account.provider)
    try:
        return provider.lti13_tool(account) if provider else None
    except CannotOpen:
        return None


def _sheet(tool: Lti13Tool) -> dict[str, str]:
    return {
        "issuer": endpoints.issuer(),
        "client_id": tool.client_id,
        "deployment_id": tool.deployment_id,
        "auth_url": endpoints.auth_url(),
        "token_url": endpoints.token_url(),
        "jwks_url": endpoints.jwks_url(),
    }
