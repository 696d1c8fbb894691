"""Files that strangers send with a form."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import (
    MemoryFileUploadHandler,
    SkipFile,
    StopUpload,
    TemporaryFileUploadHandler,
)
from django.test import Client

from lti_bridge.uploads import OneFile

pytestmark = pytest.mark.django_db


def test_a_request_that_announces_too_much_is_not_read_to_its_end() -> None:
    handler = OneFile(None, read_past=100)
    handler.handle_raw_input(None, {}, 101)
    with pytest.raises(StopUpload) as stopped:
        handler.new_file("file", "essay.pdf")
    assert stopped.value.connection_reset
    handler.handle_raw_input(None, {}, 100)
    with pytest.raises(SkipFile):
        handler.new_file("file", "essay.pdf")


@pytest.mark.parametrize("path", ["/relay/1.3/auth", "/relay/1.3/content", "/lti/1.3/register", "/admin/login/"])
def test_a_file_in_a_form_is_neither_kept_nor_read(client: Client, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Anybody can send one: it would be written to the disk, however large."""
    kept: list[int] = []
    for handler in (MemoryFileUploadHandler, TemporaryFileUploadHandler):
        monkeypatch.setattr(handler, "receive_data_chunk", lambda _self, raw, _start: kept.append(len(raw)))
    response = client.post(path, {"client_id": "x", "file": SimpleUploadedFile("a.bin", b"a" * 3_000_000)})
    assert response.status_code < 500
    assert not kept and not response.wsgi_request.FILES
