"""Parts of admin pages: rows that are only shown, chips, and the page of a trail."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lti_bridge.admin.typed import ModelAdmin
from lti_bridge.pages.trail import Step

_Row = TypeVar("_Row", bound=Model)


class Shown(ModelAdmin[_Row]):
    """Rows that are looked at: never added, changed or removed here."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: _Row | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: _Row | None = None) -> bool:
        return False


class Trailed(Shown[_Row]):
    """Rows with a trail page, at ``…/<id>/trail/``. Subclasses override :meth:`steps_of`."""

    change_form_template = "admin/trailed_form.html"

    def steps_of(self, row: _Row) -> Sequence[Step]:
        """What happened around this row, oldest first."""
        raise NotImplementedError

    def name_of(self, row: _Row) -> str:
        """Whose trail it is."""
        return str(row)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        named = {"subtitle": self.name_of(row)} if row else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **named})

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_trail"
        view = self.admin_site.admin_view(self.trail_view)
        return [path("<int:pk>/trail/", view, name=name), *super().get_urls()]

    def trail_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        values: Mapping[str, object] = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": row,
            "title": _("Trail"),
            "subtitle": self.name_of(row),
            "steps": self.steps_of(row),
        }
        return TemplateResponse(request, "admin/trail.html", dict(values))

    @admin.display(description=gettext_lazy("trail"))
    def trail(self, row: _Row) -> SafeString:
        address = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_trail", args=[row.pk])
        return format_html('<a href="{}">{}</a>', address, _("trail"))


def chip(text: object, tone: str) -> SafeString:
    """A state as a chip: words, a shape and a colour."""
    return format_html('<span class="chip {}">{}</span>', tone, text)
