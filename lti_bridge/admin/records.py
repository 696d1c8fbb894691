"""What only ever grows: launches, what providers told us, and the ledger of grades."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lti_bridge.admin.showing import Shown, chip
from lti_bridge.models import EventState, Grade, LaunchRecord, ProviderEvent
from lti_bridge.pages.refused import in_words, not_opened
from lti_bridge.pages.words import EVENT_TONES, plain


@admin.register(LaunchRecord)
class LaunchRecordAdmin(Shown[LaunchRecord]):
    """Launches whose signature held."""

    list_display = ("reference", "received_at", "platform", "resource_link", "learner", "is_instructor", "came_to")
    list_filter = ("platform", "is_instructor", "refused")
    list_select_related = ("platform", "resource_link", "learner")
    search_fields = ("=reference", "learner__full_name", "learner__email", "refused")
    date_hierarchy = "received_at"
    ordering = ("-pk",)
    exclude = ("nonce",)
    readonly_fields = ("came_to",)

    @admin.display(description=gettext_lazy("came to"), ordering="refused")
    def came_to(self, launch: LaunchRecord) -> SafeString:
        later = not_opened(launch)
        if code := launch.refused or (later.code if later and later.stands else ""):
            return chip(in_words(code), "bad")
        return chip(_("accepted"), "good")


class UnreadFilter(admin.SimpleListFilter):
    """Events that nobody understood yet."""

    title = gettext_lazy("unread")
    parameter_name = "unread"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("yes", _("yes"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ProviderEvent]) -> QuerySet[ProviderEvent]:
        if self.value() == "yes":
            return queryset.filter(state__in=(EventState.RECEIVED, EventState.FAILED))
        return queryset


@admin.register(ProviderEvent)
class ProviderEventAdmin(Shown[ProviderEvent]):
    """What providers told us, word for word."""

    list_display = ("received_at", "account", "source", "attempt", "standing", "reason", "reads", "reference")
    list_filter = (UnreadFilter, "state", "source", "account")
    list_select_related = ("account", "attempt__activity")
    search_fields = ("=reference", "reason", "attempt__learner__full_name", "attempt__learner__email")
    date_hierarchy = "received_at"
    ordering = ("-pk",)
    exclude = ("nonce",)

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def standing(self, event: ProviderEvent) -> SafeString:
        return chip(event.get_state_display(), EVENT_TONES[event.state])


@admin.register(Grade)
class GradeAdmin(Shown[Grade]):
    """The ledger."""

    list_display = ("recorded_at", "learner", "attempt", "score", "raw_score", "note", "reported_at")
    list_filter = ("attempt__activity", "attempt__learner__platform")
    list_select_related = ("attempt__activity", "attempt__learner")
    search_fields = ("attempt__learner__full_name", "attempt__learner__email", "attempt__learner__user_id")
    date_hierarchy = "recorded_at"
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Grade]:
        rows: QuerySet[Grade] = super().get_queryset(request)
        return rows.select_related("attempt__activity", "attempt__learner")

    @admin.display(description=gettext_lazy("learner"))
    def learner(self, grade: Grade) -> str:
        return grade.attempt.learner.display_name

    @admin.display(description=gettext_lazy("score"), ordering="score_given")
    def score(self, grade: Grade) -> str:
        return "—" if grade.score_given is None else f"{plain(grade.score_given)} / {plain(grade.score_maximum)}"
