"""All that is kept about one person: given out as it stands, or erased.

What hangs on a learner is found by the rows' own references, so that a new table is not forgotten. What names a person
without a reference is looked for by the two ids that only we give out: of the person, and of each attempt.
"""

from collections.abc import Iterable
from typing import Any, cast

from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import NestedObjects
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Field, Model, Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from lti_bridge.documents import keeping
from lti_bridge.models import (
    Attempt,
    Candidate,
    Cell,
    Document,
    DocumentPiece,
    Grade,
    LaunchRecord,
    Learner,
    ProviderEvent,
    Try,
)
from lti_bridge.models.fields import EncryptedJSONField
from lti_bridge.providers import PROVIDERS

#: What these rows are called in what is given out; others by their table's name.
_NAMES: dict[type[Model], str] = {
    Candidate: "candidates",
    LaunchRecord: "launches",
    Attempt: "attempts",
    ProviderEvent: "events",
    Grade: "grades",
    Cell: "cells",
    Try: "tries",
}
#: They say nothing about anybody: single-use numbers, parts of addresses that open something, workers' marks.
_TECHNICAL = ("nonce", "key", "lease", "leased_until")

_Rows = dict[type[Model], list[Model]]


def export(learner: Learner) -> dict[str, Any]:
    """Every row about a person: the learner, then a list for each kind of row, oldest first."""
    rows = _rows_of(learner)
    named = {_name(model): [_fields(row, rows) for row in found] for model, found in rows.items()}
    for row, told in zip(rows.get(Document, []), named.get(_name(Document), []), strict=True):
        told["content"] = _where_content_is(cast(Document, row))
    empty: dict[str, Any] = {name: [] for name in _NAMES.values()}
    return {"learner": _fields(learner, rows), **empty, **named}


@transaction.atomic
def erase(learner: Learner) -> dict[str, int]:
    """Remove a person and all that is kept about them. Gives how many rows of each kind there were."""
    learner = Learner.objects.select_for_update().get(pk=learner.pk)
    rows = _rows_of(learner)
    counts = {"learners": 1, **{_name(model): len(found) for model, found in rows.items()}}
    for model, found in ({Learner: [learner]} | rows).items():
        counts["administrators' notes"] = counts.get("administrators' notes", 0) + _forget_notes(model, found)
    # The content first, where it lies: nothing of it has to be read for that.
    pieces = DocumentPiece.objects.filter(document__attempt__learner=learner)
    pieces._raw_delete(pieces.db)
    # Those of no attempt do not go with the learner.
    _loose_events(learner, rows).delete()
    _forget_questions(learner)
    learner.delete()
    return {name: count for name, count in counts.items() if count}


def what_stays(learner: Learner) -> list[str]:
    """What erasing does not reach, in sentences: the LMS, each provider, logs and backups."""
    told = [
        _("%(platform)s keeps the person’s account and the grades that its gradebook took.")
        % {"platform": learner.platform.name}
    ]
    for candidate in learner.candidates.select_related("account").order_by("account__name"):
        provider = PROVIDERS.get(candidate.account.provider)
        ids = filter(None, (learner.opaque_id, candidate.provider_candidate_id))
        words = {
            "provider": provider.label if provider else candidate.account.provider,
            "account": candidate.account.name,
            "ids": ", ".join(ids),
        }
        told.append(
            _("%(provider)s (account %(account)s) may keep name, e-mail address and results; its ids of them: %(ids)s.")
            % words
        )
    told.append(_("Logs and backups are not reached: a restored backup brings the person back."))
    return told


def _rows_of(learner: Learner) -> _Rows:
    """All rows about a person but the learner's own, by model, oldest first."""
    nested = _WithoutContent(using="default")
    nested.collect([learner])
    # Its keys are models, whatever the stubs say.
    found_by_model = cast("dict[type[Model], set[Model]]", nested.model_objs)
    rows: _Rows = {model: list(found) for model, found in found_by_model.items() if model is not Learner}
    events = [*rows.get(ProviderEvent, []), *_loose_events(learner, rows)]
    if events:
        rows[ProviderEvent] = events
    return {model: sorted(found, key=lambda row: row.pk) for model, found in rows.items()}


class _WithoutContent(NestedObjects):
    """Finds all rows but the pieces of documents: they are many, large, and encrypted."""

    def related_objects(self, related_model: type[Model], *args: Any) -> Any:
        found = super().related_objects(related_model, *args)
        return found.none() if related_model is DocumentPiece else found


def _loose_events(learner: Learner, rows: _Rows) -> QuerySet[ProviderEvent]:
    """Messages that were refused, or are about no attempt, and yet hold an id of this person."""
    keys = [attempt.key for attempt in rows.get(Attempt, []) if isinstance(attempt, Attempt)]
    holds = Q()
    for text in (learner.opaque_id, *keys):
        holds |= Q(raw_body__contains=text) | Q(raw_query__contains=text)
    return ProviderEvent.objects.filter(holds, attempt=None)


def _forget_questions(learner: Learner) -> None:
    """Have the launches of others not say any more that they were about this person."""
    for launch in LaunchRecord.objects.filter(platform=learner.platform_id, details__about=learner.user_id):
        launch.details = {name: value for name, value in launch.details.items() if name != "about"}
        launch.save(update_fields=["details"])


def _forget_notes(model: type[Model], rows: Iterable[Model]) -> int:
    """Remove what the administration noted about rows: who acted on them, and their history where they have one."""
    ids = [row.pk for row in rows]
    noted = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(model), object_id__in=map(str, ids))
    count = noted.delete()[0]
    history = getattr(model, "history", None)
    return count + (history.filter(**{f"{model._meta.pk.name}__in": ids}).delete()[0] if history else 0)


def _name(model: type[Model]) -> str:
    with translation.override("en"):
        return _NAMES.get(model) or str(model._meta.verbose_name_plural).replace(" ", "_")


def _fields(row: Model, rows: _Rows) -> dict[str, Any]:
    fields = [field for field in row._meta.concrete_fields if field.name not in _TECHNICAL]
    return {field.name: _value(row, field, rows) for field in fields if not isinstance(field, EncryptedJSONField)}


def _where_content_is(document: Document) -> str:
    """The content is not given out with the rows: a sentence about where it is."""
    if not keeping.is_kept(document):
        return _("It is not kept here any more.")
    return _(
        "It is kept here, encrypted. It can be downloaded on the document’s page, by its author and those who teach."
    )


def _value(row: Model, field: "Field[Any, Any]", rows: _Rows) -> Any:
    """A field's value; what lies outside the person's own rows (a course, an activity) by its name."""
    value = getattr(row, field.attname)
    if value is None or not field.is_relation or field.related_model in (Learner, *rows):
        return value
    return str(getattr(row, field.name))
