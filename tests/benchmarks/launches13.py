"""LTI 1.3 launches: CPU of our process for a whole one, login and launch, one gunicorn process with PostgreSQL."""

import hashlib
import http.client
import json
import random
import secrets
import time
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import psutil
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.db import connection
from django.utils import timezone

from lti_bridge.models import Account, Activity, PeerKeys
from tests.benchmarks.serving import one_thread

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
FORM = "application/x-www-form-urlencoded"
SIZES = (10, 1_000, 20_000)

#: Institutions, each with a registration and a deployment of its own.
FILL = (
    """INSERT INTO lti_bridge_platform (name, family, delivery_paused, parallel_sends, sends_progress, created_at)
    SELECT 'bench13-' || i, 'moodle', false, 8, false, now() FROM generate_series(%(first)s, %(last)s) i""",
    """INSERT INTO lti_bridge_lti13registration
    (platform_id, issuer, client_id, authorization_endpoint, token_endpoint, jwks_uri, token_audience, algorithms,
    approve_deployments, service_hosts, enabled, awaits_approval, created_at)
    SELECT id, 'https://' || name || '.example.edu', 'client', 'https://' || name || '.example.edu/auth',
    'https://' || name || '.example.edu/token', 'https://' || name || '.example.edu/keys', '', '["RS256"]', false, '[]',
    true, false, now()
    FROM lti_bridge_platform WHERE name LIKE 'bench13-%%'
    AND id NOT IN (SELECT platform_id FROM lti_bridge_lti13registration)""",
    """INSERT INTO lti_bridge_deployment (registration_id, platform_id, deployment_id, approved, first_seen_at)
    SELECT id, platform_id, '1', true, now() FROM lti_bridge_lti13registration
    WHERE id NOT IN (SELECT registration_id FROM lti_bridge_deployment)""",
    "ANALYZE",
)


class Platforms:
    """The platforms, who all sign with one key: making 20,000 would take an hour and show nothing."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        self.key_set = [public | {"kid": "bench", "use": "sig", "alg": "RS256"}]
        self.size = 0

    def grow(self, size: int) -> None:
        """Have as many registrations, and their keys known."""
        with connection.cursor() as cursor:
            for statement in FILL:
                cursor.execute(statement, {"first": self.size + 1, "last": size})
        urls = [f"https://bench13-{number}.example.edu/keys" for number in range(self.size + 1, size + 1)]
        now = timezone.now()
        PeerKeys.objects.bulk_create(
            (
                PeerKeys(
                    url_digest=hashlib.sha256(url.encode()).hexdigest(),
                    url=url,
                    keys=self.key_set,
                    fetched_at=now,
                    tried_at=now,
                )
                for url in urls
            ),
            batch_size=2000,
        )
        self.size = size

    def token(self, number: int, user: int, nonce: str) -> str:
        """A launch as Moodle signs it."""
        issuer, now = f"https://bench13-{number}.example.edu", int(time.time())
        told = {
            "iss": issuer,
            "aud": "client",
            "iat": now,
            "exp": now + 60,
            "nonce": nonce,
            "sub": f"u{user}",
            "given_name": "Zoë",
            "family_name": f"Sample {user}",
            "name": f"Zoë Sample {user}",
            "email": f"u{user}@example.edu",
            f"{CLAIM}message_type": "LtiResourceLinkRequest",
            f"{CLAIM}version": "1.3.0",
            f"{CLAIM}deployment_id": "1",
            f"{CLAIM}target_link_uri": target(),
            f"{CLAIM}roles": [f"{MEMBERSHIP}Learner"],
            f"{CLAIM}context": {"id": "7", "label": "IT-1", "title": "Informatics 1", "type": ["CourseSection"]},
            f"{CLAIM}resource_link": {"id": "42", "title": "Excel, basic", "description": "At the end of the course."},
            f"{CLAIM}custom": {"level": "B2", "link_setting_url": f"{issuer}/links/{{link_id}}/custom"},
            f"{CLAIM}launch_presentation": {
                "locale": "en",
                "document_target": "iframe",
                "return_url": f"{issuer}/mod/lti/return.php?course=2",
            },
            f"{CLAIM}tool_platform": {"product_family_code": "moodle", "guid": secrets.token_hex(16)},
            f"{AGS}claim/endpoint": {
                "scope": [
                    f"{AGS}scope/{name}" for name in ("lineitem", "lineitem.readonly", "result.readonly", "score")
                ],
                "lineitems": f"{issuer}/mod/lti/services.php/2/lineitems?type_id=2",
                "lineitem": f"{issuer}/mod/lti/services.php/2/lineitems/3/lineitem?type_id=2",
            },
            NRPS: {"context_memberships_url": f"{issuer}/memberships", "service_versions": ["1.0", "2.0"]},
        }
        return jwt.encode(told, self.key, algorithm="RS256", headers={"kid": "bench"})


def target() -> str:
    return f"{settings.BASE_URL}/lti/1.3/launch?activity=bench13"


def make_activity() -> None:
    account = Account.objects.create(
        name="bench13",
        provider="isograd",
        settings={"connection": "lti11"},
        secrets={"consumer_key": "bench13-vendor", "shared_secret": "sample-secret"},
    )
    Activity.objects.create(
        slug="bench13", title="Bench", account=account, action="take_test", parameters={"tst_frm_id": 1}
    )


class Browser:
    """Posts as a browser does, and adds up how long the answers take."""

    def __init__(self, port: int) -> None:
        self.line = http.client.HTTPConnection("127.0.0.1", port)
        self.waited = 0.0

    def post(self, path: str, fields: dict[str, str], cookie: str = "") -> tuple[int, http.client.HTTPMessage, bytes]:
        headers = {"Content-Type": FORM, "Host": "localhost", "Origin": "https://lms.example.edu", "Cookie": cookie}
        body = urlencode(fields)
        start = time.perf_counter()
        self.line.request("POST", path, body, headers)
        answer = self.line.getresponse()
        page = answer.read()
        self.waited += time.perf_counter() - start
        return answer.status, answer.headers, page

    def launch(self, platforms: Platforms, number: int, user: int) -> None:
        """A whole launch, from the login to the form for the provider."""
        asked = {
            "iss": f"https://bench13-{number}.example.edu",
            "client_id": "client",
            "login_hint": str(user),
            "lti_message_hint": json.dumps({"cmid": 3, "launchid": f"ltilaunch2_{user}"}),
            "lti_deployment_id": "1",
            "target_link_uri": target(),
        }
        status, headers, page = self.post("/lti/1.3/login", asked)
        if status != 303:
            raise SystemExit(f"login answered {status}:\n{page.decode()[:2000]}")
        query = {name: values[0] for name, values in parse_qs(urlsplit(headers["Location"]).query).items()}
        cookie = headers["Set-Cookie"].partition(";")[0]
        fields = {"state": query["state"], "id_token": platforms.token(number, user, query["nonce"])}
        status, headers, page = self.post("/lti/1.3/launch", fields, cookie)
        if status != 200 or b"custom_act_id" not in page:
            raise SystemExit(f"launch answered {status}:\n{page.decode()[:2000]}")


def run(
    port: int, server: psutil.Process, platforms: Platforms, launches: list[tuple[int, int]]
) -> tuple[float, float]:
    """CPU seconds of the server a launch, and launches a second, one after the other; signing is not counted."""
    browser, worker = Browser(port), server.children()[0]
    before = sum(worker.cpu_times()[:2])
    for number, user in launches:
        browser.launch(platforms, number, user)
    return (sum(worker.cpu_times()[:2]) - before) / len(launches), len(launches) / browser.waited


def measure(count: int) -> None:
    """Print a table: launches of one institution, and of any, with few and many registrations."""
    make_activity()
    platforms = Platforms()
    print(
        "| LTI 1.3 launches, login included | registrations | CPU of our process | launches a second, one at a time |"
    )
    print("|---|---|---|---|")
    for size in SIZES:
        platforms.grow(size)
        with one_thread() as (port, server):
            run(port, server, platforms, [(1, size * 10 + user) for user in range(200)])
            users = [(size, size * 10 + 1000 + user) for user in range(count)]
            anywhere = [(random.randint(1, size), 5) for _ in range(count)]
            figures = {
                "first of a learner": run(port, server, platforms, users),
                "again": run(port, server, platforms, users),
            }
            run(port, server, platforms, anywhere)
            figures["again, each of another institution"] = run(port, server, platforms, anywhere)
        for name, (cpu, rate) in figures.items():
            print(f"| {name} | {size:,} | {cpu * 1000:.2f} ms | {rate:.0f} |", flush=True)
    print()
