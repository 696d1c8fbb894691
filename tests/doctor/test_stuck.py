"""Documents that do not move."""

from datetime import timedelta

import pytest
from django.test import Client

from lti_bridge.doctor import stuck
from lti_bridge.doctor.findings import State
from lti_bridge.models import Document
from tests.documents.desk import make_desk
from tests.documents.pretend import past, pretending


@pytest.mark.django_db
def test_documents_that_are_stuck_are_counted(monkeypatch: pytest.MonkeyPatch, client: Client) -> None:
    def found() -> list[State]:
        return [finding.state for finding in stuck.check_documents()]

    with pretending(monkeypatch) as vendor:
        desk = make_desk(vendor)
        assert found() == [State.OK]
        desk.handed_in(client)
        assert found() == [State.OK]
        Document.objects.update(next_try_at=past() - timedelta(minutes=6))
        assert found() == [State.FAIL]
        assert 'lti_bridge_documents{state="received"} 1.0' in client.get("/metrics").content.decode()
        Document.objects.update(state="unclear", next_try_at=None)
        assert found() == [State.WARN]
