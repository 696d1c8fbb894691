"""LTI 1.1 launches: CPU of our process and launches a second, one gunicorn process with PostgreSQL, over a socket."""

import http.client
import time
from urllib.parse import urlencode

import psutil
from django.conf import settings
from django.db import connection
from oauthlib import oauth1

from lti_bridge.models import Account, Activity, Lti11Registration, Platform
from tests.benchmarks.serving import one_thread

SECRET = "sample-secret"
HEADERS = {
    "Content-Type": "application/x-www-form-urlencoded",
    "Host": "localhost",
    "Origin": "https://lms.example.edu",
}


def make_world() -> None:
    """One platform and one activity behind LTI 1.1 on both sides."""
    lms = Platform.objects.create(name="bench-lms", family="moodle")
    Lti11Registration.objects.create(
        platform=lms, consumer_key="bench", secrets={"shared_secret": SECRET}, service_hosts=["lms.example.edu"]
    )
    account = Account.objects.create(
        name="bench",
        provider="isograd",
        settings={"connection": "lti11"},
        secrets={"consumer_key": "bench-vendor", "shared_secret": SECRET},
    )
    Activity.objects.create(
        slug="bench", title="Bench", account=account, action="take_test", parameters={"tst_frm_id": 1}
    )


FILL = (
    """INSERT INTO lti_bridge_context (platform_id, context_id, title, label)
    SELECT %(platform)s, %(term)s || '-' || i, '', '' FROM generate_series(1, 10) i""",
    """INSERT INTO lti_bridge_resourcelink (context_id, resource_link_id, title, activity_id, bound_by, created_at)
    SELECT c.id, 'link', '', %(activity)s, 'path', now() FROM lti_bridge_context c WHERE c.context_id LIKE %(like)s""",
    """INSERT INTO lti_bridge_learner
    (platform_id, user_id, given_name, family_name, full_name, email, opaque_id, created_at)
    SELECT %(platform)s, %(term)s || '-' || i, '', '', '', '', %(term)s || i, now()
    FROM generate_series(1, %(learners)s) i""",
    """INSERT INTO lti_bridge_attempt
    (learner_id, resource_link_id, activity_id, number, key, provider_attempt_id, state, created_at)
    SELECT l.id, r.id, %(activity)s, 1, 'old.' || l.id || '.' || r.id, '', 'graded', now()
    FROM lti_bridge_learner l CROSS JOIN lti_bridge_resourcelink r JOIN lti_bridge_context c ON c.id = r.context_id
    WHERE l.user_id LIKE %(like)s AND c.context_id LIKE %(like)s""",
    """INSERT INTO lti_bridge_cell
    (learner_id, resource_link_id, platform_id, state, lti11_id, outcome_service_url, result_sourcedid, accepts,
    wanted_version, held, sent_version, found_score, tries_used, crashes, reason, reason_text, updated_at)
    SELECT a.learner_id, a.resource_link_id, %(platform)s, 'delivered', %(registration)s, 'https://x.example',
    'sid-' || a.id, '[]', 1, false, 1, '', 1, 0, '', '', now()
    FROM lti_bridge_attempt a JOIN lti_bridge_learner l ON l.id = a.learner_id WHERE l.user_id LIKE %(like)s""",
    """INSERT INTO lti_bridge_launchrecord
    (platform_id, lti11_id, nonce, message_type, reference, refused, is_instructor, details, received_at)
    SELECT %(platform)s, %(registration)s, %(term)s || '-' || i, 'basic-lti-launch-request', 'old', '', false, '{}',
    now() FROM generate_series(1, %(attempts)s) i""",
    "ANALYZE",
)


def fill(attempts: int) -> None:
    """Attempts, and what comes with them, of earlier terms: ten attempts a learner."""
    term = f"t{attempts}"
    values = {
        "platform": Platform.objects.get(name="bench-lms").pk,
        "activity": Activity.objects.get(slug="bench").pk,
        "registration": Lti11Registration.objects.get(consumer_key="bench").pk,
        "term": term,
        "like": f"{term}-%",
        "learners": max(attempts // 10, 1),
        "attempts": attempts,
    }
    with connection.cursor() as cursor:
        for statement in FILL:
            cursor.execute(statement, values)


def signed(user: int) -> bytes:
    """A launch as Moodle sends it, signed by oauthlib's own client."""
    fields = {
        "lti_message_type": "basic-lti-launch-request",
        "lti_version": "LTI-1p0",
        "resource_link_id": "42",
        "resource_link_title": "Excel, basic",
        "resource_link_description": "The certification at the end of the course.",
        "user_id": f"u{user}",
        "roles": "Learner",
        "lis_person_name_given": "Zoë",
        "lis_person_name_family": f"Sample {user}",
        "lis_person_name_full": f"Zoë Sample {user}",
        "lis_person_contact_email_primary": f"u{user}@example.edu",
        "context_id": "7",
        "context_label": "IT-1",
        "context_title": "Informatics 1",
        "context_type": "CourseSection",
        # Moodle's differs at every launch.
        "lis_result_sourcedid": f'{{"data":{{"userid":"{user}","launchid":{time.time_ns()}}},"hash":"x"}}',
        "lis_outcome_service_url": "https://lms.example.edu/mod/lti/service.php",
        "launch_presentation_locale": "en",
        "launch_presentation_document_target": "iframe",
        "launch_presentation_return_url": "https://lms.example.edu/mod/lti/return.php?course=2",
        "tool_consumer_info_product_family_code": "moodle",
        "tool_consumer_info_version": "2024100706",
        "tool_consumer_instance_guid": "lms.example.edu",
        "tool_consumer_instance_name": "Sample University",
        "ext_user_username": f"u{user}",
        "ext_lms": "moodle-2",
        "oauth_callback": "about:blank",
    }
    client = oauth1.Client("bench", client_secret=SECRET, signature_type=oauth1.SIGNATURE_TYPE_BODY)
    _, _, body = client.sign(
        f"{settings.BASE_URL}/lti/1.1/launch/bench",
        http_method="POST",
        body=urlencode(fields),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    return body.encode() if isinstance(body, str) else body


def run(port: int, server: psutil.Process, bodies: list[bytes]) -> tuple[float, float]:
    """CPU seconds of the server a launch, and launches a second, one after the other."""
    client = http.client.HTTPConnection("127.0.0.1", port)
    worker = server.children()[0]
    before, start = sum(worker.cpu_times()[:2]), time.perf_counter()
    for body in bodies:
        client.request(
            "POST",
            "/lti/1.1/launch/bench",
            body,
            {
                "Content-Type": "application/x-www-form-urlencoded",
                "Host": "localhost",
                "Origin": "https://lms.example.edu",
            },
        )
        answer = client.getresponse()
        page = answer.read()
        if answer.status != 200 or b"custom_act_id" not in page:
            raise SystemExit(f"launch answered {answer.status}:\n{page.decode()[:2000]}")
    wall = time.perf_counter() - start
    return (sum(worker.cpu_times()[:2]) - before) / len(bodies), len(bodies) / wall


def measure(count: int, stored: int) -> None:
    """Print a table of launches: few rows stored, many rows stored."""
    make_world()
    print("| LTI 1.1 launches | attempts stored | CPU of our process | launches a second, one at a time |")
    print("|---|---|---|---|")
    for rows in (10, stored):
        fill(rows)
        with one_thread() as (port, server):
            offset = rows * 10
            run(port, server, [signed(offset + user) for user in range(200)])
            first = run(port, server, [signed(offset + 1000 + user) for user in range(count)])
            again = run(port, server, [signed(offset + 1000 + user) for user in range(count)])
        for name, (cpu, rate) in (("first of a learner", first), ("again", again)):
            print(f"| {name} | {rows:,} | {cpu * 1000:.2f} ms | {rate:.0f} |", flush=True)
    print()
