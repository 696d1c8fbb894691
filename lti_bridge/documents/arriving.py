"""A document on its way in: streamed into sealed pieces, checked on the way, without a trace when it is not taken."""

import time
from datetime import timedelta
from types import TracebackType
from typing import Self

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from lti_bridge.documents import checks, kinds, names, sealing
from lti_bridge.documents.content import Writer
from lti_bridge.documents.rules import MOST_REFUSED, is_late, is_used_up
from lti_bridge.errors import NotTaken
from lti_bridge.models import Attempt, Document, DocumentState
from lti_bridge.providers.documents import Rules
from lti_bridge.reference import new_reference

#: Requests of one attempt that may be under way at once: a double click, and a third for those who lost patience.
AT_ONCE = 3
#: How often a request that is under way says so, and after which silence it is not any more: its process died.
TOUCH_SECONDS = 10
SILENCE = timedelta(seconds=90)
#: After which silence nothing can come back: what is left of it goes.
ABANDONED_AFTER = timedelta(hours=1)
#: Bytes a second that have to arrive in the long run, or the line is cut.
PACE = 16 << 10
#: What an older file of Office has in its directory when it has macros: a name, in any case, and its end.
_OLD_MACROS = "_vba_project\0".encode("utf-16-le")


class Arrival:
    """One document that arrives within ``with``: what is not handed in by its end is thrown away.

    Its row is there from the first moment on, so that requests under way are counted. ``document``: the row, once
    something is in it. ``problem``: why the rest of it is not wanted.
    """

    def __init__(self, attempt: Attempt, rules: Rules) -> None:
        self._attempt = attempt
        self._rules = rules
        self._writer: Writer | None = None
        self._head = self._tail = b""
        self._row: Document | None = None
        self._touched = time.monotonic()
        self.document: Document | None = None
        self.problem: NotTaken | None = None

    def __enter__(self) -> Self:
        with transaction.atomic():
            Attempt.objects.select_for_update(of=("self",)).get(pk=self._attempt.pk)
            if _under_way(self._attempt).count() >= AT_ONCE:
                sentence = _("Your document is still arriving from another window. Wait a moment.")
                self.problem = NotTaken("arriving", sentence)
            elif is_used_up(self._attempt):
                sentence = _("%(number)s of your documents have been refused. Ask your teacher to allow another one.")
                self.problem = NotTaken("too_many_refused", sentence % {"number": MOST_REFUSED})
            else:
                secret = {"key": sealing.new_key()}
                self._row = Document.objects.create(attempt=self._attempt, reference=new_reference(), secret=secret)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._row is not None:
            # Handed in, it is no longer ``arriving``.
            Document.objects.filter(pk=self._row.pk, state=DocumentState.ARRIVING).delete()

    def begin(self, told_name: str) -> None:
        """A file of that name begins. Raises ``NotTaken``."""
        if self._row is None:
            return
        if is_late(self._rules):
            raise NotTaken("too_late", _("The time for handing in is over."))
        name = names.file_name(told_name)
        checks.of_name(name, self._rules)
        self._row.file_name = name
        self._row.media_type = self._rules.media_types[names.suffix_of(name)]
        self.document = self._row
        self._writer = Writer(self.document)
        self._touch()

    def take(self, portion: bytes) -> None:
        """The next bytes of it. Raises ``NotTaken``."""
        if self.document is None or self._writer is None:
            return
        checks.of_size(self._writer.size + len(portion), self._rules)
        if time.monotonic() - self._touched > TOUCH_SECONDS:
            self._touch()
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
        self._touch()

    def _touch(self) -> None:
        """Say that this is under way."""
        if self._row is not None:
            Document.objects.filter(pk=self._row.pk).update(touched_at=Now())
        self._touched = time.monotonic()

    def _look_at(self, portion: bytes, kind: kinds.Kind) -> None:
        """Text is text to its end, and an old Office file has no macros anywhere."""
        if kind.plain and b"\x00" in portion and not kinds.is_wide(self._head):
            raise checks.not_as_named(self.document.file_name if self.document else "")
        seen = self._tail + portion
        if kind.old_office and _OLD_MACROS in seen.lower():
            raise NotTaken("macros", _("The file carries macros: save it without them, and try again."))
        self._tail = seen[-64:]


def throw_abandoned_away() -> int:
    """Remove documents that began to arrive and never ended. Gives how many there were."""
    old = Document.objects.filter(state=DocumentState.ARRIVING, touched_at__lt=Now() - ABANDONED_AFTER)
    count = old.count()
    old.delete()
    return count


def _under_way(attempt: Attempt) -> QuerySet[Document]:
    rows = Document.objects.filter(attempt=attempt, state=DocumentState.ARRIVING)
    return rows.filter(touched_at__gt=Now() - SILENCE)
