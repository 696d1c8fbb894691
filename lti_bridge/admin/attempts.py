"""Attempts, each with its trail, and with what can be done about them at their provider."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lti_bridge import acting, archiving
from lti_bridge.admin.showing import Trailed, chip
from lti_bridge.errors import CannotCall
from lti_bridge.models import Attempt
from lti_bridge.pages.trail import Step, trail_of
from lti_bridge.pages.words import ATTEMPT_TONES
from lti_bridge.providers import PROVIDERS
from lti_bridge.providers.acts import AttemptAct
from lti_bridge.reference import reference

_PREFIX = "act_"


@admin.register(Attempt)
class AttemptAdmin(Trailed[Attempt]):
    """One learner's sitting at the provider."""

    list_display = ("__str__", "learner", "standing", "trail", "resource_link", "opened_at", "ended_at")
    list_filter = ("state", "activity", "learner__platform")
    list_select_related = ("activity", "learner", "resource_link")
    search_fields = ("learner__full_name", "learner__email", "learner__user_id", "provider_attempt_id")
    date_hierarchy = "created_at"
    ordering = ("-pk",)
    # The key is the unguessable part of addresses and a sourcedid.
    exclude = ("key",)
    readonly_fields = ("trail",)

    def name_of(self, row: Attempt) -> str:
        return f"{row.learner} · {row}"

    def steps_of(self, row: Attempt) -> list[Step]:
        return trail_of(row.learner, row.resource_link, only=row)

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def standing(self, attempt: Attempt) -> SafeString:
        return chip(attempt.get_state_display(), ATTEMPT_TONES[attempt.state])

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Each thing that a provider does in bulk is an action of the list, for those who may change attempts."""
        actions: dict[str, Any] = super().get_actions(request)
        if request.user.has_perm("lti_bridge.change_attempt"):
            for name, act in _bulk_acts().items():
                key = _PREFIX + name
                actions[key] = (_action(name), key, act.label)
        return actions


def _bulk_acts() -> Mapping[str, AttemptAct]:
    """What any provider does about many attempts at once, by name."""
    acts: dict[str, AttemptAct] = {"refresh": acting.REFRESH}
    for provider in PROVIDERS.values():
        acts |= {name: act for name, act in provider.attempt_acts.items() if act.in_bulk}
    return acts


def _action(name: str) -> Callable[[AttemptAdmin, HttpRequest, QuerySet[Attempt]], HttpResponseBase | None]:
    return partial(_carry_out, name)


def _carry_out(
    name: str, attempts_admin: AttemptAdmin, request: HttpRequest, rows: QuerySet[Attempt]
) -> HttpResponseBase | None:
    """Have it done about the ticked attempts, by workers; what costs something or needs something is asked about."""
    act = _bulk_acts()[name]
    attempts = list(rows.select_related("candidate__account", "activity__account", "learner"))
    suits = [each for each in attempts if name in acting.suiting(each)]
    filled = {blank: request.POST.get(blank, "").strip() for blank in act.blanks}
    problems: tuple[str, ...] = ()
    who = {"staff": request.user.get_username(), "reference": reference()}
    if act.archived and suits:
        try:
            return archiving.response(suits, name, act.archived, **who)
        except CannotCall as problem:
            messages.error(request, " ".join(problem.problems))
            return None
    if not (act.question or act.blanks) or request.POST.get("sure") == "yes":
        try:
            acting.in_bulk(suits, name, filled, **who)
        except CannotCall as problem:
            problems = problem.problems
        else:
            _say(request, act, len(suits), len(attempts))
            return None
    values = {
        **attempts_admin.admin_site.each_context(request),
        "opts": attempts_admin.opts,
        "title": act.label,
        "act": act,
        "action": _PREFIX + name,
        "checkbox": ACTION_CHECKBOX_NAME,
        "attempts": suits,
        "blanks": [(key, blank, filled[key]) for key, blank in act.blanks.items()],
        "problems": problems,
    }
    return TemplateResponse(request, "admin/act.html", values)


def _say(request: HttpRequest, act: AttemptAct, suits: int, chosen: int) -> None:
    told = ngettext("%(act)s: %(count)d attempt is on its way.", "%(act)s: %(count)d attempts are on their way.", suits)
    messages.success(request, told % {"act": act.label, "count": suits})
    if left := chosen - suits:
        said = ngettext("%(count)d attempt does not suit.", "%(count)d attempts do not suit.", left)
        messages.warning(request, said % {"count": left})
    if suits:
        messages.info(request, _("What comes of each is listed under “Acts at providers”."))
