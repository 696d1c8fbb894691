"""Exports in their time: waited for, fetched without our token, ordered again when late, from allowed hosts only."""

import tempfile

import pytest

from lti_bridge.errors import ProviderRefused, ProviderUnavailable
from lti_bridge.models import Account, ExportState, ProviderExport
from lti_bridge.providers import exports
from lti_bridge.providers.exports import Export, Standing
from tests.inspera_server import Server

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_once(settings):
    settings.DELIVERY_PACE = 0.001
    settings.ALLOWED_PRIVATE_HOSTS = ["127.0.0.1"]


@pytest.fixture
def server():
    server = Server()
    yield server
    server.shutdown()
    server.server_close()


class Script:
    """Answers of a provider, one after the other, the last one again and again."""

    def __init__(self, *standings):
        self.standings, self.orders, self.looks = list(standings), 0, 0

    def order(self):
        self.orders += 1
        return f"handle-{self.orders}"

    def look(self, handle):
        assert handle == f"handle-{self.orders}"
        self.looks += 1
        return self.standings.pop(0) if len(self.standings) > 1 else self.standings[0]


def export_of(script, server, **more):
    account = Account.objects.create(name="a", provider="isograd")
    hosts = more.pop("hosts", (server.url,))
    return Export(account, "export_results", "7", script.order, script.look, hosts, **more)


def stored(server, content=b"{}", **more):
    job = server.export(content, **more)["jobId"]
    return f"{server.url}/storage/{job}"


def fetch(export):
    with tempfile.TemporaryFile() as file:
        row = exports.fetch(export, file)
        return row, file.read()


def test_an_export_is_waited_for_and_its_progress_is_seen(server):
    url = stored(server, b"content")
    seen = []

    class Watched(Script):
        def look(self, handle):
            row = ProviderExport.objects.get()
            seen.append((row.state, row.progress))
            return super().look(handle)

    script = Watched(Standing(10), Standing(70), Standing(100, url))
    row, content = fetch(export_of(script, server))
    assert content == b"content"
    assert seen == [("ordered", 0), ("ordered", 10), ("ordered", 70)]
    assert (row.state, row.progress, row.size, row.orders) == (ExportState.DONE, 100, 7, 1)


def test_an_address_that_is_no_longer_good_is_ordered_again(server):
    script = Script(Standing(100, stored(server, b"content", expired=2)))
    row, content = fetch(export_of(script, server))
    assert (content, row.orders, script.orders) == (b"content", 3, 3)


def test_after_three_orders_it_is_given_up(server):
    script = Script(Standing(100, stored(server, expired=99)))
    with pytest.raises(ProviderUnavailable):
        fetch(export_of(script, server))
    row = ProviderExport.objects.get()
    assert (row.state, row.orders, row.secret) == (ExportState.FAILED, 3, {})


def test_an_export_that_failed_says_so(server):
    with pytest.raises(ProviderRefused) as refused:
        fetch(export_of(Script(Standing(5), Standing(failed="error")), server))
    assert refused.value.code == "export_failed"
    assert ProviderExport.objects.get().reason


def test_one_that_is_never_ready_is_given_up(server, monkeypatch):
    monkeypatch.setattr(exports, "PATIENCE", 0)
    with pytest.raises(ProviderUnavailable):
        fetch(export_of(Script(Standing(5)), server))


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example.net/export",
        "https://amazonaws.com.example.net/export",
        "https://notamazonaws.com/export",
        "http://bucket.s3.amazonaws.com/export",
        "https://user@bucket.s3.amazonaws.com/export",
        "http://127.0.0.1:1/export",
        "file:///etc/passwd",
        "https://[broken/export",
    ],
)
def test_an_address_elsewhere_is_not_fetched(server, url):
    script = Script(Standing(100, url))
    with pytest.raises(ProviderRefused) as refused:
        fetch(export_of(script, server, hosts=(server.url, "tenant.inspera.no", ".amazonaws.com")))
    assert refused.value.code == "foreign_export_host"
    assert server.asked == []


def test_one_that_is_too_large_is_not_kept(server):
    with pytest.raises(ProviderUnavailable):
        fetch(export_of(Script(Standing(100, stored(server, b"x" * 100_000))), server, max_bytes=50_000))


def test_what_it_is_fetched_with_is_nowhere_in_clear(server):
    script = Script(Standing(5))
    row = exports.begin(export_of(script, server))
    raw = ProviderExport.objects.extra(select={"raw": "secret"}).values_list("raw", flat=True).get(pk=row.pk)  # noqa: S610
    assert "handle-1" not in str(raw)
