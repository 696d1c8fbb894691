"""A course whose link takes documents: Alice hands in as a browser does, Ines looks at what came."""

from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from lti_bridge import flow, placements
from lti_bridge.models import Activity, Attempt, Document, LaunchRecord, Learner
from lti_bridge.pages.access import grant
from tests.documents.pretend import PDF, Vendor, make_activity
from tests.pages.course import Course, make_course


@dataclass
class Desk:
    course: Course
    vendor: Vendor
    activity: Activity

    def launch(self, person: Learner | None = None) -> LaunchRecord:
        """A launch of a learner, which has an attempt from then on."""
        record = self.course.launch(person or self.course.alice)
        flow.open_activity(placements.placement_of(record))
        return record

    def hand_in(
        self,
        client: Client,
        content: bytes = PDF,
        name: str = "essay.pdf",
        *,
        record: LaunchRecord | None = None,
        json: bool = True,
        headers: dict[str, str] | None = None,
        **fields: Any,
    ) -> Any:
        """Post the form of the page. No file at all where ``name`` is empty."""
        record = record or self.launch()
        told = {"title": "", "text": "", **fields}
        if name:
            told["file"] = SimpleUploadedFile("x", content)
            told["file"].name = name
            told["file"]._name = name
        told["whole"] = told.pop("whole", "yes")
        accept = {"Accept": "application/json"} if json else {}
        path = reverse("hand-in", kwargs={"access": grant(record)})
        return client.post(path, told, headers=accept | (headers or {}))

    def handed_in(self, client: Client, content: bytes = PDF, name: str = "essay.pdf", **more: Any) -> Document:
        """The document that comes of it."""
        response = self.hand_in(client, content, name, **more)
        assert response.status_code == 200, response.content
        return Document.objects.exclude(state="arriving").latest("pk")

    def attempt(self, person: Learner | None = None) -> Attempt:
        return Attempt.objects.filter(learner=person or self.course.alice).latest("number")


def make_desk(vendor: Vendor, **activity: Any) -> Desk:
    course = make_course()
    made = make_activity(**activity)
    course.link.activity = made
    course.link.save()
    return Desk(course, vendor, made)
