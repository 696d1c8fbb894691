"""Files of many learners in one archive: each is fetched from the provider while it goes out, and none is kept.

Each file is an act about one attempt, with a row of its own (``acting``): so it is seen how far the archive is, and why
a file is missing in it.

It is made in a thread of the web server, so there is one archive of a link and an act at a time, and an end to it.
"""

import tempfile
import time
import zipfile
from collections.abc import Generator, Iterable, Iterator, Sequence
from typing import Any, BinaryIO, cast

from django.db import transaction
from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from lti_bridge import acting, http
from lti_bridge.errors import CannotCall
from lti_bridge.models import ActState, Attempt, ProviderAct, ResourceLink
from lti_bridge.providers.acts import FileKind

#: One file: how large it may be, and how long it may take (seconds).
MOST_BYTES = 50_000_000
TIMEOUT = (5.0, 30.0)
DEADLINE = 30.0
#: All files together (seconds): after that none is begun.
WHOLE_DEADLINE = 15 * 60.0
_PIECE = 1 << 18


class _Outgoing:
    """What the archive is written into, and taken out of again at once."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, part: bytes) -> int:
        self._parts.append(bytes(part))
        return len(part)

    def flush(self) -> None:
        """Nothing waits here."""

    def take(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


def response(attempts: Iterable[Attempt], name: str, kind: FileKind, **who: Any) -> StreamingHttpResponse:
    """The archive as a download; takes and raises what :func:`begin` does."""
    parts = stream(begin(attempts, name, **who), kind)
    # Begun here: whoever goes away before the first part ends it all the same.
    next(parts)
    answer = StreamingHttpResponse(parts, content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="{name}.zip"'
    answer["Cache-Control"] = "no-store"
    answer["Referrer-Policy"] = "no-referrer"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def begin(attempts: Iterable[Attempt], name: str, **who: Any) -> list[ProviderAct]:
    """The rows of an archive of what an act leads to for each of these attempts that it suits.

    ``who``: fields of the rows that say who has it done. Raises ``CannotCall`` while one is made at these links.
    """
    attempts = list(attempts)
    links = {each.resource_link_id for each in attempts}
    under_way = ProviderAct.objects.filter(resource_link__in=links, what=name, state=ActState.UNDER_WAY)
    with transaction.atomic():
        # Of two who begin at the same time, one waits here for the other's rows.
        list(ResourceLink.objects.select_for_update().filter(pk__in=links).order_by("pk"))
        not_left = timezone.now() - acting.ARCHIVE_GIVEN_UP
        if under_way.filter(batch__isnull=False, created_at__gt=not_left).exists():
            told = _("Such an archive is being made at this moment. Try again when it is finished.")
            raise CannotCall("archive_under_way", [told])
        return acting.rows_of(attempts, name, {}, state=ActState.UNDER_WAY, **who)


def stream(rows: Sequence[ProviderAct], kind: FileKind) -> Generator[bytes, None, None]:
    """The archive, in parts, the first of them empty. A file that cannot be had is left out, and its row says why."""
    end, outgoing = time.monotonic() + WHOLE_DEADLINE, _Outgoing()
    # Whoever went away has none of the rest.
    why = _("The download ended before it.")
    try:
        yield b""
        # Stored as they are: such files are packed in themselves.
        with zipfile.ZipFile(outgoing, "w") as archive:  # type: ignore[call-overload]  # it writes, and no more is needed
            for row in rows:
                if time.monotonic() >= end:
                    why = _("The download took too long.")
                    break
                with tempfile.TemporaryFile() as opened:
                    file = cast(BinaryIO, opened)
                    if _fetch(row, kind, file):
                        yield from _add(archive, _name_in_archive(row, kind), file, outgoing)
        yield outgoing.take()
    finally:
        left = ProviderAct.objects.filter(pk__in=[row.pk for row in rows], state=ActState.UNDER_WAY)
        left.update(state=ActState.REFUSED, told=why, ended_at=timezone.now())


def _name_in_archive(row: ProviderAct, kind: FileKind) -> str:
    learner = slugify(row.attempt.learner.display_name) if row.attempt else ""
    return f"{learner or 'learner'}-{row.attempt_id}.{kind.ending}"


def _add(archive: zipfile.ZipFile, name: str, file: BinaryIO, outgoing: _Outgoing) -> Iterator[bytes]:
    with archive.open(zipfile.ZipInfo(name, timezone.now().timetuple()[:6]), "w") as entry:
        while part := file.read(_PIECE):
            entry.write(part)
            yield outgoing.take()


def _fetch(row: ProviderAct, kind: FileKind, into: BinaryIO) -> bool:
    """Write the file of one row; False when there is none, which the row then says."""
    url = acting.address_of(row)
    if not url:
        return False
    try:
        answer = http.download(url, into, timeout=TIMEOUT, deadline=DEADLINE, max_bytes=MOST_BYTES)
        why = "" if answer.status == 200 else f"HTTP {answer.status}"
    except http.HttpProblem as problem:
        why = problem.code
    into.seek(0)
    if not why and into.read(len(kind.begins)) != kind.begins:
        why = "wrong_content"
    into.seek(0)
    if why:
        told = _("The provider did not hand out the file.")
        ProviderAct.objects.filter(pk=row.pk).update(state=ActState.REFUSED, reason=why, told=told)
    return not why
