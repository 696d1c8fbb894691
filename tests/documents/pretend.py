"""A pretend provider that takes documents, with switches for everything that goes wrong, and the files to hand in."""

import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest
from django.utils import timezone

from lti_bridge.errors import ProviderRefused, ProviderUnavailable
from lti_bridge.models import Account, Activity, AttemptState, Document
from lti_bridge.providers import PROVIDERS
from lti_bridge.providers.actions import HandIn
from lti_bridge.providers.base import ActionKind, Provider
from lti_bridge.providers.documents import Content, Documents, Place, Rules
from lti_bridge.providers.looking import Looks
from lti_bridge.providers.reports import GradeReport, PollMessage

TYPES = {
    "pdf": "application/pdf",
    "txt": "text/plain",
    "html": "text/html",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "odt": "application/vnd.oasis.opendocument.text",
}
PDF = b"%PDF-1.7\n" + b"some text of a document\n" * 40


def away(*, ambiguous: bool = True) -> ProviderUnavailable:
    return ProviderUnavailable("away", "Nobody answers.", ambiguous=ambiguous)


def no() -> ProviderRefused:
    return ProviderRefused("too_many", "No.", provider_message="Maximum of submissions has been reached")


@dataclass
class Vendor:
    """What the vendor holds, and how it behaves. ``register`` and the others: called first; may raise or answer."""

    documents: dict[str, bytes | None] = field(default_factory=dict)
    #: Places whose address is no longer good.
    expired: set[str] = field(default_factory=set)
    inline: bool = False
    #: What was asked, in order.
    asked: list[str] = field(default_factory=list)
    rules: dict[str, Any] = field(default_factory=dict)
    before: Callable[[str], None] = lambda step: None
    after: Callable[[str], None] = lambda step: None
    #: What it says of whether a document arrived: "knows" tells the truth, "unsure" nothing.
    memory: str = "knows"
    state: AttemptState = AttemptState.GRADED

    @property
    def held(self) -> list[bytes]:
        """The contents that it has: each is a document that was handed in."""
        return [content for content in self.documents.values() if content is not None]

    def take(self, document: Document, content: Content) -> Place:
        self.asked.append("register")
        self.before("register")
        number = f"doc-{len(self.documents) + 1}"
        self.documents[number] = b"".join(content.pieces()) if self.inline else None
        self.after("register")
        return Place(number, "" if self.inline else f"https://storage.example/{number}?signed")

    def bring(self, document: Document, place: Place, content: Content) -> bool:
        self.asked.append("upload")
        self.before("upload")
        number = place.upload_url.rpartition("/")[2].partition("?")[0]
        assert number == place.provider_document_id
        if number in self.expired:
            return False
        self.documents[number] = b"".join(content.pieces())
        self.after("upload")
        return True

    def has(self, document: Document) -> bool | None:
        self.asked.append("arrived")
        self.before("arrived")
        if self.memory == "unsure":
            return None
        return self.documents.get(document.attempt.provider_attempt_id) is not None


class Pretend(Provider):
    name: ClassVar[str] = "pretend"
    label: ClassVar[str] = "Pretend"
    actions: ClassVar[dict[str, ActionKind]] = {"submit_document": ActionKind("Hand in", sits_a_test=True)}
    secret_names: ClassVar[dict[str, str]] = {}
    looks: ClassVar[Looks] = Looks(
        can_fetch=lambda _account, attempt: bool(attempt.provider_attempt_id),
        fetch=lambda _attempt: "{}",
        next_look=lambda state, _looks: None if state == AttemptState.GRADED else timedelta(seconds=30),
    )

    def __init__(self, vendor: Vendor) -> None:
        self.vendor = vendor
        self.documents = Documents(  # type: ignore[misc]  # each has a vendor of its own
            rules=self._rules,
            goes_along=lambda _account: vendor.inline,
            register=vendor.take,
            upload=vendor.bring,
            arrived=vendor.has,
            report_url=lambda attempt, edit: f"https://reports.example/{attempt.provider_attempt_id}/{edit}?token=t0p",
        )

    def _rules(self, account: Account, activity: Activity) -> Rules:
        told: dict[str, Any] = {"media_types": TYPES, "max_bytes": 5 << 20, "title_length": (5, 190), "keep_days": 3}
        return Rules(**(told | self.vendor.rules))

    def check_account(self, settings: Any, secrets: Any) -> list[str]:
        return []

    def check_activity(self, account: Any, action: str, parameters: Any) -> list[str]:
        return []

    def open(self, opening: Any) -> HandIn:
        return HandIn()

    def read(self, message: Any) -> list[GradeReport]:
        assert isinstance(message, PollMessage)
        return [GradeReport(message.attempt, self.vendor.state, message.received_at)]


@contextmanager
def pretending(monkeypatch: pytest.MonkeyPatch) -> Iterator[Vendor]:
    vendor = Vendor()
    with monkeypatch.context() as patched:
        patched.setitem(PROVIDERS, "pretend", Pretend(vendor))
        yield vendor


def make_activity(**fields: Any) -> Activity:
    account, _made = Account.objects.get_or_create(name="pretend", defaults={"provider": "pretend"})
    told = {"slug": "essay", "title": "Essay on bridges", "account": account, "action": "submit_document"}
    return Activity.objects.create(**(told | fields))


def office(part: str = "word/", text: str = "some words here", **more: bytes) -> bytes:
    """A file as Word makes them. ``more``: further entries, ``__`` for a slash and ``_dot_`` for a dot."""
    body = "".join(f"<w:p><w:r><w:t>{word}</w:t></w:r></w:p>" for word in text.split())
    entries = {
        "[Content_Types].xml": b'<Types><Default Extension="xml" ContentType="application/xml"/></Types>',
        f"{part}document.xml": f'<w:document xmlns:w="w"><w:body>{body}</w:body></w:document>'.encode(),
    }
    entries |= {name.replace("__", "/").replace("_dot_", "."): content for name, content in more.items()}
    return packed(entries)


def open_document(text: str = "some words here") -> bytes:
    body = "".join(f"<t:p>{word}</t:p>" for word in text.split())
    return packed(
        {
            "mimetype": TYPES["odt"].encode(),
            "content.xml": f'<o:document xmlns:o="o" xmlns:t="t">{body}</o:document>'.encode(),
        }
    )


def packed(entries: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return file.getvalue()


def past() -> datetime:
    return timezone.now() - timedelta(minutes=1)
