"""A document on its way in: streamed into sealed pieces, checked on the way, without a trace when it is not taken."""

from datetime import timedelta
from types import TracebackType
from typing import Self

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lti_bridge.documents import checks, kinds, names, sealing
from lti_bridge.documents.content import Writer
from lti_bridge.errors import NotTaken
from lti_bridge.models import Attempt, Document, DocumentState
from lti_bridge.providers.documents import Rules
from lti_bridge.reference import new_reference

#: Documents of one attempt that may be arriving at once: a double click, and a third for those who lost patience.
AT_ONCE = 3
#: Bytes a second that have to arrive in the long run, or the line is cut.
PACE = 16 << 10
#: What an older file of Office has in its directory when it has macros: a name, filled up with zeros.
_OLD_MACROS = "_VBA_PROJECT".encode("utf-16-le") + bytes(16)


class Arrival:
    """One document that arrives within ``with``: what is not handed in by its end is thrown away.

    ``problem``: why the rest of it is not wanted.
    """

    def __init__(self, attempt: Attempt, rules: Rules) -> None:
        self._attempt = attempt
        self._rules = rules
        self._writer: Writer | None = None
        self._head = self._tail = b""
        self.document: Document | None = None
        self.problem: NotTaken | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.document is not None:
            # Handed in, it is no longer ``arriving``.
            Document.objects.filter(pk=self.document.pk, state=DocumentState.ARRIVING).delete()

    def begin(self, told_name: str) -> None:
        """A file of that name begins. Raises ``NotTaken``."""
        name = names.file_name(told_name)
        checks.of_name(name, self._rules)
        arriving = Document.objects.filter(attempt=self._attempt, state=DocumentState.ARRIVING)
        if arriving.count() >= AT_ONCE:
            raise NotTaken("arriving", _("Your document is still arriving from another window. Wait a moment."))
        self.document = Document.objects.create(
            attempt=self._attempt,
            file_name=name,
            media_type=self._rules.media_types[names.suffix_of(name)],
            reference=new_reference(),
            secret={"key": sealing.new_key()},
        )
        self._writer = Writer(self.document)

    def take(self, portion: bytes) -> None:
        """The next bytes of it. Raises ``NotTaken``."""
        if self.document is None or self._writer is None:
            return
        checks.of_size(self._writer.size + len(portion), self._rules)
        if self._writer.size < kinds.HEAD:
            self._head += portion[: kinds.HEAD - self._writer.size]
            if len(self._head) == kinds.HEAD:
                checks.of_head(self.document.file_name, self._head)
        self._look_at(portion, kinds.KINDS[names.suffix_of(self.document.file_name)])
        self._writer.write(portion)

    def end(self) -> None:
        """All of it is here. Raises ``NotTaken``."""
        if self.document is None or self._writer is None:
            return
        checks.of_size(self._writer.size, self._rules)
        checks.of_head(self.document.file_name, self._head)
        self.document.sha256 = self._writer.close()
        self.document.size = self._writer.size
        self._writer = None

    def _look_at(self, portion: bytes, kind: kinds.Kind) -> None:
        """Text is text to its end, and an old Office file has no macros anywhere."""
        if kind.plain and b"\x00" in portion and not kinds.is_wide(self._head):
            raise checks.not_as_named(self.document.file_name if self.document else "")
        seen = self._tail + portion
        if kind.old_office and _OLD_MACROS in seen:
            raise NotTaken("macros", _("The file carries macros: save it without them, and try again."))
        self._tail = seen[-64:]


def abandoned_after() -> timedelta:
    """How long the largest document may take at the slowest pace; what arrives for longer was left by a crash."""
    return timedelta(seconds=settings.DOCUMENT_BYTES / PACE) + timedelta(hours=1)


def throw_abandoned_away() -> int:
    """Remove documents that began to arrive and never ended. Gives how many there were."""
    old = Document.objects.filter(state=DocumentState.ARRIVING, arrived_at__lt=timezone.now() - abandoned_after())
    count = old.count()
    old.delete()
    return count
