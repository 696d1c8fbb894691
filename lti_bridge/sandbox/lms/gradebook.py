"""The gradebook page: students × columns, and what happened to each cell."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.db import transaction

from lti_bridge.sandbox.lms.people import STUDENTS, Person
from lti_bridge.sandbox.models import CourseLink, GradebookEntry, GradeWrite, LineItem


@dataclass(frozen=True, slots=True)
class Column:
    """A link's own column, or one that a tool made by LTI 1.3; such a one may belong to a link, too."""

    title: str
    link: CourseLink | None = None
    line_item: LineItem | None = None


@dataclass(frozen=True, slots=True)
class Square:
    """One cell as the page shows it."""

    column: Column
    entry: GradebookEntry | None
    writes: list[GradeWrite]

    @property
    def percent(self) -> str:
        """The grade that counts, out of 100; a dash where there is none."""
        return _percent(self.entry.grade if self.entry else None)

    @property
    def sent_percent(self) -> str:
        """What the tool sent, out of 100."""
        return _percent(self.entry.score if self.entry else None)


@dataclass(frozen=True, slots=True)
class Row:
    """One student's line."""

    person: Person
    squares: list[Square]


def columns() -> list[Column]:
    """The columns: of graded links, then those that tools made."""
    own = [Column(link.title, link) for link in CourseLink.objects.filter(graded=True).select_related("tool")]
    return own + [Column(item.label, line_item=item) for item in LineItem.objects.filter(is_own=False)]


def rows(people: list[Person] = STUDENTS) -> list[Row]:
    """The lines of the page."""
    shown = columns()
    entries = {
        (entry.link_id, entry.line_item_id, entry.user_id): entry
        for entry in GradebookEntry.objects.prefetch_related("writes")
    }

    def square(column: Column, person: Person) -> Square:
        place = (column.link.pk if column.link else None, column.line_item.pk if column.line_item else None)
        entry = entries.get((*place, person.user_id))
        return Square(column, entry, list(entry.writes.all()) if entry else [])

    return [Row(person, [square(column, person) for column in shown]) for person in people]


def override(link: CourseLink, person: Person, text: str) -> None:
    """Write a grade out of 100 over what the tool sends; an empty text takes it back.

    Raises ``ValueError`` for anything that is not a number from 0 to 100.
    """
    value = _part_of_one(text)
    with transaction.atomic():
        entry, _made = GradebookEntry.objects.get_or_create(link=link, user_id=person.user_id)
        entry.overridden = value
        entry.save(update_fields=["overridden"])
        outcome = "taken back by the teacher" if value is None else "written by the teacher"
        GradeWrite.objects.create(entry=entry, operation="override", value=text[:120], outcome=outcome)


def as_json() -> list[dict[str, object]]:
    """Every cell that ever was, for tests."""
    return [
        {
            "link": entry.link.title if entry.link else "",
            "link_id": entry.link.pk if entry.link else None,
            "line_item": entry.line_item.label if entry.line_item else "",
            "user_id": entry.user_id,
            "grade": None if entry.grade is None else float(entry.grade),
            "overridden": entry.overridden is not None,
            "comment": entry.comment,
            "scored_at": entry.scored_at and entry.scored_at.isoformat(),
            "submissions": entry.submissions,
            "writes": [{"operation": w.operation, "value": w.value, "outcome": w.outcome} for w in entry.writes.all()],
        }
        for entry in GradebookEntry.objects.select_related("link", "line_item")
        .prefetch_related("writes")
        .order_by("pk")
    ]


def _percent(part: Decimal | None) -> str:
    return "–" if part is None else f"{format((part * 100).quantize(Decimal('0.01')).normalize(), 'f')} %"


def _part_of_one(text: str) -> Decimal | None:
    if not text.strip():
        return None
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        raise ValueError("not a number") from None
    if not (value.is_finite() and 0 <= value <= 100):
        raise ValueError("not from 0 to 100")
    return value / 100
