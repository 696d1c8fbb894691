"""Files in forms: one page takes them, and what Django would do with others fills the disk for whoever sends them."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, NoReturn

from django.core.files.uploadhandler import FileUploadHandler, SkipFile, StopUpload

from lti_bridge import webserver
from lti_bridge.documents.arriving import PACE, Arrival
from lti_bridge.errors import NotTaken

#: The field of the one file that is taken.
FIELD = "file"


class NoFiles(FileUploadHandler):
    """Reads a form up to its first file, and nothing of that."""

    def new_file(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise StopUpload(connection_reset=True)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Never called, as no file gets that far."""

    def file_complete(self, file_size: int) -> None:
        """Never called either."""


class OneFile(FileUploadHandler):
    """Lets one file of a form arrive where documents do.

    Of a file that is not taken the rest is read past: a browser shows our answer only when it could send all of it.
    Where a request says it is longer than ``read_past`` bytes, that is not done, and the line is cut. There is time
    for what is taken, as long as it keeps arriving; for all else there is what any request has.
    """

    chunk_size = 1 << 18
    #: The parser asks for a portion ahead of the one that it gives.
    _ahead = 3 * chunk_size

    def __init__(self, arrival: Arrival | None, read_past: int) -> None:
        """``arrival``: what takes the file; without one it is read past."""
        super().__init__()
        self._arrival = arrival
        self._read_past = read_past
        self._announced = 0
        self._environ: Mapping[str, Any] = {}

    def handle_raw_input(self, input_data: Any, META: Any, content_length: int, *args: Any, **kwargs: Any) -> None:
        self._announced, self._environ = content_length, META

    def new_file(self, field_name: str, file_name: str, *args: Any, **kwargs: Any) -> None:
        if self._announced > self._read_past:
            raise StopUpload(connection_reset=True)
        arrival = self._arrival
        if arrival is None or field_name != FIELD or arrival.document or arrival.problem:
            raise SkipFile
        self._take(arrival, lambda: arrival.begin(file_name))

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if arrival := self._arrival:
            self._take(arrival, lambda: arrival.take(raw_data))

    def file_complete(self, file_size: int) -> None:
        if arrival := self._arrival:
            with suppress(SkipFile):
                self._take(arrival, arrival.end)
            webserver.be_brief(self._environ)

    def _take(self, arrival: Arrival, step: Callable[[], None]) -> None:
        """Let the file arrive by a step; the rest of one that is not taken is read past."""
        try:
            step()
        except NotTaken as problem:
            arrival.problem = problem
            webserver.be_brief(self._environ)
            raise SkipFile from None
        webserver.be_patient(self._environ, PACE, self._ahead)
