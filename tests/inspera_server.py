"""A pretend Inspera over sockets: it keeps what it is asked, answers by a script, and gives out exports in time."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class Asked:
    """One request as it came in."""

    def __init__(self, method, path, headers, body):
        parts = urlsplit(path)
        self.method, self.path, self.headers, self.raw = method, parts.path, headers, body
        self.query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.target = path

    @property
    def json(self):
        return json.loads(self.raw)


class Server(ThreadingHTTPServer):
    """``answers``: (method, path) → what to answer, a list is used up one by one; ``token_answers`` likewise."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.asked, self.answers, self.token_answers = [], {}, []
        self.tokens, self.good = 0, set()
        self.life = 3600
        self.exports, self.jobs = {}, 0
        self.under_way, self.most = 0, 0
        self.slow = 0.0
        self.lock = threading.Lock()
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True).start()

    def answer(self, method, path, *answers):
        """Each is (status, JSON, headers) or JSON alone; the last one is given again and again."""
        self.answers[method, path] = list(answers)

    def calls(self, path=None):
        """What was asked for with a token."""
        return [each for each in self.asked if "authenticate" not in each.path and path in (None, each.path)]

    def next_answer(self, answers):
        with self.lock:
            return answers.pop(0) if len(answers) > 1 else answers[0]

    def export(self, content, *, looks=1, status="success", expired=0, host=None):
        """A job whose export is there after some looks. Gives what ordering it answers."""
        self.jobs += 1
        job = f"job-{self.jobs}"
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.exports[job] = {"raw": raw, "looks": looks, "status": status, "expired": expired, "host": host}
        return {"jobId": job, "callbackUrl": f"{self.url}/api/v1/fileExport/status/{job}"}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def handle_any(self):
        length = int(self.headers.get("Content-Length") or 0)
        asked = Asked(self.command, self.path, self.headers, self.rfile.read(length))
        server = self.server
        with server.lock:
            server.asked.append(asked)
            server.under_way += 1
            server.most = max(server.most, server.under_way)
        try:
            if server.slow:
                time.sleep(server.slow)
            self.say(*self.answer_to(asked))
        finally:
            with server.lock:
                server.under_way -= 1

    def answer_to(self, asked):
        server = self.server
        if asked.path == "/api/authenticate/token/":
            return self.token()
        if asked.path.startswith("/storage/"):
            return self.stored(asked)
        token = asked.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in server.good:
            return 401, {"error": "invalid_token"}, {}
        if asked.path.startswith("/api/v1/fileExport/status/"):
            return self.status(asked.path.rpartition("/")[2])
        answers = server.answers.get((asked.method, asked.path))
        if answers is None:
            return 404, {"message": "no such thing"}, {}
        told = server.next_answer(answers)
        told = told() if callable(told) else told
        return told if isinstance(told, tuple) else (200, told, {})

    def token(self):
        server = self.server
        if server.token_answers:
            told = server.next_answer(server.token_answers)
            if told is not None:
                return told
        with server.lock:
            server.tokens += 1
            token = f"token-{server.tokens}"
            server.good.add(token)
        return 200, {"access_token": token, "expires_in": server.life}, {}

    def status(self, job):
        export = self.server.exports.get(job)
        if export is None:
            return 404, {"message": "no such job"}, {}
        if "trouble" in export:
            return export["trouble"], {"message": "not now"}, {}
        if export["looks"] > 1:
            export["looks"] -= 1
            return 200, {"status": "running", "progress": 40}, {}
        if export["status"] != "success":
            return 200, {"status": export["status"], "message": "it broke"}, {}
        url = f"{export['host'] or self.server.url}/storage/{job}?X-Amz-Signature=hidden"
        return 200, {"status": "success", "progress": 100, "exportInfo": {"signedResponseUrl": url}}, {}

    def stored(self, asked):
        export = self.server.exports[asked.path.rpartition("/")[2]]
        if "Authorization" in asked.headers:
            return 400, {"message": "only one way to prove who you are"}, {}
        if export["expired"]:
            export["expired"] -= 1
            return 403, {"message": "Request has expired"}, {}
        return 200, export["raw"], {}

    def say(self, status, body, headers):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    do_GET = do_POST = do_PUT = do_DELETE = handle_any

    def log_message(self, *args):
        pass
