"""The only way out, against real servers on loopback that misbehave in every way we know."""

import gzip
import ipaddress
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
import tracemalloc
import zlib
from contextlib import contextmanager
from email.utils import formatdate

import pytest
import responses

from lti_bridge import address_guard, connections, http
from lti_bridge.http import HttpProblem
from tests.forbidden_urls import FORBIDDEN_URLS

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/plain\r\n\r\nok"


class Server:
    """A threaded server that does to each connection what ``script`` says, and counts."""

    def __init__(self, script, context=None):
        self.script, self.context = script, context
        self.connections, self.requests = 0, []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.stopped = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self):
        return f"{'https' if self.context else 'http'}://127.0.0.1:{self.port}/path?token=hidden"

    def _accept(self):
        while True:
            try:
                peer, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer):
        try:
            if self.context:
                peer = self.context.wrap_socket(peer, server_side=True)
            with peer:
                self.script(self, peer)
        except OSError:
            pass

    def read(self, peer):
        """Read one request; None at the end of the connection."""
        data = b""
        while b"\r\n\r\n" not in data:
            chunk = peer.recv(65536)
            if not chunk:
                return None
            data += chunk
        head, _, body = data.partition(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        while len(body) < length:
            body += peer.recv(65536)
        self.requests.append((head, body))
        return head, body

    def close(self):
        self.stopped.set()
        self.socket.close()


@pytest.fixture
def serve(settings):
    settings.ALLOWED_PRIVATE_HOSTS = ["127.0.0.0/8"]
    servers = []

    def start(script, context=None):
        servers.append(Server(script if callable(script) else answering(script), context))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def answering(*answers):
    """Answer the requests of one connection with these bytes, one each, then close it."""

    def script(server, peer):
        for answer in answers:
            if server.read(peer) is None:
                return
            peer.sendall(answer)

    return script


def endless(answer):
    def script(server, peer):
        while server.read(peer):
            peer.sendall(answer)

    return script


def with_body(body, *headers):
    head = "".join(f"{header}\r\n" for header in headers)
    return f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n{head}\r\n".encode() + body


def problem(*args, **kwargs):
    with pytest.raises(HttpProblem) as caught:
        http.request(*args, **kwargs)
    return caught.value


@contextmanager
def shorter_than(seconds):
    started = time.monotonic()
    yield
    assert time.monotonic() - started < seconds


# --- the plain way --------------------------------------------------------------------------


def test_an_answer_has_status_headers_body_and_time(serve):
    server = serve(with_body(b"<a/>", "Content-Type: Application/XML; charset=utf-8", "X-One: 1"))
    answer = http.get(server.url)
    assert (answer.status, answer.body, answer.content_type) == (200, b"<a/>", "application/xml")
    assert answer.headers["x-one"] == "1"
    assert 0 < answer.elapsed < 5


def test_an_error_status_is_an_answer(serve):
    assert http.get(serve(b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n").url).status == 503


def test_a_post_carries_its_body_headers_and_our_name(serve):
    server = serve(OK)
    http.post(server.url, b"<a/>", headers={"Content-Type": "application/xml", "Authorization": "OAuth x"})
    head, body = server.requests[0]
    assert body == b"<a/>"
    assert head.startswith(b"POST /path?token=hidden HTTP/1.1\r\n")
    assert b"User-Agent: lti-bridge/0.1.0" in head
    assert b"Authorization: OAuth x" in head
    assert b"Content-Type: application/xml" in head


def test_the_path_is_sent_exactly_as_it_was_signed(serve):
    server = serve(OK)
    http.post(f"http://127.0.0.1:{server.port}/%7Euser/a%2Fb/./c?x=%7E+y", b"")
    assert server.requests[0][0].startswith(b"POST /%7Euser/a%2Fb/./c?x=%7E+y HTTP/1.1\r\n")


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_compressed_answer_is_decoded(serve, encoding):
    body = gzip.compress(b"hello") if encoding == "gzip" else zlib.compress(b"hello")
    assert http.get(serve(with_body(body, f"Content-Encoding: {encoding}")).url).body == b"hello"


def test_connections_are_kept_across_calls(serve):
    server = serve(endless(OK))
    for _ in range(5):
        http.post(server.url, b"x")
    assert (server.connections, len(server.requests)) == (1, 5)


def test_each_thread_has_its_own_connections(serve):
    server = serve(endless(OK))
    threads = [threading.Thread(target=http.get, args=(server.url,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.connections == 3


def test_a_forked_child_does_not_share_its_parents_connections(serve, monkeypatch):
    server = serve(endless(OK))
    http.get(server.url)
    child = os.getpid() + 1
    monkeypatch.setattr(os, "getpid", lambda: child)
    http.get(server.url)
    assert server.connections == 2


def test_cookies_are_not_kept(serve):
    server = serve(endless(with_body(b"", "Set-Cookie: session=1; Path=/")))
    http.get(server.url)
    http.get(server.url)
    assert b"ookie" not in server.requests[1][0]


def test_proxies_of_the_environment_are_not_used(serve, monkeypatch):
    server = serve(OK)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert http.get(server.url).body == b"ok"


def test_passwords_of_netrc_are_not_used(serve, monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    server = serve(OK)
    http.get(server.url)
    assert b"Authorization" not in server.requests[0][0]


@responses.activate
def test_unit_tests_may_answer_in_our_place():
    responses.post("https://lms.example.edu/outcomes", body=b"<a/>", content_type="application/xml")
    assert http.post("https://lms.example.edu/outcomes", b"x").body == b"<a/>"


# --- redirects ------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_bo_c_09_a_redirect_is_not_followed(serve, status):
    target = serve(OK)
    head = f"HTTP/1.1 {status} Go\r\nLocation: {target.url}\r\nContent-Length: 0\r\n\r\n"
    assert http.post(serve(head.encode()).url, b"x").status == status
    assert target.connections == 0


def test_a_redirect_with_an_endless_body_is_too_large(serve):
    def script(server, peer):
        server.read(peer)
        peer.sendall(b"HTTP/1.1 302 Go\r\nLocation: /\r\n\r\n")
        while not server.stopped.is_set():
            peer.sendall(b"x" * 65536)

    assert problem("GET", serve(script).url, max_bytes=100_000).code == "too_large"


# --- size -----------------------------------------------------------------------------------


def test_an_answer_of_exactly_the_cap_is_read_and_one_byte_more_is_not(serve):
    assert len(http.get(serve(with_body(b"x" * 1000)).url, max_bytes=1000).body) == 1000
    refused = problem("GET", serve(with_body(b"x" * 1001)).url, max_bytes=1000)
    assert (refused.code, refused.ambiguous) == ("too_large", True)


@pytest.mark.parametrize("layers", [1, 2])
def test_f7_a_gzip_bomb_is_refused_without_being_unpacked(serve, layers):
    body = b"\0" * 300_000_000
    for _ in range(layers):
        body = gzip.compress(body)
    server = serve(with_body(body, "Content-Encoding: " + ", ".join(["gzip"] * layers)))
    tracemalloc.start()
    assert problem("GET", server.url).code == "too_large"
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20_000_000


@pytest.mark.parametrize(
    "start",
    [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: ", b"", b"HTTP/1.1 "],
)
def test_an_endless_line_is_refused_in_bounded_memory(serve, start):
    def script(server, peer):
        server.read(peer)
        peer.sendall(start)
        while not server.stopped.is_set():
            peer.sendall(b"1" * 65536)

    with shorter_than(5):
        assert problem("GET", serve(script).url, max_bytes=100_000).code in ("too_large", "cut")


def test_endless_interim_answers_are_refused(serve):
    def script(server, peer):
        server.read(peer)
        while not server.stopped.is_set():
            peer.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)

    with shorter_than(5):
        assert problem("GET", serve(script).url).code == "too_large"


# --- time -----------------------------------------------------------------------------------


def hang(server, peer):
    server.read(peer)
    server.stopped.wait(30)


def test_a_hanging_server_is_an_ambiguous_time_out(serve):
    with shorter_than(2):
        refused = problem("POST", serve(hang).url, body=b"x", timeout=(1, 0.3))
    assert (refused.code, refused.ambiguous) == ("timeout", True)


def test_the_deadline_is_shorter_than_the_time_out_if_it_says_so(serve):
    with shorter_than(2):
        assert problem("POST", serve(hang).url, body=b"x", deadline=0.3).code == "timeout"


def trickle(start, piece):
    def script(server, peer):
        server.read(peer)
        peer.sendall(start)
        while not server.stopped.wait(0.05):
            peer.sendall(piece)

    return script


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        (b"", b"H"),
        (b"HTTP/1.1 200 OK\r\n", b"a"),
        (b"HTTP/1.1 200 OK\r\n", b"A: b\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"", mtime=0)[:10],
            b"\x00\x00\x00\xff\xff",
        ),
    ],
)
def test_a_trickle_does_not_outlive_the_deadline(serve, start, piece):
    with shorter_than(1.5):
        refused = problem("POST", serve(trickle(start, piece)).url, body=b"x", timeout=(1, 5), deadline=0.5)
    assert (refused.code, refused.ambiguous) == ("timeout", True)


def test_a_server_that_never_reads_is_an_ambiguous_time_out(serve):
    server = serve(lambda server, peer: server.stopped.wait(30))
    with shorter_than(3):
        refused = problem("POST", server.url, body=b"x" * 50_000_000, deadline=0.5)
    assert (refused.code, refused.ambiguous) == ("timeout", True)


def test_a_large_body_may_take_longer_to_send_than_to_connect(serve):
    def script(server, peer):
        time.sleep(0.6)
        server.read(peer)
        peer.sendall(OK)

    assert http.post(serve(script).url, b"x" * 20_000_000, timeout=(0.3, 5)).status == 200


def test_a_name_server_that_hangs_is_bounded(settings, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: time.sleep(20) or [])
    with shorter_than(1):
        refused = problem("GET", "https://lms.example.edu/", deadline=0.3)
    assert (refused.code, refused.ambiguous) == ("dns", False)


def test_an_address_that_does_not_answer_is_no_ambiguous_time_out(settings):
    settings.ALLOWED_PRIVATE_HOSTS = ["127.0.0.0/8"]
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        with shorter_than(2):
            refused = problem("POST", f"http://127.0.0.1:{full.getsockname()[1]}/", timeout=(0.3, 1))
        for one in waiting:
            one.close()
    assert (refused.code, refused.ambiguous) == ("timeout", False)


# --- cuts -----------------------------------------------------------------------------------


def reset(peer):
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    peer.close()


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"HTTP/1.1 2",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
        b"SSH-2.0-OpenSSH\r\n",
    ],
)
@pytest.mark.parametrize("ending", ["close", "reset"])
def test_a_cut_after_sending_is_ambiguous_and_the_post_was_sent_once(serve, sent, ending):
    def script(server, peer):
        server.read(peer)
        peer.sendall(sent)
        if ending == "reset":
            reset(peer)

    server = serve(script)
    refused = problem("POST", server.url, body=b"x")
    assert (refused.code, refused.ambiguous) == ("cut", True)
    time.sleep(0.05)
    assert (server.connections, len(server.requests)) == (1, 1)


def test_a_closed_port_is_not_ambiguous(settings):
    settings.ALLOWED_PRIVATE_HOSTS = ["127.0.0.0/8"]
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    refused = problem("POST", f"http://127.0.0.1:{port}/", body=b"x")
    assert (refused.code, refused.ambiguous) == ("connect", False)


@pytest.mark.parametrize("ending", ["close", "reset"])
def test_a_connection_that_the_server_closed_while_idle_is_replaced_unseen(serve, ending):
    def script(server, peer):
        server.read(peer)
        peer.sendall(OK)
        if ending == "reset":
            reset(peer)

    server = serve(script)
    for _ in range(3):
        assert http.post(server.url, b"x").body == b"ok"
        time.sleep(0.05)
    assert (server.connections, len(server.requests)) == (3, 3)


def test_a_connection_idle_for_long_is_not_used_again(serve, monkeypatch):
    server = serve(endless(OK))
    http.post(server.url, b"x")
    monkeypatch.setattr(connections, "_MAX_IDLE", 0)
    http.post(server.url, b"x")
    assert server.connections == 2


def test_a_problem_does_not_spoil_the_next_call(serve):
    def script(server, peer):
        server.read(peer)
        if server.connections > 1:
            peer.sendall(OK)
        else:
            server.stopped.wait(1)

    server = serve(script)
    assert problem("POST", server.url, timeout=(1, 0.2)).code == "timeout"
    assert http.post(server.url, b"x").body == b"ok"


# --- TLS ------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A certificate for lms.example.edu that signs itself."""
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    subject = ["-subj", "/CN=lms.example.edu", "-addext", "subjectAltName=DNS:lms.example.edu"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    subprocess.run([*command, "-keyout", key, "-out", cert], check=True, capture_output=True)
    return cert, key


@pytest.fixture
def secure(serve, certificate, settings, monkeypatch):
    """Start a TLS server known as lms.example.edu; its SNI names are collected."""
    settings.ALLOWED_PRIVATE_HOSTS = ["127.0.0.1"]
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *args, **kwargs: real("127.0.0.1", *args, **kwargs))

    def start(script):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server = serve(script, context)
        server.names = []
        context.sni_callback = lambda _socket, name, _context: server.names.append(name)
        return server

    return start


def test_https_uses_the_name_for_sni_host_and_certificate(secure, certificate, settings):
    settings.CA_BUNDLE = str(certificate[0])
    server = secure(endless(OK))
    for _ in range(2):
        assert http.post(f"https://lms.example.edu:{server.port}/", b"x").body == b"ok"
    assert server.names == ["lms.example.edu"]
    assert f"Host: lms.example.edu:{server.port}".encode() in server.requests[0][0]


def test_a_certificate_for_another_name_or_of_a_stranger_is_refused(secure, certificate, settings):
    server = secure(OK)
    refused = problem("POST", f"https://lms.example.edu:{server.port}/", body=b"x")
    assert (refused.code, refused.ambiguous) == ("tls", False)
    settings.CA_BUNDLE = str(certificate[0])
    assert problem("POST", f"https://other.example.edu:{server.port}/", body=b"x").code == "tls"
    assert server.requests == []


def test_a_server_without_tls_is_a_tls_problem(secure, settings, serve):
    server = secure(OK)
    server.context = None
    refused = problem("POST", f"https://lms.example.edu:{server.port}/", body=b"x", timeout=(0.5, 1))
    assert (refused.code, refused.ambiguous) in (("tls", False), ("timeout", False))


def test_a_handshake_that_hangs_does_not_outlive_the_deadline(secure):
    server = secure(OK)
    server.context = None
    server.script = lambda server, peer: server.stopped.wait(10)
    with shorter_than(1.5):
        refused = problem("POST", f"https://lms.example.edu:{server.port}/", body=b"x", deadline=0.4)
    assert (refused.code, refused.ambiguous) == ("timeout", False)


def test_a_trickle_inside_tls_does_not_outlive_the_deadline(secure, certificate, settings):
    settings.CA_BUNDLE = str(certificate[0])
    server = secure(trickle(b"HTTP/1.1 200 OK\r\n\r\n", b"x"))
    with shorter_than(1.5):
        refused = problem("POST", f"https://lms.example.edu:{server.port}/", body=b"x", deadline=0.5)
    assert (refused.code, refused.ambiguous) == ("timeout", True)


# --- the guard: SEC-F and S7 ------------------------------------------------------------------


@pytest.fixture
def trap(serve, settings, monkeypatch):
    """A server on loopback that must never be reached, and a watch on every connect."""
    server = serve(OK)
    settings.ALLOWED_PRIVATE_HOSTS = []
    attempts = []
    monkeypatch.setattr(socket.socket, "connect", lambda _self, address: attempts.append(address))
    server.attempts = attempts
    return server


def test_s7_has_at_least_sixty_spellings():
    assert len(set(FORBIDDEN_URLS)) >= 60


@pytest.mark.parametrize("url", FORBIDDEN_URLS)
def test_s7_a_forbidden_address_is_never_connected_to(trap, url):
    refused = problem("POST", url.replace("{port}", str(trap.port)), body=b"x", deadline=3)
    assert refused.code in ("forbidden_address", "bad_url", "dns")
    assert refused.ambiguous is False
    assert (trap.attempts, trap.connections) == ([], 0)


def answers_of_dns(*rounds):
    """A getaddrinfo that gives the next round of addresses at each call."""
    calls = []

    def getaddrinfo(host, port, *args, **kwargs):
        found = rounds[min(len(calls), len(rounds) - 1)]
        calls.append(host)
        return [
            (socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found
        ]

    getaddrinfo.calls = calls
    return getaddrinfo


def test_s7_a_name_that_leads_to_a_private_address_is_refused(trap, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", answers_of_dns(["127.0.0.1"]))
    assert problem("GET", f"https://lms.example.edu:{trap.port}/").code == "forbidden_address"
    assert trap.attempts == []


def test_s7_one_private_address_among_public_ones_is_enough(trap, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", answers_of_dns(["93.184.216.34", "2606:2800::1", "10.0.0.1"]))
    assert problem("GET", "https://lms.example.edu/").code == "forbidden_address"
    assert trap.attempts == []


def test_s7_dns_rebinding_changes_nothing_because_the_name_is_resolved_once(settings, monkeypatch):
    settings.ALLOWED_PRIVATE_HOSTS = []
    dns = answers_of_dns(["93.184.216.34"], ["127.0.0.1"])
    attempts = []

    def connect(_self, address):
        attempts.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", dns)
    monkeypatch.setattr(socket.socket, "connect", connect)
    assert problem("GET", "https://lms.example.edu/").code == "connect"
    assert (attempts, dns.calls) == (["93.184.216.34"], ["lms.example.edu"])


def test_a_second_address_is_used_where_the_first_refuses(serve, monkeypatch):
    server = serve(OK)
    monkeypatch.setattr(socket, "getaddrinfo", answers_of_dns(["127.0.0.2", "127.0.0.1"]))
    assert http.get(f"http://lms.example.edu:{server.port}/").body == b"ok"


def test_plain_http_to_a_public_address_is_refused(settings, monkeypatch):
    settings.ALLOWED_PRIVATE_HOSTS = ["10.0.0.0/8"]
    monkeypatch.setattr(socket, "getaddrinfo", answers_of_dns(["93.184.216.34"]))
    refused = problem("GET", "http://lms.example.edu/")
    assert (refused.code, "https" in refused.message) == ("bad_url", True)


@pytest.mark.parametrize(
    "entry",
    ["localhost", "LocalHost", "127.0.0.1", "127.0.0.0/8", "localhost:{port}", "127.0.0.1:{port}", "0.0.0.0/0"],
)
def test_a_listed_host_address_or_network_is_reached(serve, settings, monkeypatch, entry):
    server = serve(OK)
    settings.ALLOWED_PRIVATE_HOSTS = ["192.168.0.0/16", entry.replace("{port}", str(server.port))]
    monkeypatch.setattr(socket, "getaddrinfo", answers_of_dns(["127.0.0.1"]))
    assert http.get(f"http://localhost:{server.port}/").body == b"ok"


@pytest.mark.parametrize("entry", ["localhost:1", "other", "127.0.0.2", "10.0.0.0/8", "::1", "127.0.0.1:1", "host", ""])
def test_another_host_port_or_network_opens_nothing(trap, settings, monkeypatch, entry):
    settings.ALLOWED_PRIVATE_HOSTS = [entry]
    monkeypatch.setattr(socket, "getaddrinfo", answers_of_dns(["127.0.0.1"]))
    assert problem("GET", f"http://localhost:{trap.port}/").code == "forbidden_address"


@pytest.mark.parametrize("entry", ["::1", "[::1]", "[::1]:443", "::/0"])
def test_listed_ipv6_addresses_are_known_in_every_spelling(settings, entry):
    settings.ALLOWED_PRIVATE_HOSTS = [entry]
    assert address_guard.resolve("[::1]", 443, seconds=1, encrypted=False)


@pytest.mark.parametrize("text", ["8.8.8.8", "93.184.216.34", "2606:2800::1", "64:ff9b::808:808", "::ffff:8.8.8.8"])
def test_public_addresses_are_public(text):
    assert address_guard.is_public(ipaddress.ip_address(text))


# --- what a problem tells -------------------------------------------------------------------


def test_a_problem_names_the_host_and_nothing_of_path_query_header_or_body(serve):
    cut = serve(lambda server, peer: server.read(peer))
    for url in (cut.url, "https://127.0.0.1:1/path?token=hidden", "https://a:hidden@lms.example.edu/path"):
        refused = problem("POST", url, headers={"Authorization": "hidden"}, body=b"hidden", timeout=(1, 1))
        assert "hidden" not in refused.message
        assert "path" not in refused.message
        assert refused.__suppress_context__ or refused.__context__ is None
    assert f"127.0.0.1:{cut.port}" in problem("POST", cut.url, body=b"").message


def test_the_log_holds_no_url(serve, caplog):
    caplog.set_level("DEBUG")
    http.get(serve(OK).url)
    http.get(serve(b"HTTP/1.1 200 OK\r\nBad Header\r\nContent-Length: 2\r\n\r\nok").url)
    assert "hidden" not in caplog.text


def test_a_worker_that_sets_logging_up_once_more_logs_no_url_either():
    """Celery does so, when all modules are there already."""
    told = "import django; django.setup(); from lti_bridge import http; django.setup(); import logging\n"
    told += "print(logging.getLogger('urllib3.connection').isEnabledFor(logging.WARNING))"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_header_that_cannot_be_sent_is_refused_before_anything_is_sent(serve):
    server = serve(OK)
    refused = problem("GET", server.url, headers={"X-Name": "a\r\nX-Injected: 1"})
    assert (refused.code, refused.ambiguous, server.connections) == ("bad_url", False, 0)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        (formatdate(1_700_000_060, usegmt=True), 60.0),
        (formatdate(1_600_000_000, usegmt=True), 0.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1e9", None),
        ("nan", None),
        ("Mon, 99 Foo 2026 00:00:00 GMT", None),
    ],
)
def test_retry_after_is_read_in_both_forms(text, seconds):
    assert http.Answer(503, {"Retry-After": text}, b"", 0.1).retry_after(1_700_000_000.0) == seconds


def test_no_retry_after_is_none():
    assert http.Answer(503, {}, b"", 0.1).retry_after(0) is None


# --- downloads ------------------------------------------------------------------------------


def test_a_download_goes_into_a_file_piece_by_piece(serve, tmp_path):
    body = b"x" * 3_000_000
    server = serve(with_body(body))
    with (tmp_path / "export").open("w+b") as file:
        answer = http.download(server.url, file, deadline=20, max_bytes=4_000_000)
        assert (answer.status, answer.body, file.tell()) == (200, b"", len(body))


def test_a_download_larger_than_allowed_is_refused(serve, tmp_path):
    server = serve(with_body(b"x" * 300_000))
    with (tmp_path / "export").open("w+b") as file, pytest.raises(HttpProblem) as caught:
        http.download(server.url, file, deadline=20, max_bytes=200_000)
    assert caught.value.code == "too_large"


def test_the_words_of_a_refused_download_are_not_in_the_file(serve, tmp_path):
    server = serve(b"HTTP/1.1 403 No\r\nContent-Length: 7\r\n\r\nexpired")
    with (tmp_path / "export").open("w+b") as file:
        answer = http.download(server.url, file, deadline=20, max_bytes=200_000)
        assert (answer.status, answer.body, file.tell()) == (403, b"expired", 0)
