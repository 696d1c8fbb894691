"""Whether a grade came of a document that was checked, where its activity makes one of what is found."""

from django.db.models import OuterRef, QuerySet, Subquery

from lti_bridge.documents.rules import documents_at
from lti_bridge.models import AttemptState, Document, DocumentState, Grade


def with_grades(documents: QuerySet[Document]) -> QuerySet[Document]:
    """Documents with the score of the newest grade of each as ``score``: none where there is no grade."""
    grades = Grade.objects.filter(attempt=OuterRef("attempt")).order_by("-reported_at", "-pk")
    return documents.annotate(score=Subquery(grades.values("score_given")[:1]))


def lacks_grade(document: Document) -> bool:
    """Whether a document of :func:`with_grades` was checked and no grade came of it, although one was to be made."""
    attempt = document.attempt
    if document.state != DocumentState.PASSED_ON or attempt.state != AttemptState.GRADED:
        return False
    gives_grade = documents_at(attempt.account).rules(attempt.account, attempt.activity).gives_grade
    return gives_grade and getattr(document, "score", None) is None
