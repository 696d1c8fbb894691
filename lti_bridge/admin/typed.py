"""Django's generic classes, as type checkers know them; by themselves they take no type argument when they run."""

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin, StackedInline
    from django.db.models import Model
    from django.forms import ModelForm
    from django.http import HttpRequest, HttpResponse

    _Row = TypeVar("_Row", bound=Model)

    class HistoryAdmin(ModelAdmin[_Row]):
        """What simple_history, which comes without types, gives."""

        def history_form_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse: ...

else:
    from django import forms
    from django.contrib import admin
    from simple_history.admin import SimpleHistoryAdmin

    class _Generic:
        def __class_getitem__(cls, _row: Any) -> Any:
            return cls

    class ModelAdmin(_Generic, admin.ModelAdmin): ...

    class HistoryAdmin(_Generic, SimpleHistoryAdmin): ...

    class StackedInline(_Generic, admin.StackedInline): ...

    class ModelForm(_Generic, forms.ModelForm): ...


__all__ = ["HistoryAdmin", "ModelAdmin", "ModelForm", "StackedInline"]
