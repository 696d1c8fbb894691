"""Secrets in admin forms: they go in, and nothing brings them out again.

A field per secret, always empty. Left empty, the secret stays. The history keeps *that* a secret was set, and when;
never the secret. A new secret that we make is shown once, in the answer to the press of the button.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

PREFIX = "secret_"
_REASON = "secrets set: "


def field(label: "str | _StrPromise") -> forms.CharField:
    """A field for one secret. Its value never appears in a page, not even after a mistake elsewhere in the form."""
    return forms.CharField(
        label=label,
        required=False,
        max_length=10_000,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password", "size": 50}),
    )


def explain(form: forms.BaseForm, row: Any) -> None:
    """Say beside each secret's field whether it is set, and since when."""
    for name, each in form.fields.items():
        if name.startswith(PREFIX):
            each.help_text = _standing(row, name.removeprefix(PREFIX))


def typed(cleaned: Mapping[str, Any]) -> dict[str, str]:
    """The secrets that were typed in, by name."""
    return {name.removeprefix(PREFIX): value for name, value in cleaned.items() if name.startswith(PREFIX) and value}


def note(row: Any, names: Iterable[str]) -> None:
    """Have the history say, with the next save, which secrets were set."""
    row._change_reason = (_REASON + ", ".join(names))[:100]


def _standing(row: Any, name: str) -> str:
    if row is None or row.pk is None or not row.secrets.get(name):
        return _("Not set.")
    since = _since(row, name)
    if since is None:
        return _("Set. Leave it empty to keep it.")
    when = f"{timezone.localtime(since):%Y-%m-%d %H:%M %Z}"
    return _("Set since %(when)s. Leave it empty to keep it.") % {"when": when}


def _since(row: Any, name: str) -> Any:
    """When the history last says that this secret was set; else when the row was made."""
    told = row.history.filter(history_change_reason__startswith=_REASON).order_by("-history_date")
    for reason, date in told.values_list("history_change_reason", "history_date"):
        if name in reason.removeprefix(_REASON).split(", "):
            return date
    first = row.history.order_by("history_date").first()
    return first.history_date if first else None
