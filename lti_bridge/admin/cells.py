"""Gradebook cells with what can be done about them, their tries, and the breakers."""

from decimal import Decimal

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lti_bridge.admin import cell_actions
from lti_bridge.admin.showing import Shown, Trailed, chip
from lti_bridge.delivery import limits
from lti_bridge.delivery.reasons import advice
from lti_bridge.models import Breaker, Cell, Try
from lti_bridge.pages.trail import Step, trail_of
from lti_bridge.pages.words import CELL_TONES, TRY_TONES, percent


class DueFilter(admin.SimpleListFilter):
    """Cells that a worker should look at now."""

    title = gettext_lazy("due")
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("now", _("now")), ("later", _("later"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Cell]) -> QuerySet[Cell]:
        match self.value():
            case "now":
                return queryset.filter(due_at__lte=timezone.now())
            case "later":
                return queryset.filter(due_at__gt=timezone.now())
        return queryset


@admin.register(Cell)
class CellAdmin(Trailed[Cell]):
    """What should stand in a gradebook, and what stands there."""

    list_display = (
        "learner",
        "link",
        "platform",
        "standing",
        "scores",
        "due",
        "why",
        "trail",
    )
    list_filter = ("state", DueFilter, "platform", "reason")
    list_select_related = ("learner", "resource_link", "platform")
    search_fields = ("learner__full_name", "learner__email", "learner__user_id", "resource_link__title")
    date_hierarchy = "updated_at"
    ordering = ("-updated_at",)
    # Without the sourcedid: whoever has it and the key can write into the gradebook.
    fields = (
        "learner",
        "resource_link",
        "platform",
        "state",
        "reason_text",
        "what_to_do",
        "trail",
        ("scores", "wanted_version", "sent_version"),
        "limit",
        "held",
        "found_score",
        "due_at",
        "tries_used",
        "sent_at",
        "addressed_at",
        "outcome_service_url",
    )
    readonly_fields = ("scores", "limit", "trail", "what_to_do")
    actions = (cell_actions.deliver_again, cell_actions.hold, cell_actions.release)

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Acting on cells is a change, although no field of them is edited here."""
        return request.user.has_perm("lti_bridge.change_cell")

    def name_of(self, row: Cell) -> str:
        return f"{row.learner} × {row.resource_link}"

    def steps_of(self, row: Cell) -> list[Step]:
        return trail_of(row.learner, row.resource_link)

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def standing(self, cell: Cell) -> SafeString:
        return chip(cell.get_state_display(), CELL_TONES[cell.state])

    @admin.display(description=gettext_lazy("link"), ordering="resource_link__title")
    def link(self, cell: Cell) -> str:
        return str(cell.resource_link)

    @admin.display(description=gettext_lazy("wanted / sent"), ordering="wanted_score")
    def scores(self, cell: Cell) -> str:
        return f"{_percent(cell.wanted_score)} / {_percent(cell.sent_score)}"

    @admin.display(description=gettext_lazy("due"), ordering="due_at")
    def due(self, cell: Cell) -> str:
        return f"{timezone.localtime(cell.due_at):%Y-%m-%d %H:%M}" if cell.due_at else "—"

    @admin.display(description=gettext_lazy("reason"), ordering="reason")
    def why(self, cell: Cell) -> str:
        return " ".join(filter(None, (limits.in_words(cell, cell.wanted_score), cell.reason_text))) or "—"

    @admin.display(description=gettext_lazy("limit of the gradebook"))
    def limit(self, cell: Cell) -> str:
        return limits.in_words(cell, cell.wanted_score) or "—"

    @admin.display(description=gettext_lazy("what to do"))
    def what_to_do(self, cell: Cell) -> str:
        return advice(cell.reason) or "—"


@admin.register(Try)
class TryAdmin(Shown[Try]):
    """Requests to LMSs."""

    list_display = ("started_at", "cell_name", "kind", "outcome", "status", "reason_text")
    list_filter = ("result", "kind", "cell__platform", "reason")
    list_select_related = ("cell__learner", "cell__resource_link")
    search_fields = ("cell__learner__full_name", "cell__learner__email", "reason", "reason_text")
    date_hierarchy = "started_at"
    ordering = ("-pk",)

    @admin.display(description=gettext_lazy("cell"))
    def cell_name(self, each: Try) -> str:
        return f"{each.cell.learner} × {each.cell.resource_link}"

    @admin.display(description=gettext_lazy("result"), ordering="result")
    def outcome(self, each: Try) -> SafeString:
        return chip(each.get_result_display(), TRY_TONES[each.result])


class OpenFilter(admin.SimpleListFilter):
    """Breakers of platforms that do not answer."""

    title = gettext_lazy("open")
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("yes", _("yes")), ("no", _("no"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Breaker]) -> QuerySet[Breaker]:
        if self.value() in ("yes", "no"):
            return queryset.filter(next_probe_at__isnull=self.value() == "no")
        return queryset


@admin.register(Breaker)
class BreakerAdmin(Shown[Breaker]):
    """How each platform's gradebook answers lately."""

    list_display = ("platform", "standing", "failures", "opened_at", "next_probe_at", "last_reason")
    list_filter = (OpenFilter,)
    list_select_related = ("platform",)

    @admin.display(description=gettext_lazy("state"), ordering="next_probe_at")
    def standing(self, breaker: Breaker) -> SafeString:
        return chip(_("open"), "bad") if breaker.next_probe_at else chip(_("closed"), "good")


def _percent(score: Decimal | None) -> str:
    return "—" if score is None else f"{percent(score)}\N{NO-BREAK SPACE}%"
