"""A large course launches a test that is made by an API which takes its time: how long our own part is."""

import http.client
import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from lti_bridge.models import Account, Activity, Lti11Registration, Platform
from tests.benchmarks.launches import serving
from tests.isograd_server import SECRETS, IsogradApi, isograd_api, settings_for
from tests.world import FORM, KEY, SECRET, launch_fields, signed_body

#: Within how long they all come, and what the API takes for each call: seconds.
WITHIN = 30.0
API_SECONDS = 0.4
#: As `run` has on a machine with two cores, but for more that may wait at once.
PROCESSES, THREADS = 2, 16
PATH = "/lti/1.1/launch/crowd"


def measure(learners: int) -> None:
    """Print a table of one row."""
    with isograd_api() as api, serving(workers=PROCESSES, threads=THREADS) as (port, _server):
        api.delay = API_SECONDS
        _set_up(api)
        started = time.monotonic()
        with ThreadPoolExecutor(200) as pool:
            launches = [
                pool.submit(_launch, port, number, started + random.uniform(0, WITHIN)) for number in range(learners)
            ]
            waited = {f"learner-{number}@example.edu": each.result() for number, each in enumerate(launches)}
        lasted = time.monotonic() - started
    by_test = {str(test.pla_tst_id): test.email for test in api.tests}
    calls = Counter(each.get("ema") or by_test[each["pla_tst_id"]] for each in api.asked())
    own = sorted(seconds - API_SECONDS * calls[who] for who, seconds in waited.items())
    tests = Counter(Counter(test.email for test in api.tests).values())
    print("| learners | seconds | tests each | calls a launch, at most | our own part: median | p95 | longest |")
    print("|---|---|---|---|---|---|---|")
    quantiles = (f"{own[int(len(own) * part)] * 1000:.0f} ms" for part in (0.5, 0.95, 0.9999))
    print(f"| {learners} | {lasted:.1f} | {dict(tests)} | {max(calls.values())} | {' | '.join(quantiles)} |\n")


def _set_up(api: IsogradApi) -> None:
    platform = Platform.objects.create(name="crowd", family="moodle")
    Lti11Registration.objects.create(platform=platform, consumer_key=KEY, secrets={"shared_secret": SECRET})
    account = Account.objects.create(
        name="crowd", provider="isograd", settings=settings_for(api), secrets=dict(SECRETS)
    )
    Activity.objects.create(
        slug="crowd", title="Excel", account=account, action="take_test", parameters={"tst_frm_id": 482}
    )


def _launch(port: int, number: int, at: float) -> float:
    """One learner comes at that time (monotonic clock) and waits so many seconds for the way to the test."""
    told = launch_fields(
        user_id=f"learner-{number}",
        lis_person_contact_email_primary=f"learner-{number}@example.edu",
        lis_result_sourcedid=f"cell-{number}",
    )
    time.sleep(max(0.0, at - time.monotonic()))
    body = signed_body(told, path=PATH)
    begun = time.monotonic()
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    line.request("POST", PATH, body, {"Content-Type": FORM, "Host": "localhost"})
    answer = line.getresponse()
    page = answer.read()
    if answer.status != 303:
        raise SystemExit(f"launch answered {answer.status}:\n{page.decode()[:2000]}")
    return time.monotonic() - begun
