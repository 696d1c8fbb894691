"""Whatever happens in whatever order: what was promised is at the provider once in the end, or a person sees it."""

import os
import uuid
from contextlib import suppress
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from lti_bridge import flow, placements
from lti_bridge.documents import asking, deciding, passing_on
from lti_bridge.models import Document, DocumentState, Learner
from lti_bridge.pages.access import grant
from lti_bridge.providers import PROVIDERS
from tests.documents.desk import Desk, make_desk
from tests.documents.pretend import Pretend, Vendor, away, no

STEPS = int(os.environ.get("DOCUMENT_STEPS", "15"))
EXAMPLES = int(os.environ.get("DOCUMENT_EXAMPLES", "15"))
#: Where nobody knows whether the provider has it.
WITHOUT_WORD = (DocumentState.PLACED, DocumentState.UNCLEAR)
#: What happens at a step of the provider's: nothing, or one of these, before it acts or after it did.
TROUBLES = ("", "silent before", "silent after", "clearly away", "refuses", "dies before", "dies after")


class Killed(BaseException):
    """The worker is gone."""


class DocumentMachine(RuleBasedStateMachine):
    """One link, one vendor that counts what it holds, and everything that can happen between them."""

    desk: Desk

    def __init__(self) -> None:
        super().__init__()
        self.vendor = Vendor()
        self.promised: dict[int, bytes] = {}
        self.forced: set[int] = set()
        self.trouble: dict[str, str] = {}
        self.vendor.before, self.vendor.after = self._before, self._after

    @initialize(inline=st.booleans())
    def a_desk(self, inline: bool) -> None:
        self.vendor.inline = inline
        PROVIDERS["pretend"] = Pretend(self.vendor)
        Document.objects.all().delete()
        self.desk = _desk(self.vendor)

    def _before(self, step: str) -> None:
        match self.trouble.pop(step, ""):
            case "silent before":
                raise away()
            case "clearly away":
                raise away(ambiguous=False)
            case "refuses":
                raise no()
            case "dies before":
                raise Killed
            case later if later:
                self.trouble[f"after {step}"] = later

    def _after(self, step: str) -> None:
        match self.trouble.pop(f"after {step}", ""):
            case "silent after":
                raise away()
            case "dies after":
                raise Killed

    # --- what learners, the clock, the provider and people do ---

    @precondition(lambda self: len(self.promised) < 3)
    @rule()
    def somebody_hands_in(self) -> None:
        learner = Learner.objects.create(platform=self.desk.course.world.platform, user_id=uuid.uuid4().hex)
        record = self.desk.course.launch(learner)
        flow.open_activity(placements.placement_of(record))
        content = b"%PDF-1.7 " + uuid.uuid4().hex.encode()
        path = reverse("hand-in", kwargs={"access": grant(record)})
        form = {"title": "", "file": SimpleUploadedFile("a.pdf", content), "whole": "yes"}
        assert Client().post(path, form, headers={"Accept": "application/json"}).status_code == 200
        self.promised[Document.objects.latest("pk").pk] = content

    @rule(
        step=st.sampled_from(("register", "upload", "upload", "arrived")),
        trouble=st.sampled_from(TROUBLES),
        late=st.booleans(),
        memory=st.sampled_from(("knows", "knows", "unsure")),
        hours=st.booleans(),
    )
    def a_worker_works(self, step: str, trouble: str, late: bool, memory: str, hours: bool) -> None:
        """On one document, with trouble at one step.

        ``late``: addresses are no longer good. ``hours``: since something was asked that is not answered.
        """
        self.trouble, self.vendor.memory = ({step: trouble} if trouble else {}), memory
        if late:
            self.vendor.expired |= set(self.vendor.documents)
        self._time_passes(hours=hours)
        with suppress(Killed):
            passing_on.pass_on()

    def _time_passes(self, *, hours: bool = False) -> None:
        past = timezone.now() - timedelta(seconds=1)
        if hours:
            Document.objects.filter(asked_at__isnull=False).update(asked_at=past - timedelta(hours=2))
        Document.objects.filter(lease__isnull=False).update(leased_until=past)
        Document.objects.filter(next_try_at__isnull=False).update(next_try_at=past)

    @precondition(lambda self: Document.objects.filter(state=DocumentState.UNCLEAR).exists())
    @rule()
    def somebody_has_it_passed_on_again(self) -> None:
        document = Document.objects.filter(state=DocumentState.UNCLEAR).latest("pk")
        self.forced.add(document.pk)
        deciding.pass_on_again(document, None)

    @precondition(lambda self: Document.objects.filter(state__in=WITHOUT_WORD).exists())
    @rule(webhook=st.booleans())
    def something_is_heard_of_it(self, webhook: bool) -> None:
        document = Document.objects.filter(state__in=WITHOUT_WORD).latest("pk")
        if webhook:
            asking.ask_soon(document.attempt)
        elif deciding.may_check_again(document):
            deciding.check_again(document, None)

    # --- what must hold ---

    @invariant()
    def nothing_is_there_twice(self) -> None:
        held = self.vendor.held
        for pk, content in self.promised.items():
            if pk not in self.forced:
                assert held.count(content) <= 1, f"document {pk} is there {held.count(content)} times"

    @invariant()
    def what_is_called_passed_on_is_there(self) -> None:
        for pk in Document.objects.filter(state=DocumentState.PASSED_ON).values_list("pk", flat=True):
            assert self.promised[pk] in self.vendor.held

    @invariant()
    def nothing_is_lost(self) -> None:
        """Each is due, or passed on, or waits for a person with its content."""
        for document in Document.objects.filter(pk__in=self.promised):
            waits = document.state in (DocumentState.RECEIVED, DocumentState.PLACED)
            assert (document.next_try_at is not None) == waits
            assert document.state == DocumentState.PASSED_ON or "key" in document.secret
        assert Document.objects.filter(pk__in=self.promised).count() == len(self.promised)

    def teardown(self) -> None:
        """Everything heals: what is not for a person gets there."""
        self.trouble, self.vendor.memory = {}, "knows"
        if not hasattr(self, "desk"):
            return
        for _ in range(6 * len(self.promised)):
            self._time_passes()
            passing_on.pass_on()
        assert not Document.objects.filter(pk__in=self.promised, next_try_at__isnull=False).exists()
        self.what_is_called_passed_on_is_there()
        self.nothing_is_there_twice()


_desks: list[Desk] = []


def _desk(vendor: Vendor) -> Desk:
    """One course for all examples, each with a vendor of its own."""
    if not _desks:
        _desks.append(make_desk(vendor))
    return Desk(_desks[0].course, vendor, _desks[0].activity)


@pytest.mark.django_db
def test_documents_get_there_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PROVIDERS, "pretend", Pretend(Vendor()))
    _desks.clear()
    DocumentMachine.TestCase.settings = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    DocumentMachine.TestCase().runTest()
