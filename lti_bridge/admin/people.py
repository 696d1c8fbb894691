"""People: as platforms know them, and as accounts know them."""

from django.contrib import admin

from lti_bridge.admin.showing import Shown
from lti_bridge.models import Candidate, Learner


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

    list_display = ("learner", "account", "provider_candidate_id", "created_at")
    list_filter = ("account",)
    list_select_related = ("learner", "account")
    search_fields = ("provider_candidate_id", "learner__full_name", "learner__email", "learner__opaque_id")
