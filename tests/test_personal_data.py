"""All about one person: nothing is missing when it is given out, and nothing is left when it is erased."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.utils import timezone

from lti_bridge import personal_data
from lti_bridge.models import Attempt, AttemptState, Candidate, Cell, Learner, ProviderAct, ProviderEvent, Try
from lti_bridge.pages.refused import note_not_opened
from tests.relay.sitting import message, send
from tests.world import ALICE, BIOLOGY, BOB, HISTORY, LAUNCH_PATH, launch_fields, make_world, signed_launch

pytestmark = pytest.mark.django_db


def live(person: dict[str, str]) -> Learner:
    """A person who opens two links, sits a test, is graded, and about whom all else happens that leaves a row."""
    for place in (HISTORY, BIOLOGY, HISTORY):
        signed_launch(Client(), fields=launch_fields(person, place), path=f"{LAUNCH_PATH}/excel-basic")
    learner = Learner.objects.get(user_id=person["user_id"])
    first, second = Attempt.objects.filter(learner=learner).order_by("pk")
    send(message(first.key, "0.7"))
    Client().get(f"/callbacks/isograd/isograd-test/{second.key}/done", {"who": person["user_id"]})
    Client().get(f"/callbacks/isograd/isograd-test/{second.key}/return")
    # Refused, and so of no attempt; it names one all the same.
    Attempt.objects.filter(pk=second.pk).update(state=AttemptState.CANCELLED)
    send(message(second.key, "0.9"))
    send(message(learner.opaque_id, "0.9"))
    for cell in Cell.objects.filter(learner=learner):
        Try.objects.create(
            cell=cell, kind="send", version=1, started_at=timezone.now(), reason_text=f"{person['user_id']} is unknown"
        )
        _noted(cell, str(cell))
    _noted(learner, str(learner))
    Candidate.objects.filter(learner=learner).update(known_as=learner.email)
    ProviderAct.objects.create(account=first.account, what="add_proctoring", learner=learner, attempt=first)
    note_not_opened(learner.launch_records.latest("pk"), "no_attempt_left")
    return learner


def _noted(row: Any, said: str) -> None:
    user, _made = get_user_model().objects.get_or_create(username="admin")
    LogEntry.objects.create(
        user=user,
        content_type=ContentType.objects.get_for_model(row),
        object_id=str(row.pk),
        object_repr=said,
        action_flag=CHANGE,
    )


def everything() -> Iterator[tuple[str, str]]:
    """Each row of each table of the database, as text."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608 - names of our tables
            for row in cursor.fetchall():
                yield table, str(row)


def tables_with(*texts: str) -> set[str]:
    return {table for table, row in everything() if any(text in row for text in texts)}


@pytest.fixture
def alice(db: None) -> Learner:
    make_world()
    live(BOB)
    return live(ALICE)


def identifiers(learner: Learner) -> list[str]:
    keys = Attempt.objects.filter(learner=learner).values_list("key", flat=True)
    told = ("user_id", "lis_person_name_given", "lis_person_name_family", "lis_person_contact_email_primary")
    return [*(ALICE[name] for name in told), learner.opaque_id, *keys]


def test_no_table_names_an_erased_person(alice: Learner) -> None:
    named = identifiers(alice)
    # Else this test would look for nothing.
    assert tables_with(*named) == {
        "django_admin_log",
        *(f"lti_bridge_{name}" for name in ("attempt", "candidate", "cell", "learner", "providerevent", "try")),
    }
    personal_data.erase(alice)
    assert tables_with(*named) == set()


def test_erasing_one_leaves_the_others_as_they_are(alice: Learner) -> None:
    bob = Learner.objects.get(user_id=BOB["user_id"])
    before = personal_data.export(bob)
    assert before["grades"] and before["tries"] and len(before["events"]) == 5
    personal_data.erase(alice)
    assert personal_data.export(bob) == before


def test_erasing_says_how_much_there_was(alice: Learner) -> None:
    assert personal_data.erase(alice) == {
        "learners": 1,
        "candidates": 1,
        "launches": 3,
        "attempts": 2,
        "events": 5,
        "grades": 1,
        "cells": 2,
        "tries": 2,
        "acts_at_providers": 1,
        "administrators' notes": 3,
    }


def test_an_erased_person_begins_anew(alice: Learner) -> None:
    personal_data.erase(alice)
    signed_launch(Client(), path=f"{LAUNCH_PATH}/excel-basic")
    again = Learner.objects.get(user_id=ALICE["user_id"])
    assert again.opaque_id != alice.opaque_id and again.attempts.get().number == 1


def test_all_that_is_kept_is_given_out(alice: Learner) -> None:
    told = personal_data.export(alice)
    assert {name: len(rows) for name, rows in told.items() if name != "learner"} == {
        "candidates": 1,
        "launches": 3,
        "attempts": 2,
        "events": 5,
        "grades": 1,
        "cells": 2,
        "tries": 2,
        "acts_at_providers": 1,
    }
    assert told["learner"]["email"] == "alice@example.edu" and told["learner"]["platform"] == "campus-moodle"
    assert told["attempts"][0]["activity"] == "Excel, basic" and told["attempts"][0]["resource_link"] == "Excel test"
    assert told["grades"][0]["raw_score"] == "0.7"
    assert told["grades"][0]["attempt"] == told["attempts"][0]["id"]
    assert "0.7" in told["events"][0]["raw_body"]


def test_what_opens_something_is_not_given_out(alice: Learner) -> None:
    told = personal_data.export(alice)
    assert "key" not in told["attempts"][0] and "nonce" not in told["launches"][0] and "lease" not in told["cells"][0]


def test_nobody_elses_data_is_given_out(alice: Learner) -> None:
    assert "bob" not in str(personal_data.export(alice)).lower()


def test_a_person_of_whom_little_is_kept_has_empty_lists(alice: Learner) -> None:
    stranger = Learner.objects.create(platform=alice.platform, user_id="new-9")
    told = personal_data.export(stranger)
    assert told["learner"]["user_id"] == "new-9" and told["grades"] == told["events"] == []
    assert personal_data.erase(stranger) == {"learners": 1}


def test_what_erasing_does_not_reach_is_said(alice: Learner) -> None:
    alice.candidates.update(provider_candidate_id="cdt-77")
    told = " ".join(personal_data.what_stays(alice))
    for text in ("campus-moodle keeps", "Isograd (TOSA)", "isograd-test", alice.opaque_id, "cdt-77", "backups"):
        assert text in told


def test_events_of_nobody_stay(alice: Learner) -> None:
    send(message("a.unknown", "0.5"))
    personal_data.erase(alice)
    assert ProviderEvent.objects.filter(raw_body__contains="a.unknown").count() == 1
