"""What providers' LTI 1.3 tools have with us, their platform: launches, line items and scores."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from lti_bridge.admin.showing import Shown
from lti_bridge.models import ProviderLaunch, ProviderLineItem, ProviderScore
from lti_bridge.pages.words import plain


@admin.register(ProviderLaunch)
class ProviderLaunchAdmin(Shown[ProviderLaunch]):
    """Launches of providers' tools, of the last day."""

    list_display = ("created_at", "account", "learner", "activity", "attempt", "used_at", "answered_at")
    list_filter = ("account",)
    list_select_related = ("account", "learner", "activity", "attempt__activity")
    search_fields = ("learner__full_name", "learner__email", "account__name")
    date_hierarchy = "created_at"
    ordering = ("-pk",)
    # The hint of a launch, and the address back from it, are for the provider and the browser alone.
    exclude = ("key", "details")


@admin.register(ProviderLineItem)
class ProviderLineItemAdmin(Shown[ProviderLineItem]):
    """The line items that providers see."""

    list_display = ("label", "account", "context", "activity", "attempt", "maximum", "created_at")
    list_filter = ("account",)
    list_select_related = ("account", "context", "activity", "attempt__activity")
    search_fields = ("label", "resource_id", "tag", "context__title")
    date_hierarchy = "created_at"
    ordering = ("-pk",)

    @admin.display(description=gettext_lazy("maximum"), ordering="score_maximum")
    def maximum(self, row: ProviderLineItem) -> str:
        return plain(row.score_maximum)


@admin.register(ProviderScore)
class ProviderScoreAdmin(Shown[ProviderScore]):
    """The score that stands for each person at each of them."""

    list_display = ("timestamp", "line_item", "learner", "score", "activity_progress", "grading_progress")
    list_filter = ("line_item__account", "grading_progress")
    list_select_related = ("line_item", "learner")
    search_fields = ("learner__full_name", "learner__email", "line_item__label")
    date_hierarchy = "timestamp"
    ordering = ("-pk",)

    @admin.display(description=gettext_lazy("score"), ordering="score_given")
    def score(self, row: ProviderScore) -> str:
        return "—" if row.score_given is None else f"{plain(row.score_given)} / {plain(row.score_maximum)}"
