"""The roster at a provider with an API: what teachers can have done there, and what they open there."""

import io
import zipfile
from collections.abc import Generator
from dataclasses import replace
from typing import Any

import pytest
from django.core.signals import request_finished
from django.db import close_old_connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lti_bridge import acting, archiving
from lti_bridge.models import Activity, Attempt, LaunchRecord, Learner, ProviderAct, ResourceLink
from lti_bridge.pages.access import grant
from lti_bridge.providers import provider_of
from tests import isograd_bench
from tests.isograd_bench import Bench
from tests.isograd_server import Answer, refuse
from tests.relay.sitting import sit
from tests.world import HISTORY, INES, signed_launch

pytestmark = pytest.mark.django_db

api, account, bench = isograd_bench.api, isograd_bench.account, isograd_bench.bench


@pytest.fixture
def opened(bench: Bench) -> Bench:
    """Alice's test is there and not begun; the link opens the activity."""
    bench.sat(status=1)
    ResourceLink.objects.update(activity=bench.activity)
    bench.api.requests.clear()
    return bench


def launched(bench: Bench, *, teaches: bool = True, **details: object) -> LaunchRecord:
    ines, _made = Learner.objects.get_or_create(
        platform=bench.world.platform, user_id="ines-3", defaults={"email": "ines@example.edu", "full_name": "Ines"}
    )
    return LaunchRecord.objects.create(
        platform=bench.world.platform,
        lti11=bench.world.lti11,
        nonce=f"n{LaunchRecord.objects.count()}",
        reference="3f2a-91bc-77d0",
        is_instructor=teaches,
        resource_link=bench.fresh().resource_link,
        learner=ines,
        details={"locale": "en", **details},
        received_at=bench.attempt.created_at,
    )


def address(record: LaunchRecord, name: str = "roster", **kwargs: object) -> str:
    return reverse(name, kwargs={"access": grant(record), **kwargs})


def roster(client: Client, bench: Bench, query: str = "") -> str:
    return client.get(address(launched(bench)) + query).content.decode()


def press(client: Client, bench: Bench, what: str, attempt: int | None = None, **fields: str):
    number = bench.attempt.pk if attempt is None else attempt
    return client.post(address(launched(bench), "roster-provider-act", attempt=number, what=what), fields)


def test_the_roster_offers_what_suits_each_attempt(client: Client, opened: Bench) -> None:
    page = roster(client, opened)
    for label in ("Add proctoring", "Remove proctoring", "Delete the test", "Send the registration e-mail"):
        assert label in page
    assert "Add a confirmation test" not in page
    assert "For all learners at once" not in page


def test_what_harms_nothing_is_done_at_once_and_said(client: Client, opened: Bench) -> None:
    answer = press(client, opened, "remove_proctoring")
    assert (answer.status_code, opened.api.acts) == (303, ["17"])
    page = client.get(answer["Location"]).content.decode()
    assert "Remove proctoring:" in page and "not proctored any more" in page
    act = ProviderAct.objects.get()
    assert (act.teacher.user_id, act.reference, act.learner) == ("ines-3", "3f2a-91bc-77d0", opened.attempt.learner)


@pytest.mark.parametrize("what", ["delete_test", "add_proctoring", "send_registration_email"])
def test_what_costs_or_destroys_is_asked_about_first(client: Client, opened: Bench, what: str) -> None:
    answer = press(client, opened, what)
    page = answer.content.decode()
    assert (answer.status_code, opened.api.requests) == (200, [])
    assert 'name="sure" value="yes"' in page and "Alice Liddell" in page and "Leave it as it is" in page
    press(client, opened, what, sure="yes", mai_tem_id="3")
    assert len(opened.api.requests) == 1


def test_what_is_missing_is_asked_for_again(client: Client, opened: Bench) -> None:
    answer = press(client, opened, "send_registration_email", sure="yes", sen_dat="2026-12-01")
    page = answer.content.decode()
    assert (answer.status_code, opened.api.requests) == (400, [])
    assert "Template is missing." in page and 'value="2026-12-01"' in page


def test_a_refusal_is_said_in_words_on_the_roster(client: Client, opened: Bench) -> None:
    opened.api.answers["16"] = refuse(303)
    answer = press(client, opened, "add_proctoring", sure="yes")
    assert "buy proctoring credits" in client.get(answer["Location"]).content.decode()


def test_the_report_opens(client: Client, opened: Bench) -> None:
    opened.api.tests[0].status, opened.api.tests[0].score = 3, 800
    opened.look()
    answer = press(client, opened, "report_pdf")
    assert (answer.status_code, answer["Location"].startswith(f"{opened.api.url}/report/")) == (303, True)


@pytest.fixture
def two_over(opened: Bench) -> Bench:
    """Alice's test and Bob's are over."""
    bob = replace(opened, attempt=sit(opened.world, user_id="bob-2", activity=opened.activity))
    bob.sat(700)
    bob.look()
    opened.api.tests[0].status, opened.api.tests[0].score = 3, 800
    opened.look()
    opened.api.requests.clear()
    return opened


def archive_of(response: Any) -> dict[str, bytes]:
    assert (response.status_code, response["Content-Type"], response["Cache-Control"]) == (
        200,
        "application/zip",
        "no-store",
    )
    with zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content))) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_reports_of_all_come_in_one_archive(client: Client, two_over: Bench) -> None:
    assert "See the report (PDF) (2)" in roster(client, two_over)
    files = archive_of(press(client, two_over, "report_pdf", 0))
    ids = [test.pla_tst_id for test in two_over.api.tests]
    assert sorted(files.values()) == sorted(f"%PDF-1.7 /report/{each}.pdf".encode() for each in ids)
    assert any(name.startswith("alice-liddell-") and name.endswith(".pdf") for name in files)
    assert set(ProviderAct.objects.values_list("state", "teacher__user_id")) == {("done", "ines-3")}
    assert "2 of 2 done." in roster(client, two_over)


def test_a_report_that_cannot_be_had_is_left_out_and_told(client: Client, two_over: Bench) -> None:
    two_over.api.answers["6"] = refuse(501)
    assert archive_of(press(client, two_over, "report_pdf", 0)) == {}
    page = roster(client, two_over)
    assert "0 of 2 done." in page and "Alice Liddell:" in page


@pytest.mark.parametrize("answer", [Answer(404, b"gone"), Answer(200, b"<html>log in</html>", "text/html")])
def test_what_is_no_report_gets_into_no_archive(client: Client, two_over: Bench, answer: Answer) -> None:
    two_over.api.report = answer
    assert archive_of(press(client, two_over, "report_pdf", 0)) == {}
    assert set(ProviderAct.objects.values_list("state", flat=True)) == {"refused"}


def test_whoever_goes_away_ends_the_archive_and_nothing_stays_under_way(two_over: Bench) -> None:
    parts = begun_archive()
    parts.close()
    assert sorted(ProviderAct.objects.values_list("state", flat=True)) == ["done", "refused"]
    assert ProviderAct.objects.get(state="refused").told == "The download ended before it."


def test_an_archive_whose_process_died_is_given_up(two_over: Bench) -> None:
    parts = begun_archive()
    ProviderAct.objects.update(created_at=timezone.now() - acting.ARCHIVE_GIVEN_UP)
    acting.carry_out_waiting(seconds=5)
    assert sorted(ProviderAct.objects.values_list("state", flat=True)) == ["done", "unclear"]
    parts.close()


def test_one_archive_of_a_link_at_a_time(client: Client, two_over: Bench) -> None:
    """Each holds a thread of the web server."""
    parts = begun_archive()
    answer = press(client, two_over, "report_pdf", 0)
    assert not answer.streaming
    assert "Such an archive is being made at this moment." in answer.content.decode()
    assert ProviderAct.objects.count() == 2
    parts.close()
    assert len(archive_of(press(client, two_over, "report_pdf", 0))) == 2


def test_who_goes_away_before_the_first_part_keeps_nobody_waiting(client: Client, two_over: Bench) -> None:
    go_away(press(client, two_over, "report_pdf", 0))
    assert set(ProviderAct.objects.values_list("state", "told")) == {("refused", "The download ended before it.")}
    assert two_over.api.requests == []
    assert len(archive_of(press(client, two_over, "report_pdf", 0))) == 2


def test_an_archive_that_takes_too_long_ends_with_what_there_is(
    client: Client, two_over: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archiving, "WHOLE_DEADLINE", 0.0)
    assert archive_of(press(client, two_over, "report_pdf", 0)) == {}
    assert set(ProviderAct.objects.values_list("state", "told")) == {("refused", "The download took too long.")}
    assert two_over.api.requests == []


def go_away(answer: Any) -> None:
    """What the web server does when a browser has gone; the database's connection is the test's, and stays."""
    request_finished.disconnect(close_old_connections)
    answer.close()
    request_finished.connect(close_old_connections)


def begun_archive() -> Generator[bytes, None, None]:
    """An archive of two reports of which the first is under way."""
    rows = Attempt.objects.select_related("candidate__account", "activity__account", "learner").order_by("pk")
    kind = provider_of("isograd").attempt_acts["report_pdf"].archived
    assert kind is not None
    parts = archiving.stream(archiving.begin(rows, "report_pdf"), kind)
    assert next(parts) == b"" and next(parts)
    return parts


def test_all_learners_at_once_with_progress_in_words(client: Client, opened: Bench) -> None:
    bob = sit(opened.world, user_id="bob-2", activity=opened.activity)
    Attempt.objects.filter(pk=bob.pk).update(provider_attempt_id="999999")
    assert "For all learners at once" in roster(client, opened)
    asked = press(client, opened, "add_proctoring", 0)
    assert "2 learners" in asked.content.decode()
    press(client, opened, "add_proctoring", 0, sure="yes")
    assert "0 of 2 done. 2 are still to do" in roster(client, opened)
    acting.carry_out_waiting(seconds=10)
    page = roster(client, opened)
    assert "1 of 2 done." in page
    assert "Alice Liddell:" in page or "bob" in page.lower()


@pytest.mark.parametrize(("what", "attempt"), [("make_coffee", None), ("add_proctoring", 999_999), ("report_pdf", 0)])
def test_nothing_else_can_be_done(client: Client, opened: Bench, what: str, attempt: int | None) -> None:
    assert press(client, opened, what, attempt, sure="yes").status_code == 404
    assert opened.api.requests == []


def test_attempts_of_another_link_are_out_of_reach(client: Client, opened: Bench) -> None:
    other = ResourceLink.objects.create(context=opened.fresh().resource_link.context, resource_link_id="link-9")
    Attempt.objects.update(resource_link=other)
    record = launched(opened)
    LaunchRecord.objects.filter(pk=record.pk).update(resource_link=ResourceLink.objects.get(resource_link_id="link-1"))
    url = address(record, "roster-provider-act", attempt=opened.attempt.pk, what="delete_test")
    assert client.post(url, {"sure": "yes"}).status_code == 404
    assert opened.api.requests == []


def test_a_learner_can_do_none_of_it(client: Client, opened: Bench) -> None:
    record = launched(opened, teaches=False)
    for name, more in (
        ("roster-provider-act", {"attempt": opened.attempt.pk, "what": "delete_test"}),
        ("teacher-open", {}),
    ):
        assert client.post(address(record, name, **more), {"sure": "yes"}).status_code == 403
    assert opened.api.requests == []


def test_an_account_without_an_api_offers_nothing(client: Client, opened: Bench) -> None:
    opened.account.secrets = {}
    opened.account.save()
    assert "At the provider" not in roster(client, opened)
    assert press(client, opened, "add_proctoring", sure="yes").status_code == 404


def test_the_roster_says_who_somebody_is_at_the_provider(client: Client, opened: Bench) -> None:
    assert f"Candidate {opened.api.candidates['alice-1@example.edu']}" in roster(client, opened)


# --- administration -------------------------------------------------------------------------


@pytest.fixture
def administered(opened: Bench) -> Bench:
    """The link opens the administration, and Ines is on the account's list."""
    Activity.objects.filter(pk=opened.activity.pk).update(action="admin_space", parameters={})
    opened.activity.refresh_from_db()
    ines = {"platform": opened.world.platform.name, "user_id": "ines-3", "email": "ines@example.edu"}
    opened.set(administrators=[ines])
    return opened


def test_a_teacher_opens_the_administration_from_the_roster(client: Client, administered: Bench) -> None:
    assert "Open the administration" in roster(client, administered)
    answer = client.post(address(launched(administered), "teacher-open"))
    assert (answer.status_code, answer["Location"]) == (303, f"{administered.api.url}/administration/ines@example.edu")
    assert ProviderAct.objects.get().what == "admin_space"


def test_an_assistant_does_not(client: Client, administered: Bench) -> None:
    """An assistant sees the roster, and is no teacher."""
    assert client.post(address(launched(administered, assists=True), "teacher-open")).status_code == 403
    assert administered.api.requests == []


def test_an_assistants_launch_is_remembered_as_one(client: Client, administered: Bench) -> None:
    signed_launch(client, **HISTORY, **(INES | {"roles": "TeachingAssistant"}))
    assert LaunchRecord.objects.latest("pk").details.get("assists") is True
    signed_launch(client, **HISTORY, **(INES | {"roles": "TeachingAssistant,Instructor"}))
    assert "assists" not in LaunchRecord.objects.latest("pk").details


def test_a_learners_launch_of_it_opens_nothing(client: Client, administered: Bench) -> None:
    answer = signed_launch(client, **HISTORY)
    assert (answer.status_code, "for those who teach" in answer.content.decode()) == (403, True)
    assert administered.api.requests == []
    assert LaunchRecord.objects.latest("pk").refused == "for_teachers_only"


def test_a_test_is_not_opened_that_way(client: Client, opened: Bench) -> None:
    answer = client.post(address(launched(opened), "teacher-open"))
    assert (answer.status_code, opened.api.requests) == (422, [])
