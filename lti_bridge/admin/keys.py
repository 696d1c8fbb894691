"""Keys of LTI 1.3: ours, whose private halves nobody sees, and those of the others."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from lti_bridge import peer_keys, signing_keys
from lti_bridge.admin.showing import Shown, chip
from lti_bridge.models import PeerKeys, SigningKey

Side = SigningKey.Side

_MOST_FETCHES = 20


@admin.register(SigningKey)
class SigningKeyAdmin(Shown[SigningKey]):
    """Our own keys. They are made, replaced and taken out of use; nothing of one is changed."""

    list_display = ("kid", "side", "standing", "created_at", "signs_from", "retired_at")
    list_filter = ("side",)
    search_fields = ("kid",)
    ordering = ("side", "-signs_from", "-pk")
    exclude = ("private",)
    readonly_fields = ("standing",)
    actions = ("retire", "withdraw")
    change_list_template = "admin/signing_keys.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[SigningKey]:
        rows: QuerySet[SigningKey] = super().get_queryset(request)
        signing = [row.signs.pk for row in map(signing_keys.standing, Side) if row.signs]
        return rows.defer("private").annotate(
            is_signing=Case(When(pk__in=signing, then=Value(True)), default=Value(False))
        )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.rotate_view))
        return [path("rotate/<slug:side>/", view, name="lti_bridge_signingkey_rotate"), *super().get_urls()]

    def has_rotate_permission(self, request: HttpRequest) -> bool:
        """Making and ending keys is a change, although no field of them is edited here."""
        return request.user.has_perm("lti_bridge.change_signingkey")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        more = {"sides": list(Side), "may_rotate": self.has_rotate_permission(request)}
        return super().changelist_view(request, {**(extra_context or {}), **more})

    def rotate_view(self, request: HttpRequest, side: str) -> HttpResponse:
        """Make the next key of a side; with ``at_once`` it signs now and the others are retired."""
        if not self.has_rotate_permission(request):
            raise PermissionDenied
        at_once = request.POST.get("at_once") == "on"
        if side in Side.values:
            key = signing_keys.rotate(Side(side), at_once=at_once)
            self.log_addition(request, key, _("Made by hand; it signs at once.") if at_once else _("Made by hand."))
            messages.success(request, _("Key %(kid)s is published.") % {"kid": key.kid})
        return HttpResponseRedirect(reverse("admin:lti_bridge_signingkey_changelist"))

    @admin.display(description=gettext_lazy("standing"))
    def standing(self, key: Any) -> SafeString:
        if key.is_signing:
            return chip(_("signs"), "good")
        if key.retired_at is not None:
            return chip(_("retired"), "")
        return chip(_("follows"), "wait") if key.signs_from > timezone.now() else chip(_("replaced"), "")

    @admin.action(description=gettext_lazy("Retire: they sign no more"), permissions=["rotate"])
    def retire(self, request: HttpRequest, keys: QuerySet[SigningKey]) -> None:
        chosen = list(keys)
        for key in chosen:
            self.log_change(request, signing_keys.retire(key.kid), _("Retired."))
        self._keep_signing(request, chosen)

    @admin.action(
        description=gettext_lazy("After a leak: take them out of our key set at once"), permissions=["rotate"]
    )
    def withdraw(self, request: HttpRequest, keys: QuerySet[SigningKey]) -> None:
        chosen = list(keys)
        self.log_deletions(request, keys)
        for key in chosen:
            signing_keys.withdraw(key.kid)
        self._keep_signing(request, chosen)

    def _keep_signing(self, request: HttpRequest, ended: list[SigningKey]) -> None:
        """A side whose signing key went needs another one now, not with the next grade."""
        told = ngettext("%(count)d key ended.", "%(count)d keys ended.", len(ended))
        messages.success(request, told % {"count": len(ended)})
        for side in sorted({key.side for key in ended}):
            if signing_keys.standing(Side(side)).signs is None:
                kid = signing_keys.signer(Side(side)).kid
                messages.warning(
                    request, _("No other key was ready: %(kid)s was made, and signs at once.") % {"kid": kid}
                )


@admin.register(PeerKeys)
class PeerKeysAdmin(Shown[PeerKeys]):
    """Key sets of platforms and of providers' tools, as they were fetched last."""

    list_display = ("url", "standing", "key_count", "fetched_at", "tried_at", "problem")
    search_fields = ("url", "problem")
    ordering = ("-tried_at",)
    exclude = ("url_digest",)
    actions = ("fetch_now",)

    def has_fetch_permission(self, request: HttpRequest) -> bool:
        """Fetching is a change, although no field is edited here."""
        return request.user.has_perm("lti_bridge.change_peerkeys")

    @admin.display(description=gettext_lazy("state"), ordering="problem")
    def standing(self, row: PeerKeys) -> SafeString:
        return chip(_("not reached"), "bad") if row.problem else chip(_("fetched"), "good")

    @admin.display(description=gettext_lazy("keys"))
    def key_count(self, row: PeerKeys) -> int:
        return len(row.keys)

    @admin.action(description=gettext_lazy("Fetch now"), permissions=["fetch"])
    def fetch_now(self, request: HttpRequest, rows: QuerySet[PeerKeys]) -> None:
        chosen = list(rows[:_MOST_FETCHES])
        problems = [(row.url, problem) for row in chosen if (problem := peer_keys.refresh(row.url))]
        for url, problem in problems:
            messages.warning(request, f"{url}: {problem}")
        fetched = len(chosen) - len(problems)
        told = ngettext("%(count)d key set fetched.", "%(count)d key sets fetched.", fetched)
        messages.success(request, told % {"count": fetched})
