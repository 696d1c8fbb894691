"""Files in forms: no page here takes any, and what Django would do with them fills the disk for whoever sends them."""

from typing import Any, NoReturn

from django.core.files.uploadhandler import FileUploadHandler, StopUpload


class NoFiles(FileUploadHandler):
    """Reads a form up to its first file, and nothing of that."""

    def new_file(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise StopUpload(connection_reset=True)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Never called, as no file gets that far."""

    def file_complete(self, file_size: int) -> None:
        """Never called either."""
