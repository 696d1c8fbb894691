"""A rehearsal of everything that breaks between a document's receipt and the provider's acknowledgement.

`python -m tests.faults.document_rehearsal --documents 60 --kills 8` needs DATABASE_URL (its own and empty) and
CELERY_BROKER_URL. Real workers, killed; a provider over sockets whose storage hangs up, refuses and lets addresses
expire. It prints one JSON report and exits 0 when each document is there exactly once.
"""

import argparse
import json
import os
import random
import shutil
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tests.faults.rehearsal import Workers, prepare_environment, wait_while, wipe_broker
from tests.http_server import Answer, Asked, serve

#: As in saboteur.py.
POINTS = (
    "after_document_claim", "before_document_write", "after_document_write", "before_register", "after_register",
    "before_placed", "after_placed", "before_upload", "after_upload", "amid_upload", "before_passed_on",
    "after_passed_on",
)  # fmt: skip
TITLE = "documentTitle"


@dataclass
class Report:
    """What the rehearsal found."""

    documents: int = 0
    kills: int = 0
    wipes: int = 0
    registered: int = 0
    uploads: int = 0
    cuts: int = 0
    expired: int = 0
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    states: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def clean(self) -> bool:
        return not self.lost and not self.twice and set(self.states) <= {"passed_on", "unclear"}


@dataclass
class Vendor:
    """Registers documents, and has storage at an address of its own. Until it is healed, some of all goes wrong."""

    storage_url: str = ""
    titles: dict[str, str] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    odds: float = 0.15
    counts: Counter[str] = field(default_factory=Counter)

    def api(self, asked: Asked) -> Answer:
        path = urlsplit(asked.path).path
        if path == "/token":
            return _json({"token": "t", "expirationTime": int((time.time() + 86_400) * 1000)})
        if random.random() < self.odds:
            return _json({"message": "busy"}, 503)
        if path == "/create/submission":
            number = f"d-{len(self.titles) + 1:04}"
            self.titles[number] = json.loads(asked.body)[TITLE]
            self.counts["registered"] += 1
            self._cut()
            return _json({"message": "ok", "documentId": number, "presignedS3Url": f"{self.storage_url}/{number}?s=1"})
        number = path.split("/")[2]
        status = -1 if number in self.contents else 0
        return _json({"message": "status", "status": status})

    def store(self, asked: Asked) -> Answer:
        number = urlsplit(asked.path).path.strip("/")
        self.counts["uploads"] += 1
        if random.random() < self.odds / 2:
            self.counts["expired"] += 1
            return 403, {}, b"<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"
        if len(asked.body) != int(asked.headers["content-length"]):
            raise ConnectionError("cut amid the body")
        self.contents[number] = asked.body
        self._cut()
        return 200, {}, b""

    def _cut(self) -> None:
        if random.random() < self.odds:
            self.counts["cuts"] += 1
            raise ConnectionError("the answer gets lost")


def _json(told: dict[str, Any], status: int = 200) -> Answer:
    return status, {}, json.dumps(told).encode()


def rehearse(options: argparse.Namespace) -> Report:
    """Promise documents while everything around breaks; then let the world heal, and compare."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, skip_checks=True)
    report, vendor, started = Report(documents=options.documents), Vendor(), time.monotonic()
    with serve(vendor.api) as api, serve(vendor.store, host="127.0.0.3") as storage:
        vendor.storage_url = storage.url
        world = _make_world(api.url, storage.url)
        workers = Workers(2, options.crash_at)
        try:
            promised = _promise_amid_faults(options, report, world, workers)
            vendor.odds = 0
            wait_while(_is_due, workers, options.patience)
        finally:
            workers.stop()
    report.seconds = round(time.monotonic() - started, 1)
    _compare(report, vendor, promised)
    return report


def _make_world(api_url: str, storage_url: str) -> Any:
    from lti_bridge.models import Account, Activity
    from tests.pages.course import make_course

    course = make_course()
    account = Account.objects.create(
        name="originality",
        provider="inspera_originality",
        settings={
            "profile": "current",
            "base_url": api_url,
            "institution_id": "i",
            "upload_hosts": [storage_url],
        },
        secrets={"client_id": "c"},
    )
    course.link.activity = Activity.objects.create(
        slug="essay", title="Essay", account=account, action="submit_document", parameters={"documentLanguage": "en"}
    )
    course.link.save()
    return course


def _promise_amid_faults(
    options: argparse.Namespace, report: Report, course: Any, workers: Workers
) -> dict[str, bytes]:
    promised: dict[str, bytes] = {}
    every = max(options.documents // (options.kills + 1), 1)
    for number in range(options.documents):
        title = f"Document {number:04}"
        promised[title] = b"%PDF-1.7 " + title.encode() + os.urandom(random.randrange(100, options.largest))
        _hand_in(course, title, promised[title])
        if number % every == every - 1:
            workers.kill_one()
            report.kills += 1
        if number == options.documents // 2:
            wipe_broker()
            report.wipes += 1
        workers.mend()
        time.sleep(options.spacing)
    return promised


def _hand_in(course: Any, title: str, content: bytes) -> None:
    from lti_bridge import flow, placements
    from lti_bridge.documents import handing_in
    from lti_bridge.documents.arriving import Arrival
    from lti_bridge.documents.rules import rules_of
    from lti_bridge.models import Attempt

    learner = course.learner(title)
    learner.email = "somebody@example.edu"
    learner.save()
    flow.open_activity(placements.placement_of(course.launch(learner)))
    rules = rules_of(course.link.activity)
    with Arrival(Attempt.objects.get(learner=learner), rules) as arrival:
        arrival.begin("essay.pdf")
        arrival.take(content)
        arrival.end()
        handing_in.hand_in(arrival, rules, title=title)


def _is_due() -> bool:
    from lti_bridge.models import Document

    return Document.objects.filter(next_try_at__isnull=False).exists()


def _compare(report: Report, vendor: Vendor, promised: dict[str, bytes]) -> None:
    from django.db.models import Count

    from lti_bridge.models import Document

    # Of these the provider cannot say whether it has them, and a person decides; their content is still here.
    unclear = set(Document.objects.filter(state="unclear", pieces__number=0).values_list("title", flat=True))
    held: dict[str, list[bytes]] = {}
    for number, content in vendor.contents.items():
        held.setdefault(vendor.titles[number], []).append(content)
    for title, content in promised.items():
        contents = held.get(title, [])
        if content not in contents and title not in unclear:
            report.lost.append(title)
        if len(contents) > 1:
            report.twice.append(title)
    report.states = dict(Document.objects.order_by().values_list("state").annotate(Count("pk")))
    report.registered, report.uploads = vendor.counts["registered"], vendor.counts["uploads"]
    report.cuts, report.expired = vendor.counts["cuts"], vendor.counts["expired"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=60)
    parser.add_argument("--kills", type=int, default=8)
    parser.add_argument("--largest", type=int, default=2_500_000)
    parser.add_argument("--spacing", type=float, default=0.1, help="seconds between documents")
    parser.add_argument("--patience", type=float, default=180.0)
    parser.add_argument("--crash-at", default=",".join(f"{point}:0.03" for point in POINTS))
    options = parser.parse_args()
    report = rehearse(options)
    print(json.dumps(asdict(report) | {"clean": report.clean}))
    sys.exit(0 if report.clean else 1)


if __name__ == "__main__":
    prepare_environment()
    # A document's lease is three of these.
    os.environ |= {"LEASE_SECONDS": "2", "SEND_DEADLINE_SECONDS": "1.5"}
    try:
        main()
    finally:
        shutil.rmtree(os.environ["DATA_DIR"], ignore_errors=True)
