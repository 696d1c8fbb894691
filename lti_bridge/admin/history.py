"""Configuration with a history: every change, who made it and when, without secrets."""

from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters

from lti_bridge.admin.typed import HistoryAdmin

_Row = TypeVar("_Row", bound=Model)


class Configured(HistoryAdmin[_Row]):
    """Rows that administrators configure. An old version is looked at, not gone back to: its secrets are not in it."""

    list_per_page = 50
    #: simple_history's own bears a style that our Content-Security-Policy refuses.
    object_history_list_template = "admin/history_list.html"

    def revert_disabled(self, request: HttpRequest, obj: _Row | None = None) -> bool:
        return True

    def history_form_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # simple_history hides the button, but would still take the post, even from who may only look.
        if request.method == "POST":
            raise PermissionDenied
        return super().history_form_view(request, *args, **kwargs)

    @method_decorator(sensitive_post_parameters())
    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return super().changeform_view(request, *args, **kwargs)
