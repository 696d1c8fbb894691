"""Results of an exam: one pass over everybody who sat it, from the export to what cells want, with PostgreSQL."""

import json
import os
import subprocess
import sys
from typing import Any

from django.utils import timezone

from lti_bridge.models import Account, Activity, Attempt, Candidate, Cell, Learner, LineItem, ProviderTest, ResourceLink
from tests.ags_server import Platform, ags_server
from tests.delivery.columns import make_column_link, our_keys, told
from tests.inspera_server import Server

TEST = "7"
#: Letters of the one essay that each candidate wrote.
ESSAY = 3000


def measure(count: int) -> None:
    """Print a table: the first results, the same again, and all of them revised."""
    server = Server()
    with ags_server(Platform(mode="moodle", keys=our_keys())) as book:
        link = make_column_link(book, key="bench-results")
        book.add_column(resourceLinkId=link.resource_link_id)
        test = _exam(count, server, link, told(link, book.claim(link.resource_link_id)))
        print("| results of one exam | candidates | seconds | CPU of our process | CPU each | most memory |")
        print("|---|---|---|---|---|---|")
        for name, plus in (("all new", 0), ("nothing new", 0), ("all revised", 1)):
            _offer(server, count, plus)
            ProviderTest.objects.filter(pk=test.pk).update(look_at=timezone.now(), looks=0)
            found = _passed(test)
            each = found["cpu"] / count * 1000
            print(
                f"| {name} | {count:,} | {found['seconds']:.1f} | {found['cpu']:.1f} s | {each:.2f} ms "
                f"| {found['memory']:.0f} MB |",
                flush=True,
            )
            assert Cell.objects.filter(resource_link=link, wanted_version=1 + plus).count() == count
    server.shutdown()
    server.server_close()


def _passed(test: ProviderTest) -> dict[str, float]:
    """What a pass costs in a process of its own, which does nothing else."""
    command = [sys.executable, "-m", "tests.benchmarks.results_pass", str(test.pk)]
    done = subprocess.run(command, env=dict(os.environ), check=True, capture_output=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _exam(count: int, server: Server, link: ResourceLink, line_item: LineItem) -> ProviderTest:
    """Everybody at the test, as launches leave it: attempts open, the link bound, a cell with an address for each."""
    account = Account.objects.create(
        name="inspera-bench",
        provider="inspera_assessment",
        settings={"base_url": server.url, "client_id": "demo", "entry": "url"},
        secrets={"code": "123456-7890-abcd-efgh"},
    )
    activity = Activity.objects.create(
        slug="bench-exam", title="Exam", account=account, action="take_test", parameters={"test_id": TEST}
    )
    ResourceLink.objects.filter(pk=link.pk).update(activity=activity)
    platform = link.context.platform
    people = Learner.objects.bulk_create(
        Learner(platform=platform, user_id=f"exam-{number}") for number in range(count)
    )
    known = Candidate.objects.bulk_create(
        Candidate(learner=each, account=account, provider_candidate_id=str(number), known_as=each.opaque_id)
        for number, each in enumerate(people, 1)
    )
    sitting: dict[str, Any] = {"resource_link": link, "activity": activity, "number": 1, "provider_attempt_id": TEST}
    Attempt.objects.bulk_create(
        Attempt(learner=each.learner, candidate=each, state="opened", **sitting) for each in known
    )
    Cell.objects.bulk_create(
        Cell(learner=each, resource_link=link, platform=platform, line_item=line_item) for each in people
    )
    return ProviderTest.objects.create(account=account, provider_test_id=TEST, look_at=timezone.now())


def _offer(server: Server, count: int, plus: int) -> None:
    """The submissions document that Inspera has of the test."""
    answer = {"ext_inspera_response_identifier": "RESPONSE-1", "ext_inspera_response": "w" * ESSAY}
    questions = [
        {
            "ext_inspera_questionNumber": str(number),
            "ext_inspera_questionTitle": f"Question {number}",
            "ext_inspera_maxQuestionScore": 10.0,
            "ext_inspera_autoScore": 5.0,
            "ext_inspera_candidateResponses": [answer] if number == 1 else [],
        }
        for number in range(1, 11)
    ]
    people = [
        {
            "result": {
                "student": {"sourcedId": number},
                "ext_inspera_attendance": True,
                "ext_inspera_totalScore": number % 100 + plus,
                "ext_inspera_finalGradeDate": "2026-01-31T12:00:00Z",
                "ext_inspera_questions": questions,
            }
        }
        for number in range(1, count + 1)
    ]
    document = {"ext_inspera_candidates": people, "ext_inspera_maxTotalScore": 100.0}
    raw = json.dumps(document).encode()
    server.answer("GET", f"/api/v1/test/{TEST}/submissions", lambda: server.export(raw))
