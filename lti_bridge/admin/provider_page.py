"""An account at its provider: what is left there, what is wrong there, and what administrators can have done there."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from lti_bridge import acting
from lti_bridge.admin.history import Configured
from lti_bridge.errors import CannotCall, ProviderError
from lti_bridge.models import Account, AccountTrouble, ActState
from lti_bridge.providers import PROVIDERS
from lti_bridge.providers.acts import AccountAct, AccountPage, Blank, Fact
from lti_bridge.reference import reference


class AtProvider(Configured[Account]):
    """The page ``…/<id>/provider/`` of an account, for those who may change accounts."""

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        account = Account.objects.filter(pk=int(object_id) if object_id.isdecimal() else 0).first()
        more = {"at_provider": bool(account and page_of(account) and self.has_change_permission(request, account))}
        response: HttpResponse = super().change_view(request, object_id, form_url, {**(extra_context or {}), **more})
        return response

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(never_cache(sensitive_post_parameters()(self.provider_view)))
        return [path("<int:pk>/provider/", view, name="lti_bridge_account_provider"), *super().get_urls()]

    def provider_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        account = get_object_or_404(Account, pk=pk)
        if not self.has_change_permission(request, account):
            raise PermissionDenied
        page = page_of(account)
        if page is None:
            raise Http404
        name = request.POST.get("act", "")
        problems: list[str] = []
        if request.method == "POST" and name in page.acts:
            problems = self._carry_out(request, account, name, page.acts[name])
            if not problems:
                return HttpResponseRedirect(reverse("admin:lti_bridge_account_provider", args=[pk]), status=303)
        values = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": account,
            "title": PROVIDERS[account.provider].label,
            "facts": _facts(account, page),
            "troubles": AccountTrouble.objects.filter(account=account).order_by("code"),
            "choices": _choices(account, page),
            "acts": [(each, act, _blanks(act, request if each == name else None)) for each, act in page.acts.items()],
            "problems": problems,
        }
        return TemplateResponse(request, "admin/provider_page.html", values, status=400 if problems else 200)

    def _carry_out(self, request: HttpRequest, account: Account, name: str, act: AccountAct) -> list[str]:
        """Have it done. Gives what is wrong with the form; when it was tried, a message says what came of it."""
        filled = {each: request.POST.get(each, "").strip() for each in act.blanks}
        if act.typed and filled[act.typed].casefold() != request.POST.get("typed", "").strip().casefold():
            return [_("That is not what was asked for; nothing was changed.")]
        try:
            row, _url = acting.about_account(
                account, name, act, filled, staff=request.user.get_username(), reference=reference()
            )
        except CannotCall as problem:
            return list(problem.problems)
        self.log_change(request, account, f"{act.label}: {row.get_state_display()}")
        say = messages.success if row.state == ActState.DONE else messages.error
        say(request, f"{act.label}: {row.told or row.get_state_display()}")
        return []


def _blanks(act: AccountAct, request: HttpRequest | None) -> list[tuple[str, Blank, str]]:
    """What is to be filled in, with what was; a password never comes back."""
    filled = request.POST if request else {}
    return [
        (name, blank, "" if blank.kind == "password" else str(filled.get(name, "")))
        for name, blank in act.blanks.items()
    ]


def page_of(account: Account) -> AccountPage | None:
    """What there is to see and to do of an account at its provider; None where it cannot be asked."""
    provider = PROVIDERS.get(account.provider)
    page = provider.account_page if provider else None
    return page if page and page.available(account) else None


def choices_of(account: Account) -> Mapping[str, Any]:
    """The provider's lists for an activity's parameters; empty when it cannot be asked or does not answer."""
    page = page_of(account)
    return _choices(account, page) if page else {}


def _facts(account: Account, page: AccountPage) -> list[Fact]:
    try:
        return list(page.facts(account))
    except ProviderError as error:
        return [Fact(_("Not known now"), f"{error.sentence} {error.advice}".strip(), "bad")]


def _choices(account: Account, page: AccountPage) -> Mapping[str, Any]:
    try:
        return page.choices(account)
    except ProviderError:
        return {}
