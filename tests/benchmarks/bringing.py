"""Bring one kept document to a pretend storage: seconds, and the peak memory of this process, as the end of a row."""

import resource
import socket
import sys
import threading
import time

import django

django.setup()

from lti_bridge import http  # noqa: E402  (the settings have to be there)
from lti_bridge.documents.content import KeptContent  # noqa: E402
from lti_bridge.models import Document  # noqa: E402


def storage() -> str:
    """Reads a request to its end, keeps nothing, and answers. Gives its address."""
    listener = socket.create_server(("127.0.0.2", 0))

    def answer() -> None:
        connection, _from = listener.accept()
        head, left = b"", 0
        while b"\r\n\r\n" not in head:
            head += connection.recv(65536)
        names, _, begun = head.partition(b"\r\n\r\n")
        for line in names.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                left = int(line.partition(b":")[2]) - len(begun)
        while left > 0:
            left -= len(connection.recv(1 << 18))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        connection.close()

    threading.Thread(target=answer, daemon=True).start()
    return f"http://127.0.0.2:{listener.getsockname()[1]}/document"


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


content = KeptContent(Document.objects.get(pk=int(sys.argv[1])))
before, started = peak(), time.perf_counter()
answer = http.upload("PUT", storage(), content.pieces(), content.size, deadline=600)
seconds = time.perf_counter() - started
assert answer.status == 200
print(f"{seconds:.1f} | {content.size / 1048576 / seconds:.0f} | {peak():.0f} MB | {before:.0f} MB |")
