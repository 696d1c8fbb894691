"""What those who teach take along from the provider: ordered, followed, handed out, and of nobody else's learners."""

import csv
import io
import json
import tracemalloc
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lti_bridge import http
from lti_bridge.models import (
    Account,
    Activity,
    ActState,
    Attempt,
    Candidate,
    ExportState,
    LaunchRecord,
    Learner,
    Membership,
    ProviderAct,
    ProviderExport,
    ProviderTest,
    ResourceLink,
)
from lti_bridge.pages import orders
from lti_bridge.pages.access import grant
from lti_bridge.providers import exports
from lti_bridge.providers.inspera_assessment import client
from tests.inspera_server import Server
from tests.relay.sitting import sit
from tests.world import ALICE, BOB, World, make_world

SUBMISSIONS = "/api/v1/test/7/submissions"


@pytest.fixture(autouse=True)
def _at_once(settings: Any) -> None:
    settings.DELIVERY_PACE = 0.001
    settings.ALLOWED_PRIVATE_HOSTS = ["127.0.0.1"]


@pytest.fixture
def inspera() -> Any:
    server = Server()
    yield server
    server.shutdown()
    server.server_close()


class Exam:
    """Alice and Bob at one link, Ines who teaches it, and a stranger who sits the same test in another course."""

    def __init__(self, world: World, inspera: Server) -> None:
        self.world, self.inspera = world, inspera
        account = Account.objects.create(
            name="inspera-test",
            provider="inspera_assessment",
            settings={"base_url": inspera.url, "client_id": "demo", "entry": "url", "export_hosts": [inspera.url]},
            secrets={"code": "123456-7890-abcd-efgh"},
        )
        activity = Activity.objects.create(
            slug="history", title="History", account=account, action="take_test", parameters={"test_id": "7"}
        )
        self.alice, self.bob = (sit(world, user_id=person["user_id"], activity=activity) for person in (ALICE, BOB))
        for number, attempt in enumerate((self.alice, self.bob), 1):
            Attempt.objects.filter(pk=attempt.pk).update(provider_attempt_id="7", state="graded")
            Candidate.objects.filter(pk=attempt.candidate_id).update(provider_candidate_id=str(number))
        self.link = self.alice.resource_link
        self.link.activity = activity
        self.link.save()
        self.ines = Learner.objects.create(platform=world.platform, user_id="ines-3", full_name="Ines Teacher")

    def launch(self, *, teaches: bool = True, link: ResourceLink | None = None) -> str:
        """The pass of a launch of Ines."""
        record = LaunchRecord.objects.create(
            platform=self.world.platform,
            lti11=self.world.lti11,
            nonce=f"n{LaunchRecord.objects.count()}",
            reference="3f2a-91bc-77d0",
            is_instructor=teaches,
            resource_link=link or self.link,
            learner=self.ines,
            details={"locale": "en"},
            received_at=timezone.now(),
        )
        return grant(record)

    def page(self, access: str | None = None) -> str:
        return Client().get(reverse("files", args=[access or self.launch()])).content.decode()

    def order(self, name: str, attempt: int = 0, access: str | None = None) -> Any:
        return Client().post(reverse("file-order", args=[access or self.launch(), attempt, name]))

    def take(self, access: str | None = None, export: int | None = None) -> Any:
        number = export or ProviderExport.objects.latest("pk").pk
        answer = Client().post(reverse("file-take", args=[access or self.launch(), number]))
        # Read to its end, it closes itself.
        answer.whole = b"".join(answer.streaming_content) if answer.streaming else b""
        return answer

    def have(self, name: str, attempt: int = 0) -> bytes:
        """Order a file, wait for it, and take it."""
        assert self.order(name, attempt).status_code == 303
        self.page()
        answer = self.take()
        assert answer.status_code == 200, ProviderExport.objects.latest("pk").reason
        return answer.whole


def candidate(user_id: int, total: float, essay: str = "an essay") -> dict[str, Any]:
    answer = {"ext_inspera_interactionId": "r", "ext_inspera_response": essay}
    question = {
        "ext_inspera_questionNumber": "1",
        "ext_inspera_autoScore": 3.5,
        "ext_inspera_manualScores": [{"ext_inspera_manualScore": 4}],
        "ext_inspera_candidateResponses": [answer],
    }
    return {
        "result": {
            "student": {"sourcedId": user_id},
            "ext_inspera_totalScore": total,
            "ext_inspera_finalGradeDate": "2026-01-31T12:00:00Z",
            "ext_inspera_questions": [question],
        }
    }


#: 3 is the stranger.
DOCUMENT: dict[str, Any] = {
    "ext_inspera_assessmentRunTitle": "History",
    "ext_inspera_maxTotalScore": 50.0,
    "someList": [{"userId": 3}],
    "ext_inspera_candidates": [candidate(1, 41.5, "=cmd()"), candidate(3, 12, "STRANGER"), candidate(2, 0)],
}


@pytest.fixture
def exam(db: None, inspera: Server) -> Exam:
    inspera.answer("GET", SUBMISSIONS, lambda: inspera.export(DOCUMENT))
    return Exam(make_world(), inspera)


def table(raw: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


# --- what is in a file ----------------------------------------------------------------------


def test_results_as_a_table_have_the_links_learners_and_nobody_else(exam: Exam) -> None:
    head, *lines = table(exam.have("results_csv"))
    shown = [dict(zip(head, line, strict=True)) for line in lines]
    assert [(each["name"], each["user_id"], each["total_score"]) for each in shown] == [
        ("Alice Liddell", "1", "41.5"),
        ("Alice Liddell", "2", "0"),
    ]


def test_results_as_json_say_the_same(exam: Exam) -> None:
    told = json.loads(exam.have("results_json"))["results"]
    assert [(each["user_id"], each["total_score"], each["max_total_score"]) for each in told] == [
        ("1", "41.5", "50.0"),
        ("2", "0", "50.0"),
    ]


def test_submissions_as_json_are_the_providers_own_words_without_strangers(exam: Exam) -> None:
    raw = exam.have("submissions_json")
    told = json.loads(raw)
    people = DOCUMENT["ext_inspera_candidates"]
    assert told["ext_inspera_candidates"] == [people[0], people[2]]
    assert told["ext_inspera_assessmentRunTitle"] == "History"
    assert "someList" not in told
    assert b"STRANGER" not in raw


def test_submissions_as_a_table_have_a_line_for_each_answer(exam: Exam) -> None:
    head, *lines = table(exam.have("submissions_csv"))
    shown = [dict(zip(head, line, strict=True)) for line in lines]
    assert [(each["user_id"], each["question_number"], each["manual_scores"]) for each in shown] == [
        ("1", "1", "4"),
        ("2", "1", "4"),
    ]
    assert shown[1]["response"] == "an essay"


def test_a_number_below_zero_stays_one_in_a_table(exam: Exam) -> None:
    exam.inspera.answer(
        "GET", SUBMISSIONS, lambda: exam.inspera.export({"ext_inspera_candidates": [candidate(1, -2.5)]})
    )
    head, line = table(exam.have("results_csv"))
    assert dict(zip(head, line, strict=True))["total_score"] == "-2.5"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_what_a_candidate_wrote_is_no_formula_in_a_spreadsheet(exam: Exam, start: str) -> None:
    exam.inspera.answer(
        "GET",
        SUBMISSIONS,
        lambda: exam.inspera.export({"ext_inspera_candidates": [candidate(1, 1, f"{start}HYPERLINK(1)")]}),
    )
    Learner.objects.filter(user_id=ALICE["user_id"]).update(full_name=f"{start}name")
    for line in table(exam.have("submissions_csv")) + table(exam.have("results_csv")):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in line)


def test_explanations_are_those_of_the_links_learners(exam: Exam) -> None:
    told = [{"userId": 1, "explanation": "because"}, {"userId": 3, "explanation": "STRANGER"}]
    exam.inspera.answer("GET", "/api/v1/test/7/explanations", lambda: exam.inspera.export(told))
    assert json.loads(exam.have("explanations_json"))["explanations"] == told[:1]


def test_a_submission_is_a_pdf_about_one_learner(exam: Exam) -> None:
    path = "/api/v1/candidates/submissionPdf/7/2"
    exam.inspera.answer("GET", path, lambda: exam.inspera.export(b"%PDF-1.7 of Bob"))
    assert exam.have("submission_pdf", exam.bob.pk) == b"%PDF-1.7 of Bob"
    act = ProviderAct.objects.get()
    assert (act.learner, act.teacher, act.what) == (exam.bob.learner, exam.ines, "submission_pdf")


def test_what_is_no_pdf_is_not_handed_out_as_one(exam: Exam) -> None:
    path = "/api/v1/candidates/submissionPdf/7/2"
    exam.inspera.answer("GET", path, lambda: exam.inspera.export(b"<html>please log in</html>"))
    exam.order("submission_pdf", exam.bob.pk)
    assert exam.take().status_code == 303
    assert "could not be made (export_unreadable)" in exam.page()


def test_people_whom_inspera_did_not_name_are_found_by_the_id_we_gave(exam: Exam) -> None:
    Candidate.objects.filter(pk=exam.bob.candidate_id).update(provider_candidate_id="", known_as="bob-opaque")
    theirs = candidate(77, 9)
    theirs["result"]["ext_inspera_candidateExternalIds"] = [
        {"ext_inspera_authType": "LTI", "ext_inspera_externalId": "bob-opaque"}
    ]
    other = candidate(78, 9)
    other["result"]["ext_inspera_candidateExternalIds"] = [
        {"ext_inspera_authType": "FEIDE", "ext_inspera_externalId": "bob-opaque"}
    ]
    document = {"ext_inspera_candidates": [theirs, other]}
    exam.inspera.answer("GET", SUBMISSIONS, lambda: exam.inspera.export(document))
    assert [each["user_id"] for each in json.loads(exam.have("results_json"))["results"]] == ["77"]


def test_a_file_in_pieces_takes_little_memory(exam: Exam) -> None:
    """Hundreds of essays: one candidate at a time is in memory."""
    essay = "w" * 20_000
    people = [candidate(number, 5, essay) for number in range(1, 400)]
    raw = json.dumps({"ext_inspera_candidates": people}).encode()
    exam.inspera.answer("GET", SUBMISSIONS, lambda: exam.inspera.export(raw))
    exam.order("submissions_json")
    row = ProviderExport.objects.select_related("attempt__candidate__account", "attempt__activity__account").get()
    assert row.attempt
    file = orders.files_of(row.account)["submissions_json"]
    everybody = orders.People(row.account, {str(number): f"n{number}" for number in range(1, 400)}, {})
    with io.BytesIO(raw) as source, open("/dev/null", "wb") as into:
        tracemalloc.start()
        file.write(source, everybody, into)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert most < 4_000_000 < len(raw)


# --- how it is handed out -------------------------------------------------------------------


def test_a_file_is_never_kept_by_a_browser_and_named_after_the_link(exam: Exam) -> None:
    exam.order("results_csv")
    answer = exam.take()
    assert answer["Content-Disposition"] == 'attachment; filename="excel-test-results.csv"'
    assert answer["Cache-Control"] == "no-store"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Type"] == "text/csv; charset=utf-8"


def test_progress_is_shown_until_it_is_ready(exam: Exam) -> None:
    exam.inspera.answer("GET", SUBMISSIONS, lambda: exam.inspera.export(DOCUMENT, looks=2))
    access = exam.launch()
    exam.order("results_csv", access=access)
    first = exam.page(access)
    assert "being made: 40 %" in first
    assert 'http-equiv="refresh"' in first and "Download" not in first
    second = exam.page(access)
    assert "ready" in second and "Download" in second
    assert 'http-equiv="refresh"' not in second
    assert exam.take(access).status_code == 200
    assert "handed out" in exam.page(access)


def test_what_is_not_ready_is_not_handed_out(exam: Exam) -> None:
    exam.inspera.answer("GET", SUBMISSIONS, lambda: exam.inspera.export(DOCUMENT, looks=9))
    exam.order("results_csv")
    assert exam.take().status_code == 303
    assert ProviderExport.objects.get().state == ExportState.ORDERED


def test_one_whose_address_has_expired_is_ordered_again(exam: Exam) -> None:
    exam.inspera.answer("GET", SUBMISSIONS, lambda: exam.inspera.export(DOCUMENT, expired=1))
    exam.order("results_csv")
    assert exam.take().status_code == 303
    assert ProviderExport.objects.get().orders == 2
    exam.inspera.exports["job-2"]["expired"] = 0
    assert exam.take().status_code == 200


def test_what_is_under_way_is_not_ordered_twice(exam: Exam) -> None:
    for _ in range(3):
        exam.order("results_csv")
    exam.order("submissions_json")
    assert list(ProviderExport.objects.order_by("pk").values_list("file", flat=True)) == [
        "results_csv",
        "submissions_json",
    ]


def test_who_ordered_what_is_written_down(exam: Exam) -> None:
    exam.order("results_csv")
    act = ProviderAct.objects.get()
    assert (act.what, act.teacher, act.resource_link, act.state) == (
        "results_csv",
        exam.ines,
        exam.link,
        ActState.DONE,
    )
    assert "Ines Teacher" in exam.page()


def test_a_provider_that_refuses_is_told_of_on_the_page(exam: Exam) -> None:
    exam.inspera.answer("GET", SUBMISSIONS, (403, {"error": "forbidden"}, {}))
    exam.order("results_csv")
    page = exam.page()
    assert "could not be made (not_allowed)" in page
    assert "may not do this" in page


def test_an_export_that_fails_in_the_making_says_so(exam: Exam) -> None:
    exam.inspera.answer("GET", SUBMISSIONS, lambda: exam.inspera.export(DOCUMENT, status="failed"))
    exam.order("results_csv")
    assert "could not be made (export_failed)" in exam.page()
    assert exam.take().status_code == 303


def test_a_file_that_does_not_come_holds_nobody_up_for_long(exam: Exam, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[float] = []

    def slow(_url: str, _into: Any, *, deadline: float, **_more: Any) -> Any:
        given.append(deadline)
        raise http.HttpProblem("timeout", "It took too long.")

    exam.order("results_csv")
    monkeypatch.setattr(http, "download", slow)
    assert exam.take().status_code == 303
    assert given == [60]
    assert "could not be made (export_not_ready)" in exam.page()


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_look_without_an_answer_ends_nothing(exam: Exam, monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    # At the pace of these tests the provider's time is over at once.
    monkeypatch.setattr(exports, "PATIENCE", 600_000)
    exam.order("results_csv")
    job = exam.inspera.exports["job-1"]
    exam.inspera.exports["job-1"] = job | {"trouble": status}
    assert "being made" in exam.page()
    assert exam.take().status_code == 303
    assert ProviderExport.objects.get().state == ExportState.ORDERED
    exam.inspera.exports["job-1"] = job
    exam.page()
    assert exam.take().status_code == 200


def test_a_page_waits_for_one_question_without_an_answer_and_briefly(
    exam: Exam, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever looks at several orders while the provider is away holds a thread of the web server."""
    monkeypatch.setattr(exports, "PATIENCE", 600_000)
    exam.order("results_csv")
    exam.order("submissions_json")
    for job in exam.inspera.exports.values():
        job["trouble"] = 503
    waits: list[float] = []
    monkeypatch.setattr(client.time, "sleep", waits.append)
    assert exam.page().count("being made") == 2
    assert len(waits) == len(client.QUICK.waits)


def test_looks_without_an_answer_end_when_the_provider_has_had_its_time(exam: Exam) -> None:
    exam.order("results_csv")
    exam.inspera.exports["job-1"]["trouble"] = 503
    ProviderExport.objects.update(ordered_at=timezone.now() - timedelta(minutes=11))
    assert "could not be made" in exam.page()


def test_what_is_being_taken_is_not_fetched_a_second_time(exam: Exam, monkeypatch: pytest.MonkeyPatch) -> None:
    download, seconds = http.download, []

    def twice(*args: Any, **more: Any) -> Any:
        if not seconds:
            seconds.append(exam.take().status_code)
        return download(*args, **more)

    exam.order("results_csv")
    monkeypatch.setattr(http, "download", twice)
    assert exam.take().status_code == 200
    assert seconds == [303]
    assert [each.path for each in exam.inspera.asked if each.path.startswith("/storage/")] == ["/storage/job-1"]


def test_what_a_process_died_over_can_be_taken_again(exam: Exam) -> None:
    exam.order("results_csv")
    row = ProviderExport.objects.get()
    assert exports.claim(row)
    assert exam.take().status_code == 303
    ProviderExport.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    assert exam.take().status_code == 200
    assert not exports.claim(row)


def test_an_unreadable_export_ends_in_words_and_not_in_half_a_file(exam: Exam) -> None:
    raw = json.dumps(DOCUMENT).encode()[:-10]
    exam.inspera.answer("GET", SUBMISSIONS, lambda: exam.inspera.export(raw))
    exam.order("submissions_json")
    assert exam.take().status_code == 303
    assert "could not be made (export_unreadable)" in exam.page()


# --- who gets it ----------------------------------------------------------------------------


def test_learners_get_nothing(exam: Exam) -> None:
    exam.order("results_csv")
    learner = exam.launch(teaches=False)
    for answer in (
        exam.order("results_csv", access=learner),
        exam.take(learner),
        Client().get(reverse("files", args=[learner])),
    ):
        assert answer.status_code == 403
    assert ProviderExport.objects.count() == 1


def test_who_teaches_another_link_gets_nothing_of_this_one(exam: Exam) -> None:
    exam.order("results_csv")
    other = ResourceLink.objects.create(
        context=exam.link.context, resource_link_id="link-9", title="Other", activity=exam.link.activity
    )
    access = exam.launch(link=other)
    assert exam.take(access).status_code == 404
    assert exam.order("submission_pdf", exam.bob.pk, access).status_code == 404
    assert exam.order("results_csv", access=access).status_code == 404
    page = exam.page(access)
    assert "being made" not in page and "Alice" not in page


def test_a_file_has_no_learners_of_another_link_at_the_same_test(exam: Exam) -> None:
    other = ResourceLink.objects.create(context=exam.link.context, resource_link_id="link-9", title="Other")
    Attempt.objects.filter(pk=exam.bob.pk).update(resource_link=other)
    assert [each["user_id"] for each in json.loads(exam.have("results_json"))["results"]] == ["1"]


def test_a_file_that_there_is_not_is_not_ordered(exam: Exam) -> None:
    for name, attempt in (("nothing", 0), ("submission_pdf", 0), ("results_csv", exam.alice.pk), ("submission_pdf", 1)):
        if (name, attempt) != ("submission_pdf", exam.alice.pk):
            assert exam.order(name, attempt).status_code == 404
    assert ProviderExport.objects.count() == 0


def test_a_file_is_not_fetched_by_an_address_alone(exam: Exam) -> None:
    exam.order("results_csv")
    row = ProviderExport.objects.get()
    assert Client().get(reverse("file-take", args=[exam.launch(), row.pk])).status_code == 405


# --- what is seen ---------------------------------------------------------------------------


def test_appeals_and_explanations_are_seen_with_their_words(exam: Exam) -> None:
    exam.inspera.answer("POST", "/api/v1/test/7/appeals", {"success": True})
    exam.inspera.answer("POST", "/api/v1/test/7/explanations", {"success": True})
    act = reverse("roster-provider-act", args=[exam.launch(), exam.bob.pk, "register_appeal"])
    Client().post(act, {"sure": "yes", "reason": "Question 3 was <b>marked</b> twice"})
    act = reverse("roster-provider-act", args=[exam.launch(), exam.bob.pk, "register_explanation"])
    Client().post(act, {"sure": "yes", "explanation": "Half of question 3 was missing"})
    page = exam.page()
    assert "Register an appeal" in page and "Question 3 was &lt;b&gt;marked&lt;/b&gt; twice" in page
    assert "Register an explanation" in page and "Half of question 3 was missing" in page
    assert "Ines Teacher" in page


def test_acts_at_another_link_are_not_seen(exam: Exam) -> None:
    other = ResourceLink.objects.create(context=exam.link.context, resource_link_id="link-9", title="Other")
    ProviderAct.objects.create(
        account=exam.bob.account, what="register_appeal", resource_link=other, details={"reason": "elsewhere"}
    )
    assert "elsewhere" not in exam.page()


def test_old_orders_are_not_shown(exam: Exam) -> None:
    exam.order("results_csv")
    ProviderExport.objects.update(created_at=timezone.now() - timedelta(days=2))
    assert "being made" not in exam.page()


def test_the_roster_leads_there_and_offers_each_learners_submission(exam: Exam) -> None:
    access = exam.launch()
    page = Client().get(reverse("roster", args=[access])).content.decode()
    assert reverse("files", args=[access]) in page
    assert reverse("file-order", args=[access, exam.bob.pk, "submission_pdf"]) in page


def open_besides(exam: Exam, action: str, **launch: Any) -> Any:
    return Client().post(reverse("teacher-open", args=[exam.launch(**launch)]), {"action": action})


def test_the_roster_of_a_test_opens_it_at_the_provider_too(exam: Exam) -> None:
    """As a contributor, where the activity says so."""
    activity = exam.link.activity
    assert activity
    activity.parameters |= {"contributor_roles": "evaluate"}
    activity.save()
    exam.inspera.answer("POST", "/api/v1/test/7/contributors", {"success": True})
    page = Client().get(reverse("roster", args=[exam.launch()])).content.decode()
    assert "Open the test in Inspera" in page and "Assign the course to the test" in page
    answer = open_besides(exam, "open_test")
    assert (answer.status_code, answer["Location"]) == (303, exam.inspera.url)
    (row,) = exam.inspera.calls("/api/v1/test/7/contributors")[0].json["contributors"]
    assert (row["externalId"], row["roles"]) == (exam.ines.opaque_id, ["evaluate"])


def test_the_roster_of_a_test_assigns_the_course_to_it(exam: Exam) -> None:
    Membership.objects.create(
        context=exam.link.context, learner=exam.bob.learner, roles=["learner"], status="active", seen_at=timezone.now()
    )
    exam.inspera.answer("POST", "/api/v1/test/7/candidates", {"success": True})
    assert "1 member of the course is a candidate now." in open_besides(exam, "enrol_course").content.decode()


def test_of_two_tests_of_a_course_the_links_own_is_opened(exam: Exam) -> None:
    other = ResourceLink.objects.create(context=exam.link.context, resource_link_id="link-9", title="Other")
    activity = exam.link.activity
    assert activity
    activity.parameters = {"sourceTemplateId": "55"}
    activity.save()
    for number, link in (("31", exam.link), ("32", other)):
        ProviderTest.objects.create(account=activity.account, provider_test_id=number, resource_link=link)
    activity.account.settings |= {"entry_url": "{tenant}/test/{test_id}"}
    activity.account.save()
    assert open_besides(exam, "open_test")["Location"] == f"{exam.inspera.url}/test/31"


def test_learners_and_those_who_only_help_open_nothing_besides(exam: Exam) -> None:
    assert open_besides(exam, "open_test", teaches=False).status_code == 403
    assert exam.inspera.asked == []


@pytest.mark.parametrize("action", ["take_test", "view_results", "nothing"])
def test_no_other_action_is_opened_by_its_name(exam: Exam, action: str) -> None:
    assert open_besides(exam, action).status_code == 422
    assert exam.inspera.asked == []


def test_a_provider_without_files_has_no_such_page_on_its_roster(exam: Exam) -> None:
    exam.link.activity = exam.world.activity
    exam.link.save()
    page = Client().get(reverse("roster", args=[exam.launch()])).content.decode()
    assert "Files and acts" not in page
