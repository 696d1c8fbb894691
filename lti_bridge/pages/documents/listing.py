"""The documents of a link as those who teach want to see them: filtered, sorted, in pages. All of it by the address."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from urllib.parse import urlencode

from django.db.models import Case, DecimalField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from lti_bridge.documents import deciding
from lti_bridge.documents.grades import lacks_grade, with_grades
from lti_bridge.models import UNFINISHED, Attempt, AttemptState, Document, DocumentFindings, DocumentState, ResourceLink
from lti_bridge.pages.documents import standing

ROWS = 50
#: name in the address → (heading, column, whether the largest comes first at the first click)
SORTS: Mapping[str, tuple[Promise, str, bool]] = {
    "learner": (_("Learner"), "attempt__learner__family_name", False),
    "title": (_("Document"), "title", False),
    "handed-in": (_("Handed in"), "received_at", True),
    "similarity": (_("Similarity"), "findings__similarity", True),
    "translation": (_("Translation similarity"), "findings__translation_similarity", True),
    "ai": (_("AI index"), "findings__ai_index", True),
    "originality": (_("Originality"), "findings__originality_percentage", False),
}
#: Where originality is told in words, in this place among the numbers. A high risk is a low originality.
_IN_WORDS = Case(
    *(
        When(findings__originality__istartswith=word, then=Value(number, DecimalField()))
        for word, number in (("high", 0), ("medium", 50), ("low", 100))
    ),
    output_field=DecimalField(),
)
#: What columns are sorted by that may have words in the place of numbers.
_ORDERS = {"originality": Coalesce(F("findings__originality_percentage"), _IN_WORDS, output_field=DecimalField())}
_FAILED = Q(state=DocumentState.PASSED_ON, attempt__state__in=(AttemptState.FAILED, AttemptState.CANCELLED))
_TROUBLE = Q(state__in=(DocumentState.REFUSED, DocumentState.UNCLEAR)) | _FAILED
#: name in the address → (label, which documents)
FILTERS: Mapping[str, tuple[Promise, Q]] = {
    "": (_("all"), Q()),
    "checked": (_("checked"), deciding.CHECKED),
    "waiting": (_("on the way or being checked"), ~deciding.CHECKED & ~_TROUBLE),
    "trouble": (_("need a look"), _TROUBLE),
    "unreleased": (_("report not released"), deciding.CHECKED & Q(released_at=None)),
    "released": (_("report released"), Q(released_at__isnull=False)),
}
_ROWS = ("attempt__learner", "attempt__candidate__account", "attempt__activity__account", "findings")


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to see. Everything is one of the names above, or left out."""

    sort: str = "handed-in"
    descending: bool = True
    shown: str = ""
    sought: str = ""
    #: Documents with a similarity of at least that.
    least: int = 0
    #: Of each learner all documents, not the newest alone.
    earlier: bool = False

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Wish":
        sort = query.get("sort", "")
        sort = sort if sort in SORTS else "handed-in"
        order = query.get("order", "")
        least = query.get("least", "")
        return cls(
            sort=sort,
            descending=order == "down" if order in ("up", "down") else SORTS[sort][2],
            shown=query.get("shown", "") if query.get("shown", "") in FILTERS else "",
            sought=query.get("q", "").strip()[:200],
            least=min(int(least), 100) if least.isascii() and least.isdecimal() and len(least) < 4 else 0,
            earlier=query.get("earlier", "") == "yes",
        )

    @property
    def words(self) -> list[str]:
        """What the list is narrowed down to, in words; empty for everything."""
        return [
            *([str(FILTERS[self.shown][0])] if self.shown else []),
            *([translated("“%(sought)s”") % {"sought": self.sought}] if self.sought else []),
            *([translated("similarity from %(least)s %%") % {"least": self.least}] if self.least else []),
        ]

    def query(self, **other: str) -> str:
        """The same wish for an address, with what is named otherwise."""
        told = {
            "sort": self.sort,
            "order": "down" if self.descending else "up",
            "shown": self.shown,
            "q": self.sought,
            "least": str(self.least or ""),
            "earlier": "yes" if self.earlier else "",
        }
        return urlencode({name: value for name, value in (told | other).items() if value})


@dataclass(frozen=True, slots=True)
class Heading:
    """A column's heading. ``direction``: for ``aria-sort``. ``query``: what a click on it leads to."""

    label: Promise
    direction: str
    query: str


@dataclass(frozen=True, slots=True)
class Row:
    """A document as the list shows it."""

    document: Document
    tone: str
    chip: Promise
    why: str
    is_late: bool

    @property
    def has_report(self) -> bool:
        return standing.key_of(self.document, self.document.attempt) == standing.CHECKED

    @property
    def may_release(self) -> bool:
        return deciding.may_release(self.document)

    @property
    def lacks_grade(self) -> bool:
        return lacks_grade(self.document)

    @property
    def further_is_open(self) -> bool:
        """Whether its author may hand in another one after it, and has not."""
        return bool(getattr(self.document, "further_is_open", False))

    @property
    def findings(self) -> DocumentFindings | None:
        return getattr(self.document, "findings", None)

    @property
    def numbers(self) -> list[tuple[Promise, Decimal | None, str]]:
        """Heading, number and words of each finding."""
        found = self.findings
        if found is None:
            return [(SORTS[name][0], None, "") for name in ("similarity", "translation", "ai", "originality")]
        return [
            (SORTS["similarity"][0], found.similarity, ""),
            (SORTS["translation"][0], found.translation_similarity, ""),
            (SORTS["ai"][0], found.ai_index, ""),
            (SORTS["originality"][0], found.originality_percentage, found.originality),
        ]


def documents_at(link: ResourceLink, wish: Wish) -> QuerySet[Document]:
    """The documents of a link that somebody wants to see, in the order they want."""
    rows = handed_in_at(link) if wish.earlier else newest_at(link)
    rows = rows.filter(FILTERS[wish.shown][1])
    if wish.sought:
        named = Q(attempt__learner__full_name__icontains=wish.sought) | Q(title__icontains=wish.sought)
        rows = rows.filter(named | Q(file_name__icontains=wish.sought) | Q(reference__iexact=wish.sought))
    if wish.least:
        rows = rows.filter(findings__similarity__gte=wish.least)
    column = _ORDERS.get(wish.sort, F(SORTS[wish.sort][1]))
    order = column.desc(nulls_last=True) if wish.descending else column.asc(nulls_last=True)
    of_author = {name: OuterRef(f"attempt__{name}") for name in ("learner", "resource_link", "activity")}
    further = Attempt.objects.filter(**of_author, number__gt=OuterRef("attempt__number"), state__in=UNFINISHED)
    rows = with_grades(rows).annotate(further_is_open=Exists(further))
    return rows.select_related(*_ROWS).order_by(order, "attempt__learner__full_name", "-pk")


def handed_in_at(link: ResourceLink) -> QuerySet[Document]:
    """All that was handed in at a link."""
    return Document.objects.filter(attempt__resource_link=link).exclude(state=DocumentState.ARRIVING)


def newest_at(link: ResourceLink) -> QuerySet[Document]:
    """Of each learner at a link the document that they handed in last."""
    of_author = handed_in_at(link).filter(attempt__learner=OuterRef("attempt__learner"))
    return handed_in_at(link).filter(pk=Subquery(of_author.order_by("-received_at", "-pk").values("pk")[:1]))


def to_release(link: ResourceLink, wish: Wish) -> QuerySet[Document]:
    """Of what is shown those whose report waits for somebody to release it."""
    return documents_at(link, wish).filter(FILTERS["unreleased"][1])


def to_withhold(link: ResourceLink, wish: Wish) -> QuerySet[Document]:
    """Of what is shown those whose report was released."""
    return documents_at(link, wish).filter(FILTERS["released"][1])


def headings(wish: Wish) -> list[Heading]:
    """The headings of the sorted columns."""
    return [_heading(name, wish) for name in SORTS]


def _heading(name: str, wish: Wish) -> Heading:
    label, _column, largest_first = SORTS[name]
    current = name == wish.sort
    down = not wish.descending if current else largest_first
    direction = ("descending" if wish.descending else "ascending") if current else ""
    return Heading(label, direction, wish.query(sort=name, order="down" if down else "up"))


def row_of(document: Document, due_at: datetime | None) -> Row:
    """A row of the list. ``due_at``: until when it was to be handed in."""
    tone, chip = standing.tone_and_chip(document, document.attempt)
    late = bool(due_at and document.received_at and document.received_at > due_at)
    return Row(document, tone, chip, standing.why(document), late)
