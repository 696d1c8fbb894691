"""Documents that learners handed in: where each stands, and never what is in it."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from lti_bridge.admin.showing import Trailed, chip
from lti_bridge.models import Document
from lti_bridge.pages.documents.standing import tone_and_chip
from lti_bridge.pages.trail import Step, trail_of


@admin.register(Document)
class DocumentAdmin(Trailed[Document]):
    """By state: those that are unclear wait for somebody."""

    list_display = (
        *("reference", "received_at", "learner", "activity", "standing", "reason", "tries", "next_try_at"),
        *("content_until", "trail"),
    )
    list_filter = ("state", "attempt__activity", "attempt__learner__platform")
    search_fields = (
        "=reference",
        "attempt__learner__full_name",
        "attempt__learner__email",
        "=attempt__learner__user_id",
    )
    date_hierarchy = "arrived_at"
    ordering = ("-pk",)
    # In there are the key to the content and the address where it is wanted.
    exclude = ("secret",)
    readonly_fields = ("trail",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Document]:
        rows: QuerySet[Document] = super().get_queryset(request)
        return rows.select_related("attempt__activity", "attempt__learner__platform", "attempt__resource_link")

    def name_of(self, row: Document) -> str:
        return f"{row.attempt.learner} · {row}"

    def steps_of(self, row: Document) -> list[Step]:
        return trail_of(row.attempt.learner, row.attempt.resource_link, only=row.attempt)

    @admin.display(description=gettext_lazy("learner"))
    def learner(self, document: Document) -> str:
        return document.attempt.learner.display_name

    @admin.display(description=gettext_lazy("activity"))
    def activity(self, document: Document) -> str:
        return str(document.attempt.activity)

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def standing(self, document: Document) -> SafeString:
        tone, _words = tone_and_chip(document, document.attempt) if document.received_at else ("", "")
        return chip(document.get_state_display(), tone)
