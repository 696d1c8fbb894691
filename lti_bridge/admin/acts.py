"""What people had done at providers, and what keeps accounts from working."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from lti_bridge.admin.showing import Shown, chip
from lti_bridge.admin.typed import ModelAdmin
from lti_bridge.models import AccountTrouble, ActState, ProviderAct

_TONES: dict[str, str] = {
    ActState.WAITING: "wait",
    ActState.UNDER_WAY: "wait",
    ActState.DONE: "good",
    ActState.REFUSED: "bad",
    ActState.UNCLEAR: "bad",
}


@admin.register(ProviderAct)
class ProviderActAdmin(Shown[ProviderAct]):
    """Who had what done, about whom, and what came of it."""

    list_display = ("created_at", "account", "what", "standing", "learner", "by", "told", "reference")
    list_filter = ("state", "what", "account")
    list_select_related = ("account", "learner", "teacher")
    search_fields = ("=reference", "what", "staff", "learner__full_name", "learner__email", "teacher__full_name")
    date_hierarchy = "created_at"
    ordering = ("-pk",)

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def standing(self, act: ProviderAct) -> SafeString:
        return chip(act.get_state_display(), _TONES[act.state])

    @admin.display(description=gettext_lazy("by"))
    def by(self, act: ProviderAct) -> str:
        return act.staff or (act.teacher.display_name if act.teacher else "—")


@admin.register(AccountTrouble)
class AccountTroubleAdmin(ModelAdmin[AccountTrouble]):
    """Troubles go by themselves when an account works again, and by hand when somebody has seen to them."""

    list_display = ("account", "code", "text", "first_at", "last_at", "times")
    list_filter = ("account", "code")
    list_select_related = ("account",)
    search_fields = ("account__name", "code", "text")
    ordering = ("-last_at",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: AccountTrouble | None = None) -> bool:
        return False
