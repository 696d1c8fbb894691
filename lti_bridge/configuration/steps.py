"""One step of a plan: a row made as the file wants it, and what that changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db.models import Field

from lti_bridge.configuration.entries import Entry
from lti_bridge.configuration.tables import nearest
from lti_bridge.configuration.values import plain, same
from lti_bridge.models import Account, Activity, Deployment, Lti11Registration, Lti13Registration, Platform

Row = Platform | Lti11Registration | Lti13Registration | Deployment | Account | Activity

#: Field → what the file calls it, where that differs.
FILE_KEYS = {
    "attempt_rule": "grading.attempts",
    "release": "grading.release",
    "max_attempts": "grading.max_attempts",
}
#: Switches that people turn and things that are learned: what the file does not say stays as it is.
KEPT = frozenset({"enabled", "delivery_paused", "service_hosts"})


@dataclass(slots=True)
class Step:
    """A row as it should be, not yet saved. ``details``: what changes, in the file's words."""

    noun: str
    name: str
    row: Row
    new: bool
    details: list[str] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)
    #: The platforms an activity is for; None when they stay.
    platforms: list[Platform] | None = None
    file_keys: dict[str, str] = field(default_factory=FILE_KEYS.copy)

    @property
    def changes(self) -> bool:
        return self.new or bool(self.details)

    def line(self) -> str:
        """``+ platform campus-moodle`` or ``~ activity excel-basic: title``."""
        if self.new:
            return f"+ {self.noun} {self.name}"
        return f"~ {self.noun} {self.name}: {', '.join(self.details)}"

    def set(self, values: Mapping[str, Any], fields: tuple[str, ...]) -> None:
        """Give the row the file's values; what the file leaves out gets its default, except what is ``KEPT``."""
        for name in fields:
            if name in values:
                value = plain(values[name])
            elif name in KEPT:
                continue
            else:
                value = default_of(self.row, name)
            if not same(getattr(self.row, name), value):
                self.changed(name, value, self.file_keys.get(name, name))

    def changed(self, name: str, value: Any, detail: str) -> None:
        setattr(self.row, name, value)
        self.fields.append(name)
        self.details.append(detail)

    def set_secrets(self, wanted: Mapping[str, str]) -> None:
        """Give the row all its secrets; the details say which changed, never how."""
        stored = stored_secrets(self.row)
        if stored == dict(wanted):
            return
        self.row.secrets = dict(wanted)  # type: ignore[union-attr]  # only rows that have secrets come here
        self.fields.append("secrets")
        for name in sorted({*stored, *wanted}):
            if stored.get(name) != wanted.get(name):
                word = "changed" if name in stored and name in wanted else "added" if name in wanted else "removed"
                self.details.append(f"secret {name} {word}")

    def mistakes(self, fields: tuple[str, ...]) -> list[str]:
        """What the row's own rules say against its values."""
        mistakes = []
        for name in fields:
            key, value, field = self.file_keys.get(name, name), getattr(self.row, name), self.row._meta.get_field(name)
            choices = [each for each, _label in getattr(field, "flatchoices", [])]
            if choices and value not in choices:
                mistakes.append(f'{key} "{value}" is not known{nearest(str(value), choices)}')
                continue
            try:
                field.clean(value, self.row)  # type: ignore[union-attr]  # no field of ours points back
            except ValidationError as error:
                mistakes.append(f"{key}: {' '.join(error.messages)}")
        return mistakes

    def save(self) -> None:
        if self.new:
            self.row.save()
        elif self.fields:
            # What follows from an account's secrets and settings.
            derived = ["relay_key_digest", "relay_client_id"] if isinstance(self.row, Account) else []
            self.row.save(update_fields=[*self.fields, *derived])
        if self.platforms is not None and isinstance(self.row, Activity):
            self.row.platforms.set(self.platforms)


def default_of(row: Row, name: str) -> Any:
    """What a field of a new row holds."""
    field = row._meta.get_field(name)
    return field.get_default() if isinstance(field, Field) else None


def stored_secrets(row: Row) -> dict[str, str]:
    """The secrets a row has; none when no key of ours opens them any more, so that the file can put new ones there."""
    try:
        return dict(row.secrets)  # type: ignore[union-attr]  # only rows that have secrets come here
    except ImproperlyConfigured:
        return {}


def begin(noun: str, entry: Entry, row: Row | None, make: Row) -> Step:
    """A step for an entry: on the row that is there, else on a new one."""
    return Step(noun, entry.name, row or make, new=row is None)
