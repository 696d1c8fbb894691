"""A platform's grade services (AGS) over real sockets, written without the project's own protocol modules.

It behaves as Moodle, Canvas or Open edX do, or plainly as the specification says. Its faults are drawn at random per
request; whatever happens, it knows which columns it has, what they hold, every score that it was told, what it counted
as handed in, and whether two scores for one learner were ever open at the same moment.
"""

import json
import random
import re
import secrets
import select
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from tests.gradebook_server import Faults, _Server

AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
SCOPES = tuple(f"{AGS}{name}" for name in ("lineitem", "lineitem.readonly", "result.readonly", "score"))
SUBMISSION = "https://canvas.instructure.com/lti/submission"
ITEM = "application/vnd.ims.lis.v2.lineitem+json"
CONTAINER = "application/vnd.ims.lis.v2.lineitemcontainer+json"
SCORE = "application/vnd.ims.lis.v1.score+json"
RESULTS = "application/vnd.ims.lis.v2.resultcontainer+json"
CLIENT_ID = "bridge-at-campus"

#: mode → (path of the columns, of one of them, query)
PATHS = {
    "moodle": ("/mod/lti/services.php/2/lineitems", "/mod/lti/services.php/2/lineitems/{}/lineitem", "?type_id=2"),
    "canvas": ("/api/lti/courses/2/line_items", "/api/lti/courses/2/line_items/{}", ""),
    "openedx": ("/api/lti_consumer/v1/lti/2/lti-ags", "/api/lti_consumer/v1/lti/2/lti-ags/{}", ""),
    "plain": ("/lineitems", "/lineitems/{}", ""),
}

Key = tuple[str, str]
Said = tuple[int, bytes]


@dataclass
class AgsFaults(Faults):
    """What goes wrong beside what goes wrong with any gradebook (parts of requests)."""

    token_error: float = 0.0
    #: The token is good no more, though it was given for longer.
    revoked: float = 0.0
    throttled: float = 0.0


@dataclass
class Platform:
    """What the platform has and what happened to it. A key is a column's number and a learner."""

    mode: str = "plain"
    #: Our public keys, as a key set.
    keys: Any = field(default_factory=dict)
    faults: AgsFaults = field(default_factory=AgsFaults)
    base: str = ""
    scopes: tuple[str, ...] = SCOPES
    #: One scope that is not allowed spoils the whole request (Sakai).
    all_or_nothing: bool = False
    expires_in: int | None = 3600
    #: Who is graded; None: everybody.
    learners: set[str] | None = None
    links: set[str] | None = None
    attempts_allowed: int | None = None
    concluded: bool = False
    page_size: int = 100
    #: Whether a list of columns is filtered as asked.
    filters: bool = True
    #: (a part of the path, status, body, content type) to answer instead, for tests of one answer.
    answer_with: tuple[str, int, bytes, str] | None = None

    columns: dict[str, dict[str, Any]] = field(default_factory=dict)
    held: dict[Key, Fraction | None] = field(default_factory=dict)
    stored: dict[Key, Fraction | None] = field(default_factory=dict)
    stamps: dict[Key, datetime] = field(default_factory=dict)
    told: dict[Key, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    history: dict[Key, list[Fraction | None]] = field(default_factory=lambda: defaultdict(list))
    submissions: dict[Key, list[str]] = field(default_factory=lambda: defaultdict(list))
    comments: dict[Key, list[str]] = field(default_factory=lambda: defaultdict(list))
    tokens: dict[str, tuple[set[str], float]] = field(default_factory=dict)
    assertions: set[str] = field(default_factory=set)
    overlaps: list[Key] = field(default_factory=list)
    open_writes: dict[Key, int] = field(default_factory=lambda: defaultdict(int))
    made: int = 0
    writes: int = 0
    requests: int = 0
    token_requests: int = 0
    bad_assertions: list[str] = field(default_factory=list)
    bad_tokens: int = 0
    revocations: int = 0
    token_failures: int = 0
    started: float = field(default_factory=time.monotonic)
    roll: random.Random = field(default_factory=random.Random)
    lock: threading.RLock = field(default_factory=threading.RLock)

    # --- what a test looks at or changes ---

    @property
    def container_url(self) -> str:
        return f"{self.base}{PATHS[self.mode][0]}{PATHS[self.mode][2]}"

    def column_url(self, number: str) -> str:
        return f"{self.base}{PATHS[self.mode][1].format(number)}{PATHS[self.mode][2]}"

    def add_column(self, **fields: Any) -> str:
        """Make a column, as a teacher or the tool does; gives its number."""
        with self.lock:
            number = str(len(self.columns) + 3)
            self.columns[number] = {"label": "Test", "scoreMaximum": 100} | fields
        return number

    def claim(self, link_id: str) -> dict[str, Any]:
        """What a launch of a link tells: its column only where it has exactly one."""
        own = [number for number, column in self.columns.items() if column.get("resourceLinkId") == link_id]
        told: dict[str, Any] = {"scope": list(self.scopes), "lineitems": self.container_url}
        return told | ({"lineitem": self.column_url(own[0])} if len(own) == 1 else {})

    def grade_by_hand(self, key: Key, part: str | None, *, at: datetime | None = None) -> None:
        """A teacher enters a grade, or takes one away."""
        with self.lock:
            self.held[key] = self.stored[key] = None if part is None else Fraction(part)
            self.stamps[key] = at or datetime.now(UTC)

    def strikes(self, part: float) -> bool:
        return part > 0 and self.roll.random() < part

    # --- scores ---

    def take(self, number: str, score: dict[str, Any]) -> Said:
        """Take a score, or refuse it, as this kind of platform does."""
        with self.lock:
            key = (number, str(score.get("userId")))
            status, body = getattr(self, f"_take_as_{self.mode}")(key, score)
            if status < 300:
                self.writes += 1
                self.history[key].append(self.held.get(key))
            return status, body

    def _take_as_plain(self, key: Key, score: dict[str, Any]) -> Said:
        at = datetime.fromisoformat(score["timestamp"])
        if key in self.stamps and at <= self.stamps[key]:
            return 409, b'{"title":"older"}'
        self._hold(key, score, at, final=True)
        return 200, b"{}"

    def _take_as_moodle(self, key: Key, score: dict[str, Any]) -> Said:
        needed = ("userId", "timestamp", "activityProgress", "gradingProgress", "scoreMaximum")
        if any(score.get(name) is None for name in needed) or not self._is_learner(key[1]):
            return 400, b"[]"
        at = datetime.fromisoformat(score["timestamp"]).replace(microsecond=0)
        if key in self.stamps and at <= self.stamps[key].replace(microsecond=0):
            return 409, b"[]"
        self._hold(key, score, at, capped=True)
        return 200, b""

    def _take_as_canvas(self, key: Key, score: dict[str, Any]) -> Said:
        if not self._is_learner(key[1]):
            return 422, b'{"errors":{"message":"User not found in course or is not a student"}}'
        if self.concluded:
            return 422, b'{"errors":{"message":"This course has concluded"}}'
        at = datetime.fromisoformat(score["timestamp"])
        if key in self.stamps and at < self.stamps[key]:
            told = f"Provided timestamp of {at} before last updated timestamp of {self.stamps[key]}"
            return 400, json.dumps({"errors": {"message": told}}).encode()
        extension = score.get(SUBMISSION, {})
        if "scoreGiven" in score and "scoreMaximum" not in score:
            return 422, b'{"errors":{"message":"ScoreMaximum not supplied when ScoreGiven present."}}'
        submitted = extension.get("submitted_at")
        if submitted and datetime.fromisoformat(submitted) > datetime.now(UTC) + timedelta(minutes=1):
            return 400, b'{"errors":{"message":"Provided submitted_at timestamp in the future"}}'
        if extension.get("new_submission", True):
            if self.attempts_allowed is not None and len(self.submissions[key]) >= self.attempts_allowed:
                text = "The maximum number of allowed attempts has been reached for this submission"
                return 422, json.dumps({"errors": {"message": text}}).encode()
            self.submissions[key].append(submitted or "now")
        if score.get("comment"):
            self.comments[key].append(score["comment"])
        self._hold(key, score, at, final_too=("PendingManual",))
        return 200, json.dumps({"resultUrl": f"{self.base}/results/1"}).encode()

    def _take_as_openedx(self, key: Key, score: dict[str, Any]) -> Said:
        at = datetime.fromisoformat(score["timestamp"])
        if key in self.stamps and at == self.stamps[key]:
            return 400, b'{"timestamp":["Score already exists for the provided timestamp"]}'
        if key in self.stamps and at < self.stamps[key]:
            return 400, b'{"timestamp":["Score timestamp can only be updated to a later point in time"]}'
        before = self.held.get(key)
        self._hold(key, score, at, capped=True)
        if score["gradingProgress"] != "FullyGraded" or not score.get("scoreGiven"):
            self.held[key] = before
        return 201, json.dumps(score).encode()

    def _hold(
        self,
        key: Key,
        score: dict[str, Any],
        at: datetime,
        *,
        final: bool = False,
        capped: bool = False,
        final_too: tuple[str, ...] = (),
    ) -> None:
        given = score.get("scoreGiven")
        counts = given is not None and (final or score["gradingProgress"] in ("FullyGraded", *final_too))
        part = Fraction(str(given)) / Fraction(str(score["scoreMaximum"])) if counts else None
        self.held[key] = self.stored[key] = min(part, Fraction(1)) if part is not None and capped else part
        self.stamps[key] = at

    def _is_learner(self, user: str) -> bool:
        return self.learners is None or user in self.learners

    # --- results ---

    def results(self, number: str, user: str) -> list[dict[str, Any]]:
        shown = self.stored if self.mode == "openedx" else self.held
        told = []
        for (column, learner), part in shown.items():
            if column != number or (learner != user and self.mode != "openedx"):
                continue
            result = {"id": f"{self.base}/r/{learner}", "userId": learner, "resultMaximum": 100}
            if part is not None and (part != 0 or self.mode == "plain"):
                result["resultScore"] = float(part * 100)
            told.append(result)
        return told


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    book: Platform

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self._handle("GET", b"")

    def do_POST(self) -> None:
        self._handle("POST", self.rfile.read(int(self.headers.get("Content-Length", "0"))))

    def _handle(self, method: str, body: bytes) -> None:
        book, path = self.book, urlsplit(self.path).path
        with book.lock:
            book.requests += 1
        if book.answer_with and book.answer_with[0] in self.path:
            return self._answer(*book.answer_with[1:])
        if book.faults.down:
            return self._answer(503, b"down for maintenance", "text/plain")
        if not self.headers.get("User-Agent"):
            return self._answer(403, b"")
        if path == "/token":
            return self._token(body)
        container, item, _ = PATHS[book.mode]
        if path == container:
            return self._list() if method == "GET" else self._make(body)
        found = re.fullmatch(re.escape(item).replace(r"\{\}", "([0-9]+)") + "/(scores|results/?)", path)
        if found is None:
            return self._answer(404, b'{"errors":{"message":"The specified resource does not exist."}}')
        if found[2] == "scores":
            return self._score(found[1], body)
        return self._results(found[1], found[2])

    # --- tokens ---

    def _token(self, body: bytes) -> None:
        book = self.book
        with book.lock:
            book.token_requests += 1
        if book.faults.delay:
            time.sleep(book.faults.delay)
        if book.strikes(book.faults.token_error):
            with book.lock:
                book.token_failures += 1
            return self._answer(500, b"<html>oops</html>", "text/html")
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        wrong = self._wrong_with(form)
        if wrong:
            with book.lock:
                book.bad_assertions.append(wrong)
            return self._answer(400, json.dumps({"error": wrong}).encode())
        asked = set(form["scope"].split())
        granted = asked & set(book.scopes)
        if not granted or (book.all_or_nothing and granted != asked):
            return self._answer(400, b'{"error":"invalid_scope"}')
        token = secrets.token_urlsafe(24)
        with book.lock:
            book.tokens[token] = (granted, time.time() + (book.expires_in or 3600))
        told: dict[str, Any] = {"access_token": token, "token_type": "Bearer", "scope": " ".join(sorted(granted))}
        if book.expires_in is not None:
            told["expires_in"] = book.expires_in
        self._answer(200, json.dumps(told).encode(), "text/html" if book.mode == "moodle" else "application/json")

    def _wrong_with(self, form: dict[str, str]) -> str:
        book, now = self.book, time.time()
        if form.get("grant_type") != "client_credentials":
            return "unsupported_grant_type"
        if form.get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer":
            return "invalid_request"
        try:
            keys = KeySet.import_key_set(book.keys)
            claims = jwt.decode(form["client_assertion"], keys, algorithms=["RS256"]).claims
        except (JoseError, ValueError, KeyError) as error:
            return f"invalid_client {type(error).__name__}"
        if not claims["iss"] == claims["sub"] == CLIENT_ID:
            return "invalid_client"
        if claims["iat"] > now or claims["exp"] <= now:
            return "Cannot handle token prior to its time, or expired"
        if book.mode != "moodle" and claims["aud"] != f"{book.base}/token":
            return "invalid_client audience"
        with book.lock:
            replayed = claims["jti"] in book.assertions
            book.assertions.add(claims["jti"])
        return "replayed" if replayed else ""

    def _may(self, *scopes: str) -> bool:
        """Whether the request's token is good for one of these scopes; answers the request when it is not."""
        book = self.book
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        with book.lock:
            granted, ends = book.tokens.get(token, (set[str](), 0.0))
            if token in book.tokens and book.strikes(book.faults.revoked):
                del book.tokens[token]
                book.revocations += 1
                ends = 0.0
        if ends <= time.time():
            with book.lock:
                book.bad_tokens += 1
            self._answer(401, b'{"error":"invalid_token"}')
            return False
        if granted & {f"{AGS}{scope}" for scope in scopes}:
            return True
        self._answer(401 if book.mode == "moodle" else 403, b"")
        return False

    # --- columns ---

    def _list(self) -> None:
        if not self._may("lineitem.readonly", *(() if self.book.mode == "moodle" else ("lineitem",))):
            return
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        names = {"resource_link_id": "resourceLinkId", "resource_id": "resourceId", "tag": "tag"}
        asked = {names[name]: value for name, value in query.items() if name in names}
        with self.book.lock:
            found = [
                {"id": self.book.column_url(number)} | column
                for number, column in self.book.columns.items()
                if not self.book.filters or all(column.get(name) == value for name, value in asked.items())
            ]
        start, size = int(query.get("from", "0")), self.book.page_size
        link = ""
        if len(found) > start + size:
            bare = re.sub(r"[?&]from=[0-9]+", "", self.path)
            link = f'<{self.book.base}{bare}{"&" if "?" in bare else "?"}from={start + size}>; rel="next"'
        self._answer(200, json.dumps(found[start : start + size]).encode(), CONTAINER, link=link)

    def _make(self, body: bytes) -> None:
        book = self.book
        if not self._may("lineitem"):
            return
        if self.headers["Content-Type"] != ITEM:
            return self._answer(415, b"")
        item = json.loads(body)
        if "id" in item or not item.get("label") or not item.get("scoreMaximum", 0) > 0:
            return self._answer(400, b'{"error":"a line item must not carry id"}')
        if book.links is not None and item.get("resourceLinkId") not in {*book.links, None}:
            return self._answer(404, b"")
        if book.faults.delay:
            time.sleep(book.faults.delay)
        if book.strikes(book.faults.server_error):
            return self._answer(500, b"oops", "text/plain")
        with book.lock:
            number = book.add_column(**item)
            book.made += 1
        if book.strikes(book.faults.applied_then_cut):
            return self._cut()
        self._answer(201, json.dumps({"id": book.column_url(number)} | item).encode(), ITEM)

    # --- scores and results ---

    def _score(self, number: str, body: bytes) -> None:
        book = self.book
        if book.strikes(book.faults.throttled):
            return self._throttle()
        if not self._may("score"):
            return
        if self.headers["Content-Type"] != SCORE:
            return self._answer(400 if book.mode == "moodle" else 415, b"")
        if number not in book.columns:
            return self._answer(404, b"")
        score = json.loads(body)
        key = (number, str(score.get("userId")))
        with book.lock:
            book.told[key].append(score)
        with self._only_one(key):
            self._take(number, score)

    def _throttle(self) -> None:
        if self.book.mode == "canvas":
            return self._answer(403, b"403 Forbidden (Rate Limit Exceeded)", "text/plain", remaining="0.0")
        self._answer(429, b"", retry_after="1")

    @contextmanager
    def _only_one(self, key: Key) -> Iterator[None]:
        book = self.book
        with book.lock:
            book.open_writes[key] += 1
            if book.open_writes[key] > 1:
                book.overlaps.append(key)
        try:
            yield
        finally:
            with book.lock:
                book.open_writes[key] -= 1

    def _take(self, number: str, score: dict[str, Any]) -> None:
        book, faults = self.book, self.book.faults
        if faults.delay:
            time.sleep(faults.delay)
        if book.strikes(faults.server_error):
            return self._answer(500, b"oops", "text/plain")
        if book.strikes(faults.cut_before):
            return self._cut()
        if book.strikes(faults.applied_then_cut):
            if book.strikes(faults.late):
                threading.Timer(faults.late_after, book.take, (number, score)).start()
            else:
                book.take(number, score)
            return self._cut()
        if book.strikes(faults.hang):
            return self._hang(faults.hang_for)
        if book.strikes(faults.html):
            return self._answer(200, b"<html><body>Please log in</body></html>", "text/html")
        status, body = book.take(number, score)
        if book.strikes(faults.truncated):
            return self._answer(status, body, length=len(body) + 40)
        self._answer(status, body)

    def _results(self, number: str, path: str) -> None:
        book = self.book
        if not book.faults.readable or path.endswith("/") != (book.mode == "openedx"):
            return self._answer(404, b"")
        if not self._may("result.readonly"):
            return
        if number not in book.columns:
            return self._answer(404, b"")
        query = parse_qs(urlsplit(self.path).query)
        with book.lock:
            told = book.results(number, query.get("user_id", [""])[0])
        self._answer(200, json.dumps(told).encode(), RESULTS)

    # --- answering ---

    def _hang(self, seconds: float) -> None:
        """Say nothing, and stop as soon as the other side has gone away."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            ready, _, _ = select.select([self.connection], [], [], 0.05)
            if ready and not self.connection.recv(1, socket.MSG_PEEK):
                break
        self.close_connection = True

    def _cut(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _answer(
        self,
        status: int,
        body: bytes,
        content_type: str = "application/json",
        *,
        length: int | None = None,
        **more: str,
    ) -> None:
        names = {"link": "Link", "retry_after": "Retry-After", "remaining": "X-Rate-Limit-Remaining"}
        try:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            if status != 204:
                self.send_header("Content-Length", str(len(body) if length is None else length))
            for name, value in more.items():
                if value:
                    self.send_header(names[name], value)
            self.end_headers()
            self.wfile.write(body)
            if length is not None:
                self._cut()
        except OSError:
            self.close_connection = True


@contextmanager
def ags_server(platform: Platform | None = None, *, host: str = "127.0.0.2") -> Iterator[Platform]:
    """Serve a platform; its addresses follow from its ``base``."""
    platform = platform or Platform()
    handler = type("Handler", (_Handler,), {"book": platform})
    server = _Server((host, 0), handler)
    platform.base = f"http://{host}:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True)
    thread.start()
    try:
        yield platform
    finally:
        server.shutdown()
        server.server_close()
