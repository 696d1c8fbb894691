"""What a provider found, kept with the report that says so."""

from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from lti_bridge import flow
from lti_bridge.documents import passing_on
from lti_bridge.models import AttemptState, DocumentFindings
from lti_bridge.providers.reports import Findings, GradeReport
from tests.documents.desk import Desk

pytestmark = pytest.mark.django_db


def report(desk: Desk, **found: object) -> None:
    flow.record(
        GradeReport(desk.attempt(), AttemptState.GRADED, timezone.now(), findings=Findings(**found))  # type: ignore[arg-type]
    )


def test_findings_are_kept_with_the_report(desk: Desk, client: Client) -> None:
    desk.handed_in(client)
    passing_on.pass_on()
    report(desk, similarity=Decimal("31.5"), originality="Low risk" * 20, more={"hiddenText": 2})
    found = DocumentFindings.objects.get()
    assert (found.similarity, found.more, found.revisions) == (Decimal("31.5"), {"hiddenText": 2}, 0)
    assert len(found.originality) <= 60 and found.ai_index is None


def test_changed_findings_take_their_place_and_are_counted(desk: Desk, client: Client) -> None:
    desk.handed_in(client)
    passing_on.pass_on()
    for similarity in (30, 30, 40):
        report(desk, similarity=Decimal(similarity))
    found = DocumentFindings.objects.get()
    assert (found.similarity, found.revisions) == (40, 1)


def test_findings_about_what_is_not_there_are_nobodys(desk: Desk, client: Client) -> None:
    desk.handed_in(client)
    report(desk, similarity=Decimal(3))
    assert not DocumentFindings.objects.exists()
