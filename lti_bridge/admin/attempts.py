"""Attempts, each with its trail."""

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from lti_bridge.admin.showing import Trailed, chip
from lti_bridge.models import Attempt
from lti_bridge.pages.trail import Step, trail_of
from lti_bridge.pages.words import ATTEMPT_TONES


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
