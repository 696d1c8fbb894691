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

from lti_bridge.documents.arriving import Arrival
from lti_bridge.documents.rules import rules_of
from lti_bridge.uploads import OneFile
from lti_bridge.webserver import PatientSocket
from tests.documents.desk import make_desk
from tests.documents.pretend import PDF, pretending

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


def test_there_is_time_for_what_is_taken_and_for_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    with PatientSocket() as connection, pretending(monkeypatch) as vendor:
        desk = make_desk(vendor)
        desk.launch()
        with Arrival(desk.attempt(), rules_of(desk.activity)) as arrival:
            handler = OneFile(arrival, read_past=10_000)
            handler.handle_raw_input(None, {"gunicorn.socket": connection}, 10_000)
            with pytest.raises(SkipFile):
                handler.new_file("other", "essay.pdf")
            assert not connection.pace
            handler.new_file("file", "essay.pdf")
            assert connection.pace and connection.most
            connection.most = 0
            handler.receive_data_chunk(PDF, 0)
            assert connection.most
            handler.file_complete(len(PDF))
            assert not connection.pace
            with pytest.raises(SkipFile):
                handler.new_file("file", "another.pdf")
            assert not connection.pace


@pytest.mark.parametrize(("name", "content"), [("run.exe", b""), ("essay.pdf", b"MZ" + bytes(5000))])
def test_a_file_that_is_refused_has_no_more_time(monkeypatch: pytest.MonkeyPatch, name: str, content: bytes) -> None:
    with PatientSocket() as connection, pretending(monkeypatch) as vendor:
        desk = make_desk(vendor)
        desk.launch()
        with Arrival(desk.attempt(), rules_of(desk.activity)) as arrival:
            handler = OneFile(arrival, read_past=10_000)
            handler.handle_raw_input(None, {"gunicorn.socket": connection}, 10_000)
            with pytest.raises(SkipFile):
                handler.new_file("file", name)
                handler.receive_data_chunk(content, 0)
            assert not connection.pace and arrival.problem


@pytest.mark.parametrize("path", ["/relay/1.3/auth", "/relay/1.3/content", "/lti/1.3/register", "/admin/login/"])
def test_a_file_in_a_form_is_neither_kept_nor_read(client: Client, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Anybody can send one: it would be written to the disk, however large."""
    kept: list[int] = []
    for handler in (MemoryFileUploadHandler, TemporaryFileUploadHandler):
        monkeypatch.setattr(handler, "receive_data_chunk", lambda _self, raw, _start: kept.append(len(raw)))
    response = client.post(path, {"client_id": "x", "file": SimpleUploadedFile("a.bin", b"a" * 3_000_000)})
    assert response.status_code < 500
    assert not kept and not response.wsgi_request.FILES
