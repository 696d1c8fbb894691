"""A pretend Isograd API over real sockets, after the vendor's document, without the project's own modules.

It knows what it was asked and what it holds: candidates by e-mail address, tests, credits. Its faults are switched by
hand. ``answers`` replaces the answer to one action, for tests of one answer.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

CLIENT_ID, CLIENT_SECRET = "bridge", "s3cret & more"
FORMS = (482, 363)
TOKEN_PATH, API_PATH = "/oauth2/token", "/api/usage"


@dataclass
class Request:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    form: list[tuple[str, str]]

    @property
    def fields(self) -> dict[str, str]:
        return dict(self.form)


@dataclass
class Sitting:
    """A test of a candidate."""

    pla_tst_id: int
    tst_frm_id: int
    email: str
    sent: dict[str, str]
    status: int = 1
    score: int | None = None
    proctored: bool = False
    deleted: bool = False


@dataclass
class Answer:
    """An HTTP answer, word for word."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


def refuse(code: int, message: str = "No.", **more: Any) -> dict[str, Any]:
    return {"success": False, "error_code": code, "error_message": message, **more}


@dataclass
class IsogradApi:
    """What it holds, what it was asked, and what goes wrong."""

    url: str = ""
    requests: list[Request] = field(default_factory=list)
    token_requests: list[Request] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    candidates: dict[str, int] = field(default_factory=dict)
    tests: list[Sitting] = field(default_factory=list)
    credits: int = 10_000
    expires_in: Any = 3600
    #: Seconds that each call takes.
    delay: float = 0.0
    #: Before anything is done: None, or what to answer instead.
    instead: Answer | None = None
    token_instead: Answer | None = None
    #: What is answered in the place of each report.
    report: Answer | None = None
    #: act_ids that are carried out, and then the connection is cut.
    cut_after: set[str] = field(default_factory=set)
    cut_before: bool = False
    #: act_id → what is answered instead: values of an envelope, or an HTTP answer.
    answers: dict[str, dict[str, Any] | list[Any] | Answer] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)
    next_id: int = 1000

    def asked(self, act_id: str | None = None) -> list[dict[str, str]]:
        """The forms that arrived at the API, of one action or of all."""
        return [each.fields for each in self.requests if act_id in (None, each.fields.get("act_id"))]

    @property
    def acts(self) -> list[str]:
        return [each["act_id"] for each in self.asked()]

    def living(self, email: str = "") -> list[Sitting]:
        return [test for test in self.tests if not test.deleted and email in ("", test.email)]

    def test(self, pla_tst_id: Any) -> Sitting | None:
        return next((test for test in self.living() if str(test.pla_tst_id) == str(pla_tst_id)), None)

    def number(self) -> int:
        self.next_id += 1
        return self.next_id

    # --- the actions ------------------------------------------------------------------------

    def act(self, form: dict[str, str]) -> dict[str, Any] | list[Any] | Answer:
        act_id = form.get("act_id", "")
        if act_id in self.answers:
            return self.answers[act_id]
        action = ACTIONS.get(act_id)
        return action(self, form) if action else refuse(103, "The property act_id is not valid")


def ok(**values: Any) -> dict[str, Any]:
    return {"error_message": None, "success": True, **values}


def create_candidate(api: IsogradApi, form: dict[str, str]) -> dict[str, Any]:
    email = form["ema"].lower()
    if email in api.candidates:
        return refuse(202, "There is already a candidate", can_id=api.candidates[email])
    api.candidates[email] = api.number()
    return ok(can_id=api.candidates[email], lgn_url=f"{api.url}/login/{email}")


def _add(api: IsogradApi, form: dict[str, str], *, again: bool) -> dict[str, Any]:
    email, wanted = form["ema"].lower(), int(form["tst_frm_id"])
    if wanted not in FORMS:
        return refuse(106, "This tst_frm_id is not allowed")
    if email not in api.candidates:
        return refuse(107, "This candidate does not exist")
    mine = [test for test in api.living(email) if test.tst_frm_id == wanted]
    unfinished = next((test for test in mine if test.status in (1, 2)), None) if again else None
    if unfinished is None:
        if "max_num_tst" in form and len(mine) >= int(form["max_num_tst"]):
            return refuse(402, "The candidate has already taken max_num_tst")
        if api.credits < 1:
            return refuse(301, "You have no more credits for this type of test")
        api.credits -= 1
        unfinished = Sitting(api.number(), wanted, email, dict(form))
        api.tests.append(unfinished)
    return ok(tst_url=f"{api.url}/test/{unfinished.pla_tst_id}", pla_tst_id=unfinished.pla_tst_id)


def add_test(api: IsogradApi, form: dict[str, str]) -> dict[str, Any]:
    return _add(api, form, again=True)


def add_new_test(api: IsogradApi, form: dict[str, str]) -> dict[str, Any]:
    return _add(api, form, again=False)


def delete_test(api: IsogradApi, form: dict[str, str]) -> dict[str, Any]:
    test = api.test(form["pla_tst_id"])
    if test is None or test.status != 1:
        return refuse(304, "The test is already started or does not exist")
    test.deleted = True
    api.credits += 1
    return ok()


def status(api: IsogradApi, form: dict[str, str]) -> dict[str, Any]:
    test = api.test(form["pla_tst_id"])
    return ok(sta_id=test.status) if test else refuse(501, "This pla_tst_id does not exist")


def _taken(api: IsogradApi, form: dict[str, str]) -> Sitting | dict[str, Any]:
    email = form["ema"].lower()
    if email not in api.candidates:
        return refuse(107, "Candidate does not exist")
    tests = [test for test in api.living(email) if test.tst_frm_id == int(form["tst_frm_id"])]
    if "pla_tst_id" in form:
        tests = [test for test in tests if test.pla_tst_id == int(form["pla_tst_id"])]
    if not tests:
        return refuse(501, "Candidate has not taken this test")
    return tests[-1] if tests[-1].status == 3 else refuse(502, "Test is not finished")


def results(api: IsogradApi, form: dict[str, str]) -> dict[str, Any]:
    test = _taken(api, form)
    if isinstance(test, dict):
        return test
    return ok(gra_typ_id=2, num_val=test.score, max_val=1000, txt_des=f"{test.score}/1000", no_sto_tim_spe=1800)


def details(api: IsogradApi, form: dict[str, str]) -> dict[str, Any]:
    test = _taken(api, form)
    if isinstance(test, dict):
        return test
    skills = {
        "12": {"des": "Formulas", "level": 3.4, "level_des": "Operational", "scalemin": 1, "scalemax": 5},
        "13": {"des": "Charts", "level": -1, "level_des": "", "scalemin": 1, "scalemax": 5},
        "14": {"des": "Layout", "successrate": 0.75},
        "15": {"des": "Macros", "successrate": -1},
    }
    return ok(des_lan_id=int(form.get("des_lan_id", 2)), result_details=skills)


def pdf(api: IsogradApi, form: dict[str, str]) -> dict[str, Any]:
    test = _taken(api, form)
    return test if isinstance(test, dict) else ok(pdf_url=f"{api.url}/report/{test.pla_tst_id}.pdf")


def update_candidate(api: IsogradApi, form: dict[str, str]) -> dict[str, Any]:
    old = next((email for email, can_id in api.candidates.items() if str(can_id) == form["can_id"]), None)
    if old is None:
        return refuse(107, "Candidate does not exist")
    new = form.get("ema", old).lower()
    if new != old and new in api.candidates:
        return refuse(202, "There is already a candidate with this email", can_id=api.candidates[new])
    api.candidates[new] = api.candidates.pop(old)
    for test in api.tests:
        test.email = new if test.email == old else test.email
    return ok()


def redirect(path: str) -> Callable[[IsogradApi, dict[str, str]], dict[str, Any] | Answer]:
    def answer(api: IsogradApi, form: dict[str, str]) -> dict[str, Any] | Answer:
        if path == "/candidate" and form["ema"].lower() not in api.candidates:
            return refuse(107, "Candidate does not exist")
        return Answer(302, b"", "text/html", {"Location": f"{api.url}{path}/{form.get('ema', 'anybody')}"})

    return answer


def proctoring(on: bool) -> Callable[[IsogradApi, dict[str, str]], dict[str, Any]]:
    def answer(api: IsogradApi, form: dict[str, str]) -> dict[str, Any]:
        test = api.test(form["pla_tst_id"])
        if test is None:
            return refuse(501, "This pla_tst_id does not exist")
        test.proctored = on
        return ok()

    return answer


def confirmation(api: IsogradApi, form: dict[str, str]) -> dict[str, Any]:
    base = api.test(form["pla_tst_id"])
    if base is None or base.status != 3:
        return refuse(502, "Test is not finished")
    api.credits -= 1
    made = Sitting(api.number(), base.tst_frm_id, base.email, dict(form))
    api.tests.append(made)
    return ok(tst_url=f"{api.url}/test/{made.pla_tst_id}")


def delete_candidate(api: IsogradApi, form: dict[str, str]) -> dict[str, Any]:
    gone = [
        email
        for email, can_id in api.candidates.items()
        if form.get("ema") == email or form.get("can_id") == str(can_id)
    ]
    for email in gone:
        del api.candidates[email]
    return ok() if gone else refuse(107, "Candidate does not exist")


ACTIONS: dict[str, Callable[[IsogradApi, dict[str, str]], Any]] = {
    "1": create_candidate,
    "2": add_test,
    "9": add_new_test,
    "8": lambda api, form: add_test(api, form) if create_candidate(api, form) else {},
    "16": proctoring(True),
    "17": proctoring(False),
    "23": delete_test,
    "58": confirmation,
    "51": update_candidate,
    "24": delete_candidate,
    "42": lambda api, form: ok(),
    "6": pdf,
    "4": results,
    "5": details,
    "10": status,
    "11": lambda api, form: ok(ses_id=77),
    "12": delete_candidate,
    "13": redirect("/administration"),
    "38": redirect("/candidate"),
    "14": lambda api, form: ok(tests=list(FORMS)),
    "15": lambda api, form: ok(credits=[{"des": "TOSA", "amount": api.credits}, {"des": "Proctoring", "amount": 3}]),
}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    api: IsogradApi

    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        parts = urlsplit(self.path)
        request = Request(
            "POST",
            parts.path,
            dict(parse_qsl(parts.query)),
            dict(self.headers),
            parse_qsl(body, keep_blank_values=True),
        )
        if parts.path == TOKEN_PATH:
            return self._token(request)
        with self.api.lock:
            self.api.requests.append(request)
        self._act(request)

    def do_GET(self) -> None:
        if self.path.startswith("/report/"):
            return self._answer(self.api.report or Answer(200, b"%PDF-1.7 " + self.path.encode(), "application/pdf"))
        self._answer(Answer(405, b"POST only", "text/plain"))

    def _token(self, request: Request) -> None:
        api = self.api
        with api.lock:
            api.token_requests.append(request)
        time.sleep(api.delay)
        if api.token_instead:
            return self._answer(api.token_instead)
        asks = request.query == {"grant_type": "client_credentials", "scopes": "usage"}
        if not asks or request.fields != {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}:
            return self._answer(Answer(401, b'{"error": "invalid_client"}'))
        with api.lock:
            token = f"token-{len(api.token_requests)}"
            api.tokens.add(token)
        told = {"access_token": token, "token_type": "Bearer", "expires_in": api.expires_in}
        self._answer(Answer(200, json.dumps(told).encode()))

    def _act(self, request: Request) -> None:
        api, act_id = self.api, request.fields.get("act_id", "")
        time.sleep(api.delay)
        if api.cut_before:
            return self._cut()
        if api.instead:
            return self._answer(api.instead)
        if self.headers.get("Authorization", "").removeprefix("Bearer ") not in api.tokens:
            return self._answer(Answer(401, b'{"message": "Unauthorized"}'))
        with api.lock:
            said = api.act(request.fields)
        if act_id in api.cut_after:
            return self._cut()
        self._answer(said if isinstance(said, Answer) else Answer(200, json.dumps(said).encode()))

    def _cut(self) -> None:
        self.close_connection = True
        self.connection.shutdown(2)

    def _answer(self, answer: Answer) -> None:
        try:
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)
        except OSError:
            self.close_connection = True


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512

    def handle_error(self, request: object, client_address: object) -> None:
        pass


@contextmanager
def isograd_api(api: IsogradApi | None = None, *, host: str = "127.0.0.3") -> Iterator[IsogradApi]:
    """Serve a pretend API on a free port; gives what it holds."""
    api = api or IsogradApi()
    server = _Server((host, 0), type("Handler", (_Handler,), {"api": api}))
    api.url = f"http://{host}:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True)
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()


def settings_for(api: IsogradApi, **more: Any) -> dict[str, Any]:
    """The settings of an account that is reached by this API."""
    return {"connection": "api", "api_url": api.url + API_PATH, "token_url": api.url + TOKEN_PATH, **more}


SECRETS = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
