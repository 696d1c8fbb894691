"""Actions of a list as buttons on a row's own page, so that nobody has to go back to the list to decide."""

from typing import Any, TypeVar

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import unquote
from django.db.models import Model
from django.http import HttpRequest, HttpResponse

from lti_bridge.admin.history import Configured

_Row = TypeVar("_Row", bound=Model)


class Buttoned(Configured[_Row]):
    """Subclasses override :meth:`buttons_of`."""

    change_form_template = "admin/buttoned_form.html"

    def buttons_of(self, row: _Row) -> tuple[str, ...]:
        """The names of the actions that this row can do with now."""
        raise NotImplementedError

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        # Those that this person may not do are not among the actions.
        allowed = self.get_actions(request)
        names = self.buttons_of(row) if row else ()
        buttons = [(name, action[2]) for name in names if (action := allowed.get(name))]
        more = {"buttons": buttons, "checkbox": ACTION_CHECKBOX_NAME}
        response: HttpResponse = super().change_view(request, object_id, form_url, {**(extra_context or {}), **more})
        return response
