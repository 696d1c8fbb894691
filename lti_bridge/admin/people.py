"""People: as platforms know them, in their courses, and as accounts know them."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from lti_bridge.admin.showing import Shown
from lti_bridge.models import Candidate, Learner, Membership


@admin.register(Learner)
class LearnerAdmin(Shown[Learner]):
    """Learners; their LMS tells their names."""

    list_display = ("display_name", "email", "platform", "user_id", "opaque_id", "created_at")
    list_filter = ("platform",)
    list_select_related = ("platform",)
    search_fields = ("full_name", "given_name", "family_name", "email", "user_id", "opaque_id")
    date_hierarchy = "created_at"
    ordering = ("family_name", "full_name")


@admin.register(Candidate)
class CandidateAdmin(Shown[Candidate]):
    """Learners as one account knows them."""

    list_display = ("learner", "account", "provider_candidate_id", "known_as", "created_at")
    list_filter = ("account",)
    list_select_related = ("learner", "account")
    search_fields = ("provider_candidate_id", "known_as", "learner__full_name", "learner__email", "learner__opaque_id")


@admin.register(Membership)
class MembershipAdmin(Shown[Membership]):
    """People in courses, as their platform's roster lists them."""

    list_display = ("learner", "context", "platform", "status", "course_roles", "seen_at")
    list_filter = ("status", "context__platform")
    list_select_related = ("learner", "context__platform")
    search_fields = ("learner__full_name", "learner__email", "learner__user_id", "context__title")
    date_hierarchy = "seen_at"
    ordering = ("context", "learner")

    @admin.display(description=gettext_lazy("platform"), ordering="context__platform__name")
    def platform(self, row: Membership) -> str:
        return row.context.platform.name

    @admin.display(description=gettext_lazy("roles"))
    def course_roles(self, row: Membership) -> str:
        return ", ".join(map(str, row.roles)) or "—"
