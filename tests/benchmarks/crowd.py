"""A large course launches a test that is made by an API which takes its time: how long our own part is.

The learners, the API and the bridge are processes of their own, so that none waits for another's interpreter.
"""

import http.client
import multiprocessing
import random
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import Connection

from django.db import connections

from lti_bridge.models import Account, Activity, Lti11Registration, Platform
from tests.benchmarks.serving import as_run_does
from tests.isograd_server import API_PATH, SECRETS, TOKEN_PATH, isograd_api
from tests.world import FORM, KEY, SECRET, launch_fields, signed_body

#: Within how long they all come, and what the API takes for each call: seconds.
WITHIN = 30.0
API_SECONDS = 0.4
PATH = "/lti/1.1/launch/crowd"
#: Processes that the learners are spread over.
CROWDS = 4
_FORK = multiprocessing.get_context("fork")

#: A learner's launch: how many seconds after the beginning, and the signed form.
_Coming = tuple[float, bytes]


def measure(learners: int) -> None:
    """Print a table of one row."""
    coming = [_coming(number) for number in range(learners)]
    connections.close_all()
    with _api() as (url, asked_of), as_run_does() as (port, _server):
        _set_up(url)
        connections.close_all()
        started = time.time() + 1
        with ProcessPoolExecutor(CROWDS, mp_context=_FORK) as crowds:
            shares = [coming[number::CROWDS] for number in range(CROWDS)]
            done = list(crowds.map(_crowd, [port] * CROWDS, [started] * CROWDS, shares))
        lasted = time.time() - started
        calls, tests = asked_of()
    waited = {
        f"learner-{each * CROWDS + crowd}@example.edu": s for crowd, x in enumerate(done) for each, s in enumerate(x)
    }
    own = sorted(seconds - API_SECONDS * calls[who] for who, seconds in waited.items())
    each_has = dict(Counter(tests.values()))
    print("| learners | seconds | tests each | calls a launch, at most | our own part: median | p95 | longest |")
    print("|---|---|---|---|---|---|---|")
    quantiles = (f"{own[int(len(own) * part)] * 1000:.0f} ms" for part in (0.5, 0.95, 0.9999))
    print(f"| {learners} | {lasted:.1f} | {each_has} | {max(calls.values())} | {' | '.join(quantiles)} |\n")


@contextmanager
def _api() -> Iterator[tuple[str, "_Asked"]]:
    """The API's address, and what tells at the end what it was asked."""
    ours, theirs = _FORK.Pipe()
    process = _FORK.Process(target=_be_the_api, args=(theirs,))
    process.start()
    try:
        yield ours.recv(), _Asked(ours)
    finally:
        process.terminate()
        process.join()


class _Asked:
    def __init__(self, line: Connection) -> None:
        self._line = line

    def __call__(self) -> tuple[Counter[str], Counter[str]]:
        """Calls and tests of each learner, by e-mail address."""
        self._line.send("what were you asked?")
        calls, tests = self._line.recv()
        return calls, tests


def _be_the_api(line: Connection) -> None:
    with isograd_api() as api:
        api.delay = API_SECONDS
        line.send(api.url)
        line.recv()
        by_test = {str(test.pla_tst_id): test.email for test in api.tests}
        calls = Counter(each.get("ema") or by_test[each["pla_tst_id"]] for each in api.asked())
        line.send((calls, Counter(test.email for test in api.tests)))


def _set_up(api_url: str) -> None:
    platform = Platform.objects.create(name="crowd", family="moodle")
    Lti11Registration.objects.create(platform=platform, consumer_key=KEY, secrets={"shared_secret": SECRET})
    account = Account.objects.create(
        name="crowd",
        provider="isograd",
        settings={"connection": "api", "api_url": api_url + API_PATH, "token_url": api_url + TOKEN_PATH},
        secrets=dict(SECRETS),
    )
    Activity.objects.create(
        slug="crowd", title="Excel", account=account, action="take_test", parameters={"tst_frm_id": 482}
    )


def _coming(number: int) -> _Coming:
    told = launch_fields(
        user_id=f"learner-{number}",
        lis_person_contact_email_primary=f"learner-{number}@example.edu",
        lis_result_sourcedid=f"cell-{number}",
    )
    return random.uniform(0, WITHIN), signed_body(told, path=PATH).encode()


def _crowd(port: int, started: float, learners: list[_Coming]) -> list[float]:
    """A share of the learners come, each at its time; how long each waits for the way to the test, in seconds."""
    with ThreadPoolExecutor(len(learners)) as pool:
        return list(pool.map(lambda each: _launch(port, started + each[0], each[1]), learners))


def _launch(port: int, at: float, body: bytes) -> float:
    time.sleep(max(0.0, at - time.time()))
    begun = time.monotonic()
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    line.request("POST", PATH, body, {"Content-Type": FORM, "Host": "localhost"})
    answer = line.getresponse()
    page = answer.read()
    if answer.status != 303:
        raise SystemExit(f"launch answered {answer.status}:\n{page.decode()[:2000]}")
    return time.monotonic() - begun
