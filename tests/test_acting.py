"""What people have done at providers: written down first, done once, and said what came of it."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from lti_bridge import acting, tasks
from lti_bridge.errors import CannotCall
from lti_bridge.models import Attempt, ProviderAct
from tests import isograd_bench
from tests.isograd_bench import Bench
from tests.isograd_server import Answer, refuse
from tests.relay.sitting import sit

pytestmark = pytest.mark.django_db

api, account, bench = isograd_bench.api, isograd_bench.account, isograd_bench.bench


@pytest.fixture
def opened(bench: Bench) -> Bench:
    """Alice's test is there and not begun."""
    bench.sat(status=1)
    bench.api.requests.clear()
    return bench


def one(bench: Bench, name: str, **filled: str) -> ProviderAct:
    row, _url = acting.about_attempt(bench.fresh(), name, filled, teacher=None, reference="1111-2222-3333")
    return ProviderAct.objects.get(pk=row.pk)


def another(bench: Bench, user_id: str) -> Attempt:
    """Somebody else's test that is not begun."""
    attempt = sit(bench.world, user_id=user_id, activity=bench.activity)
    bench.attempt, mine = attempt, bench.attempt
    bench.sat(status=1)
    bench.attempt = mine
    return attempt


def every(bench: Bench) -> list[Attempt]:
    return list(Attempt.objects.select_related("candidate__account", "activity__account").order_by("pk"))


#: act → what Isograd is asked, beside the test it is about.
ASKED = {
    "add_proctoring": {"act_id": "16"},
    "remove_proctoring": {"act_id": "17"},
    "delete_test": {"act_id": "23"},
}


@pytest.mark.parametrize("name", ASKED)
def test_one_thing_is_one_request_about_one_test(opened: Bench, name: str) -> None:
    row = one(opened, name)
    assert opened.api.asked() == [ASKED[name] | {"pla_tst_id": opened.fresh().provider_attempt_id}]
    assert (row.state, row.what, row.attempt_id, row.reference) == ("done", name, opened.attempt.pk, "1111-2222-3333")
    assert row.told and row.ended_at


def test_a_deleted_test_is_a_cancelled_attempt_and_the_next_launch_makes_a_new_one(opened: Bench) -> None:
    one(opened, "delete_test")
    assert opened.fresh().state == "cancelled"
    assert opened.api.living() == []


def test_the_registration_e_mail_goes_now_or_on_a_day(opened: Bench) -> None:
    test = opened.fresh().provider_attempt_id
    one(opened, "send_registration_email", mai_tem_id="3")
    one(opened, "send_registration_email", mai_tem_id="3", sen_dat="2026-12-01")
    assert opened.api.asked() == [
        {"act_id": "42", "mai_tem_id": "3", "pla_tst_ids": test},
        {"act_id": "42", "mai_tem_id": "3", "pla_tst_ids": test, "sen_dat": "2026-12-01", "for_sen": "1"},
    ]
    assert ProviderAct.objects.order_by("pk").last().details == {"mai_tem_id": "3", "sen_dat": "2026-12-01"}


def test_the_report_is_an_address_to_go_to(opened: Bench) -> None:
    opened.api.tests[0].status, opened.api.tests[0].score = 3, 800
    opened.look()
    row, url = acting.about_attempt(opened.fresh(), "report_pdf", {})
    assert (row.state, url) == ("done", f"{opened.api.url}/report/{opened.fresh().provider_attempt_id}.pdf")


def test_a_confirmation_test_is_added_to_a_finished_test(opened: Bench) -> None:
    opened.api.tests[0].status, opened.api.tests[0].score = 3, 800
    opened.look()
    assert one(opened, "add_confirmation_test").state == "done"
    assert len(opened.api.tests) == 2


def test_news_are_asked_for_and_understood(opened: Bench) -> None:
    opened.api.tests[0].status, opened.api.tests[0].score = 3, 800
    assert one(opened, "refresh").state == "done"
    assert opened.fresh().state == "graded"


def test_a_refusal_is_in_the_row_in_words(opened: Bench) -> None:
    opened.api.answers["16"] = refuse(303)
    row = one(opened, "add_proctoring")
    assert (row.state, row.reason.partition(":")[0]) == ("refused", "no_proctoring_credits")
    assert "buy proctoring credits" in row.told


@pytest.mark.parametrize("name", ["add_proctoring", "delete_test"])
def test_what_was_not_answered_is_unclear_and_not_repeated(opened: Bench, name: str) -> None:
    opened.api.cut_after = {ASKED[name]["act_id"]}
    row = one(opened, name)
    assert (row.state, "may have been done" in row.told) == ("unclear", True)
    assert len(opened.api.requests) == 1
    assert opened.fresh().state == "opened"


@pytest.mark.parametrize("name", ["report_pdf", "add_confirmation_test", "make_again"])
def test_what_does_not_suit_is_not_asked_for(opened: Bench, name: str) -> None:
    with pytest.raises(CannotCall):
        one(opened, name)
    assert (opened.api.requests, ProviderAct.objects.count()) == ([], 0)


def test_what_nobody_knows_is_not_done(opened: Bench) -> None:
    with pytest.raises(CannotCall):
        one(opened, "make_coffee")


def test_what_is_missing_is_said_and_nothing_is_sent(opened: Bench) -> None:
    with pytest.raises(CannotCall) as wrong:
        one(opened, "send_registration_email", mai_tem_id=" ")
    assert wrong.value.problems == ("Template is missing.",)
    assert ProviderAct.objects.count() == 0


def test_a_test_in_doubt_can_be_made_again(opened: Bench) -> None:
    Attempt.objects.update(provider_attempt_id="", provider_details={"asked_for_new_test": True})
    assert one(opened, "make_again").state == "done"
    assert opened.fresh().provider_details == {}


# --- many -----------------------------------------------------------------------------------


def test_many_are_rows_first_and_then_done_one_by_one(opened: Bench) -> None:
    for user in ("bob-2", "cleo-3"):
        another(opened, user)
    batch = acting.in_bulk(every(opened), "add_proctoring", {}, staff="root")
    rows = ProviderAct.objects.filter(batch=batch)
    assert (rows.count(), set(rows.values_list("state", flat=True))) == (3, {"waiting"})
    opened.api.requests.clear()
    assert tasks.carry_out_acts() == 3
    assert opened.api.acts == ["16", "16", "16"]
    assert set(rows.values_list("state", "staff")) == {("done", "root")}


def test_progress_is_told_while_it_goes_on(opened: Bench) -> None:
    another(opened, "bob-2")
    acting.in_bulk(every(opened), "add_proctoring", {})
    link = opened.attempt.resource_link
    before = acting.progress_of(link)
    assert before is not None and (before.total, before.done, before.left) == (2, 0, 2)
    opened.api.answers["16"] = refuse(303)
    acting.carry_out_waiting(seconds=10)
    after = acting.progress_of(link)
    assert after is not None and (after.done, after.left, len(after.refused)) == (0, 0, 2)
    assert str(after.label) == "Add proctoring"


def test_those_it_does_not_suit_are_left_out(opened: Bench) -> None:
    bob = another(opened, "bob-2")
    Attempt.objects.filter(pk=bob.pk).update(state="graded")
    batch = acting.in_bulk(every(opened), "delete_test", {})
    assert list(ProviderAct.objects.filter(batch=batch).values_list("attempt", flat=True)) == [opened.attempt.pk]
    assert acting.in_bulk([], "delete_test", {}) is None


def test_what_has_moved_on_while_it_waited_is_refused(opened: Bench) -> None:
    acting.in_bulk(every(opened), "delete_test", {})
    Attempt.objects.update(state="started")
    opened.api.requests.clear()
    acting.carry_out_waiting(seconds=10)
    assert (ProviderAct.objects.get().state, opened.api.requests) == ("refused", [])


def test_one_that_fails_does_not_stop_the_others(opened: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    another(opened, "bob-2")
    acting.in_bulk(every(opened), "add_proctoring", {})
    from lti_bridge.providers.isograd import acts

    real, calls = acts.ask, []

    def once_broken(*arguments: object) -> object:
        calls.append(arguments)
        if len(calls) == 1:
            raise ZeroDivisionError
        return real(*arguments)

    monkeypatch.setattr(acts, "ask", once_broken)
    assert acting.carry_out_waiting(seconds=10) == 2
    assert list(ProviderAct.objects.order_by("pk").values_list("state", flat=True)) == ["unclear", "done"]


def test_what_a_worker_died_over_is_unclear_and_never_repeated(opened: Bench) -> None:
    acting.in_bulk(every(opened), "add_proctoring", {})
    ProviderAct.objects.update(state="under_way", taken_at=timezone.now() - timedelta(minutes=6))
    opened.api.requests.clear()
    assert acting.carry_out_waiting(seconds=10) == 0
    row = ProviderAct.objects.get()
    assert (row.state, row.reason, opened.api.requests) == ("unclear", "workers_died", [])


def test_without_time_nothing_is_begun(opened: Bench) -> None:
    acting.in_bulk(every(opened), "add_proctoring", {})
    assert acting.carry_out_waiting(seconds=0) == 0


def test_progress_is_of_the_newest_batch_of_a_day(opened: Bench) -> None:
    link = opened.attempt.resource_link
    assert acting.progress_of(link) is None
    common = {"account": opened.account, "what": "add_proctoring", "resource_link": link}
    ProviderAct.objects.create(**common, batch=uuid.uuid4())
    assert acting.progress_of(link) is not None
    ProviderAct.objects.update(created_at=timezone.now() - timedelta(days=2))
    assert acting.progress_of(link) is None


def test_no_answer_marks_each_and_goes_on(opened: Bench) -> None:
    another(opened, "bob-2")
    acting.in_bulk(every(opened), "add_proctoring", {})
    opened.api.instead = Answer(500, b"oops")
    assert acting.carry_out_waiting(seconds=10) == 2
    assert set(ProviderAct.objects.values_list("state", flat=True)) == {"unclear"}
