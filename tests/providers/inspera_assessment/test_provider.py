"""Inspera: our words ↔ its words, and the way into a test."""

from contextlib import suppress
from dataclasses import replace
from decimal import Decimal

import pytest
from django.utils import timezone

from lti_bridge.errors import CannotCall, CannotOpen, ProviderRefused, ProviderUnavailable
from lti_bridge.models import (
    AccountTrouble,
    Activity,
    Attempt,
    Candidate,
    Context,
    EventSource,
    Learner,
    Membership,
    ProviderAct,
    ProviderEvent,
    ProviderTest,
    ResourceLink,
)
from lti_bridge.providers import provider_of
from lti_bridge.providers.actions import Page, Redirect, RelayLaunch
from lti_bridge.providers.inspera_assessment import entering
from lti_bridge.providers.reports import LineItemScore, ScoreMessage
from tests.providers.contract import ProviderContract
from tests.relay.sitting import opening, sit
from tests.world import BOB, make_world

INSPERA = provider_of("inspera_assessment")
STUDENT, CANDIDATES, NEW = "/api/v1/users/student", "/api/v1/test/7/candidates", "/api/v1/test"


class TestInsperaContract(ProviderContract):
    provider = "inspera_assessment"
    settings = {"base_url": "https://demo.inspera.no", "entry": "lti11"}
    secrets = {"consumer_key": "contract-key", "shared_secret": "contract-secret"}
    action = "take_test"
    parameters = {"test_id": "7"}


@pytest.fixture
def world(db):
    return make_world()


def sitting(world, account, user_id="alice-1", action="take_test", **parameters):
    activity, _made = Activity.objects.get_or_create(
        slug=f"history-{action}",
        defaults={
            "title": "History",
            "account": account,
            "action": action,
            "parameters": parameters or {"test_id": "7"},
        },
    )
    return sit(world, activity=activity, user_id=user_id)


@pytest.fixture
def ready(server):
    server.answer("POST", STUDENT, {"userId": 99, "username": "alice"})
    server.answer("POST", CANDIDATES, {"success": True})
    return server


# --- taking a test --------------------------------------------------------------------------


def test_a_learner_is_made_known_assigned_and_sent_in(world, account, ready):
    attempt = sitting(world, account)
    action = INSPERA.open(opening(attempt))
    assert action == Redirect(ready.url)
    student, candidates = ready.calls()
    assert student.json == {
        "externalId": attempt.learner.opaque_id,
        "externalSystem": "LTI",
        "firstName": "Alice",
        "lastName": "Liddell",
        "email": "alice-1@example.edu",
    }
    assert candidates.json["candidates"][0]["externalId"] == attempt.learner.opaque_id
    attempt.refresh_from_db()
    attempt.candidate.refresh_from_db()
    assert attempt.provider_attempt_id == "7"
    assert (attempt.candidate.provider_candidate_id, attempt.candidate.known_as) == ("99", attempt.learner.opaque_id)


def test_who_opens_it_again_costs_no_call(world, account, ready):
    attempt = sitting(world, account)
    for _ in range(3):
        INSPERA.open(opening(attempt))
    assert len(ready.calls()) == 2


def test_somebody_known_is_only_assigned(world, account, ready):
    INSPERA.open(opening(sitting(world, account)))
    INSPERA.open(opening(sitting(world, account)))
    assert [each.path for each in ready.calls()] == [STUDENT, CANDIDATES, CANDIDATES]


def test_where_the_answer_names_nobody_the_user_is_looked_up(world, account, ready):
    attempt = sitting(world, account)
    ready.answer("POST", STUDENT, {"username": "alice"})
    path = f"/api/v1/users/external/LTI/{attempt.learner.opaque_id}"
    ready.answer("GET", path, {"id": 98})
    INSPERA.open(opening(attempt))
    assert Candidate.objects.get(pk=attempt.candidate_id).provider_candidate_id == "98"


def test_an_opening_that_broke_off_goes_on_where_it_was(world, account, ready):
    attempt = sitting(world, account)
    ready.answer("POST", CANDIDATES, (400, {"message": "no such test"}, {}), {"success": True})
    with pytest.raises(ProviderRefused):
        INSPERA.open(opening(attempt))
    assert isinstance(INSPERA.open(opening(attempt)), Redirect)
    assert [each.path for each in ready.calls()] == [STUDENT, CANDIDATES, CANDIDATES]


def test_a_test_is_made_from_its_template_once_for_a_link(world, account, server):
    server.answer("POST", STUDENT, {"userId": 99})
    server.answer("POST", NEW, {"assessmentRunId": 31, "status": "created"})
    for what in ("candidates", "options", "activate"):
        server.answer("POST", f"/api/v1/test/31/{what}", {"success": True})
    stored = {
        "sourceTemplateId": "55",
        "startTime": "2026-01-31T10:00:00+01:00",
        "duration": 60,
        "testOptions": {"securityOptions": [{"option": "LOCKDOWN_BROWSER", "value": True}]},
        "activate": True,
    }
    first = sitting(world, account, **stored)
    INSPERA.open(opening(first))
    INSPERA.open(opening(sitting(world, account, BOB["user_id"])))
    (made,) = server.calls(NEW)
    assert made.query == {"isExternal": "true"}
    assert made.json == {
        "externalTestId": f"ltibridge-{first.resource_link_id}-55",
        "title": "History",
        "sourceTemplateId": 55,
        "startTime": "2026-01-31T09:00:00Z",
        "duration": 60,
    }
    paths = [each.path.rpartition("/")[2] for each in server.calls()]
    assert paths.index("options") < paths.index("activate") < paths.index("candidates")
    assert ProviderTest.objects.get().provider_test_id == "31"


TEMPLATE = {
    "sourceTemplateId": "55",
    "testOptions": {"securityOptions": [{"option": "LOCKDOWN_BROWSER", "value": True}]},
    "activate": True,
}
OPTIONS, ACTIVATE = "/api/v1/test/31/options", "/api/v1/test/31/activate"


@pytest.fixture
def template(server):
    """A test is made as number 31; its options cannot be changed once it is active."""
    server.answer("POST", STUDENT, {"userId": 99})
    server.answer("POST", NEW, {"assessmentRunId": 31, "status": "created"})
    server.answer("POST", "/api/v1/test/31/candidates", {"success": True})
    server.answer("POST", ACTIVATE, {"success": True})
    late = 400, {"message": "Security options cannot change after activation"}, {}
    server.answer("POST", OPTIONS, lambda: late if server.calls(ACTIVATE) else {"success": True})
    return server


@pytest.mark.parametrize("answer", [(500, {"message": "later"}, {}), (400, {"message": "endTime is missing"}, {})])
def test_what_is_left_to_do_about_a_new_test_is_gone_on_with(world, account, template, answer):
    template.answer("POST", ACTIVATE, answer, {"success": True})
    for _ in range(3):
        with suppress(ProviderUnavailable):
            INSPERA.open(opening(sitting(world, account, **TEMPLATE)))
    assert [len(template.calls(path)) for path in (NEW, OPTIONS, ACTIVATE)] == [1, 1, 2]
    assert ProviderTest.objects.get().details["ready"] == ["active", "options"]
    assert AccountTrouble.objects.count() == 0


def test_a_test_that_cannot_be_made_active_is_told_to_administrators(world, account, template):
    template.answer("POST", ACTIVATE, (400, {"message": "endTime is missing"}, {}))
    assert INSPERA.open(opening(sitting(world, account, **TEMPLATE)))
    trouble = AccountTrouble.objects.get()
    assert trouble.code == "test_not_active" and "endTime is missing" in trouble.text


@pytest.mark.parametrize("answer", [(409, {}, {}), (400, {"message": "The test is already activated"}, {})])
def test_a_test_that_is_active_already_is_active(world, account, template, answer):
    template.answer("POST", ACTIVATE, answer)
    INSPERA.open(opening(sitting(world, account, **TEMPLATE)))
    assert "active" in ProviderTest.objects.get().details["ready"]
    assert AccountTrouble.objects.count() == 0


def test_who_is_slower_with_a_new_test_gets_in_all_the_same(world, account, template, monkeypatch):
    """Both found it not ready; the other one made it active meanwhile."""
    asked = entering.ask

    def slower(account, name, *args, **more):
        if name == "set_test_options":
            asked(account, "activate_test", {"test_id": "31"}, body={})
            ProviderTest.objects.update(details={"sourceTemplateId": "55", "ready": ["active", "options"]})
        return asked(account, name, *args, **more)

    monkeypatch.setattr(entering, "ask", slower)
    assert INSPERA.open(opening(sitting(world, account, **TEMPLATE)))


def test_a_course_is_assigned_to_a_test_that_nobody_has_opened_yet(world, account, template):
    attempt = sitting(world, account, action="enrol_course", **TEMPLATE)
    members(attempt, "alice-1", "bob-2")
    INSPERA.open(opening(attempt, teaches=True))
    assert len(template.calls(NEW)) == 1
    assert len(template.calls("/api/v1/test/31/candidates")[0].json["candidates"]) == 2


def test_a_test_without_an_id_is_no_test(world, account, server):
    server.answer("POST", STUDENT, {"userId": 99})
    server.answer("POST", NEW, {"status": "created"})
    with pytest.raises(ProviderRefused) as refused:
        INSPERA.open(opening(sitting(world, account, sourceTemplateId="55")))
    assert refused.value.code == "answer_incomplete"


@pytest.mark.parametrize(("told", "sent"), [("20", 20), ("$Person.extraTime", None), ("", None), ("0", None)])
def test_extra_time_comes_from_the_launch_where_the_activity_lets_it(world, account, ready, told, sent):
    attempt = sitting(world, account, test_id="7", extra_time_from_launch=True)
    assert INSPERA.custom_names(attempt.activity) == ("extraTimeMins",)
    INSPERA.open(opening(attempt, custom={"extraTimeMins": told}))
    assert ready.calls(CANDIDATES)[0].json["candidates"][0].get("extraTimeMins") == sent


def test_changed_extra_time_is_told_at_the_next_opening(world, account, ready):
    attempt = sitting(world, account, test_id="7", extra_time_from_launch=True)
    for minutes in ("10", "10", "25"):
        INSPERA.open(opening(attempt, custom={"extraTimeMins": minutes}))
    told = [each.json["candidates"][0]["extraTimeMins"] for each in ready.calls(CANDIDATES)]
    assert told == [10, 25]


def test_extra_time_can_be_taken_back(world, account, ready):
    attempt = sitting(world, account, test_id="7", extra_time_from_launch=True)
    for minutes in ("30", "0", "0"):
        INSPERA.open(opening(attempt, custom={"extraTimeMins": minutes}))
    assert [each.json["candidates"][0]["extraTimeMins"] for each in ready.calls(CANDIDATES)] == [30, 0]


def test_extra_time_that_a_teacher_gave_stands_whatever_launches_say(world, account, ready):
    attempt = sitting(world, account, test_id="7", extra_time_from_launch=True)
    INSPERA.open(opening(attempt))
    attempt.refresh_from_db()
    INSPERA.attempt_acts["give_time"].carry_out(attempt, {"extraTimeMins": "30"})
    for told in ("", "10"):
        INSPERA.open(opening(attempt, custom={"extraTimeMins": told}))
    rows = [each.json["candidates"][0] for each in ready.calls(CANDIDATES)]
    assert [row.get("extraTimeMins") for row in rows] == [None, 30]


def test_extra_time_that_a_teacher_gave_holds_for_the_next_attempt(world, account, ready):
    first = sitting(world, account)
    INSPERA.open(opening(first))
    first.refresh_from_db()
    INSPERA.attempt_acts["give_time"].carry_out(first, {"extraTimeMins": "30"})
    first.refresh_from_db()
    second = Attempt.objects.create(
        learner=first.learner, resource_link=first.resource_link, activity=first.activity, number=2
    )
    INSPERA.open(opening(second))
    assert ready.calls(CANDIDATES)[-1].json["candidates"][0]["extraTimeMins"] == 30


def test_extra_time_that_is_none_opens_nothing(world, account, ready):
    attempt = sitting(world, account, test_id="7", extra_time_from_launch=True)
    with pytest.raises(CannotOpen):
        INSPERA.open(opening(attempt, custom={"extraTimeMins": "a lot"}))
    assert ready.calls() == []


def test_an_activity_that_does_not_say_so_takes_nothing_from_a_launch(world, account):
    assert INSPERA.custom_names(sitting(world, account).activity) == ()


# --- the way in -----------------------------------------------------------------------------


def test_the_way_in_by_an_address(world, account, ready):
    account.settings["entry_url"] = "{tenant}/student?test={test_id}"
    account.save()
    assert INSPERA.open(opening(sitting(world, account))) == Redirect(f"{ready.url}/student?test=7")


def test_the_way_in_by_lti11(world, account, ready):
    account.settings["entry"] = "lti11"
    account.save()
    action = INSPERA.open(opening(sitting(world, account, test_id="7", custom={"use_template_on_create": "true"})))
    assert action == RelayLaunch(f"{ready.url}/ltiprovider/launch", {"use_template_on_create": "true"})


def test_the_way_in_by_lti13_files_people_under_the_deployment(world, account, ready):
    account.settings |= {"entry": "lti13", "jwks_uri": f"{ready.url}/keys", "deployment_id": "dep"}
    account.save()
    attempt = sitting(world, account)
    action = INSPERA.open(opening(attempt))
    assert isinstance(action, RelayLaunch) and action.tool is not None
    assert action.url == f"{ready.url}/ltiprovider/launch"
    assert ready.calls(STUDENT)[0].json["externalId"] == f"dep{attempt.learner.opaque_id}"


def test_by_lti_without_an_api_nobody_is_asked(world, account, server):
    account.settings = {"base_url": server.url, "entry": "lti11"}
    account.secrets = {"consumer_key": "k", "shared_secret": "s"}
    account.save()
    assert isinstance(INSPERA.open(opening(sitting(world, account, test_id="7"))), RelayLaunch)
    assert server.asked == []


# --- scores by LTI --------------------------------------------------------------------------


def score_by_ags(attempt):
    now = timezone.now()
    return LineItemScore(attempt, Decimal(9), Decimal(10), "Completed", "FullyGraded", now, now, "9")


def test_with_an_api_a_score_by_lti_only_says_that_it_was_handed_in(world, account):
    attempt = sitting(world, account)
    for message in (ScoreMessage(attempt, Decimal("0.9"), "0.9", timezone.now()), score_by_ags(attempt)):
        (report,) = INSPERA.read(message)
        assert (report.state, report.has_result) == ("submitted", False)


def test_where_the_account_says_so_lti_has_the_word(world, account):
    account.settings["grade_source"] = "lti"
    attempt = sitting(world, account)
    attempt.activity.account = account
    (report,) = INSPERA.read(score_by_ags(attempt))
    assert (report.state, report.score_given, report.score_maximum) == ("graded", 9, 10)


# --- results --------------------------------------------------------------------------------


def results(world, account, raw):
    attempt = sitting(world, account)
    attempt.provider_attempt_id = "7"
    attempt.save()
    if raw:
        ProviderEvent.objects.create(
            account=account, attempt=attempt, source=EventSource.POLL, raw_body=raw, received_at=timezone.now()
        )
    activity = Activity(slug="results", account=account, action="view_results", parameters={"test_id": "7"})
    return INSPERA.open(replace(opening(attempt), activity=activity))


def test_results_are_shown_once_they_are_final(world, account):
    raw = (
        '{"total_score": "81.0", "max_total_score": "120", "final_grade": "C", "final_grade_date": "2026-01-31",'
        ' "comment": "Well done.", "questions": [{"number": "1", "auto_score": "10", "max_score": "50",'
        ' "manual_scores": ["12"]}, {"number": "2", "auto_score": "49", "max_score": "50"}]}'
    )
    page = results(world, account, raw)
    assert isinstance(page, Page)
    assert (page.values["total"], page.values["most"], page.values["grade"]) == (81, 120, "C")
    assert page.values["comment"] == "Well done."
    assert [(each.number, each.score, each.most) for each in page.values["questions"]] == [("1", 12, 50), ("2", 49, 50)]


@pytest.mark.parametrize("raw", ["", '{"total_score": "81.0", "comment": "Not yet."}', '{"attendance": false}'])
def test_results_are_not_shown_before(world, account, raw):
    with pytest.raises(CannotOpen):
        results(world, account, raw)


def test_results_are_not_shown_before_the_teacher_releases_them(world, account):
    sitting(world, account)
    Activity.objects.update(release="manual")
    with pytest.raises(CannotOpen, match="results_not_released"):
        results(world, account, '{"total_score": "81", "max_total_score": "120", "final_grade_date": "2026-01-31"}')


# --- those who teach ------------------------------------------------------------------------


def test_a_teacher_opens_the_test_as_a_contributor(world, account, server):
    server.answer("POST", "/api/v1/test/7/contributors", {"success": True})
    attempt = sitting(world, account, action="open_test", test_id="7", contributor_roles="evaluate, monitor")
    assert INSPERA.open(opening(attempt, teaches=True)) == Redirect(server.url)
    (asked,) = server.calls()
    (row,) = asked.json["contributors"]
    assert (row["externalId"], row["roles"]) == (attempt.learner.opaque_id, ["evaluate", "monitor"])
    assert ProviderAct.objects.get().teacher == attempt.learner


def test_nobody_else_becomes_a_contributor(world, account, server):
    attempt = sitting(world, account, action="open_test", test_id="7", contributor_roles="evaluate")
    INSPERA.open(opening(attempt, teaches=False))
    assert server.calls() == []


def members(attempt, *people):
    course = attempt.resource_link.context
    Membership.objects.filter(context=course).update(status="deleted")
    for person in people:
        learner, _made = Learner.objects.get_or_create(platform=course.platform, user_id=person)
        Membership.objects.update_or_create(
            context=course,
            learner=learner,
            defaults={"roles": ["learner"], "status": "active", "seen_at": timezone.now()},
        )


def test_a_course_is_assigned_at_once_and_who_left_is_taken_out(world, account, ready):
    ready.answer("DELETE", CANDIDATES, {})
    attempt = sitting(world, account, action="enrol_course", test_id="7")
    for people in (("alice-1", "bob-2"), ("alice-1", "carol-3")):
        members(attempt, *people)
        page = INSPERA.open(opening(attempt, teaches=True))
    assert "2 members" in page.values["text"] and "1 who left: taken out." in page.values["text"]
    bob = Learner.objects.get(user_id="bob-2")
    added = [len(each.json["candidates"]) for each in ready.calls(CANDIDATES) if each.method == "POST"]
    removed = [each.json["candidates"] for each in ready.calls(CANDIDATES) if each.method == "DELETE"]
    assert (added, removed) == ([2, 2], [[{"externalId": bob.opaque_id}]])
    assert ProviderAct.objects.filter(what="enrol_course", state="done").count() == 2


def test_another_course_of_the_same_test_keeps_its_candidates(world, account, ready):
    ready.answer("DELETE", CANDIDATES, {})
    attempt = sitting(world, account, action="enrol_course", test_id="7")
    members(attempt, "alice-1", "bob-2")
    INSPERA.open(opening(attempt, teaches=True))
    context = Context.objects.create(platform=world.platform, context_id="another course")
    link = ResourceLink.objects.create(context=context, resource_link_id="1")
    theirs = replace(opening(attempt, teaches=True), resource_link=link)
    people = Learner.objects.filter(user_id__in=["bob-2", "alice-1"])
    Membership.objects.create(
        context=context, learner=people.get(user_id="bob-2"), roles=["learner"], seen_at=timezone.now()
    )
    INSPERA.open(theirs)
    # Bob leaves one of his courses, Alice her only one.
    Membership.objects.filter(context=attempt.resource_link.context, learner__in=people).delete()
    members(attempt, "carol-3")
    INSPERA.open(opening(attempt, teaches=True))
    removed = [each.json["candidates"] for each in ready.calls(CANDIDATES) if each.method == "DELETE"]
    assert removed == [[{"externalId": people.get(user_id="alice-1").opaque_id}]]


def test_who_was_taken_out_with_a_course_and_comes_back_is_assigned_again(world, account, ready):
    ready.answer("DELETE", CANDIDATES, {})
    course = sitting(world, account, action="enrol_course", test_id="7")
    attempt = sitting(world, account)
    INSPERA.open(opening(attempt))
    for people in (("alice-1", "bob-2"), ("bob-2",)):
        members(course, *people)
        INSPERA.open(opening(course, teaches=True))
    before = len(ready.calls(CANDIDATES))
    attempt.refresh_from_db()
    INSPERA.open(opening(attempt))
    assert len(ready.calls(CANDIDATES)) == before + 1


@pytest.mark.parametrize("teaches", [True, False])
def test_nobody_is_assigned_without_a_roster_or_by_who_does_not_teach(world, account, server, teaches):
    attempt = sitting(world, account, action="enrol_course", test_id="7")
    with pytest.raises(CannotOpen):
        INSPERA.open(opening(attempt, teaches=teaches))
    assert server.asked == []


# --- acts -----------------------------------------------------------------------------------

ACTS = {
    "give_time": ({"extraTimeMins": "30"}, "POST", CANDIDATES),
    "remove_candidate": ({}, "DELETE", CANDIDATES),
    "register_appeal": ({"reason": "Question 2"}, "POST", "/api/v1/test/7/appeals"),
    "redraw_appeal": ({}, "DELETE", "/api/v1/test/7/appeals/99"),
    "register_explanation": ({"explanation": "Because."}, "POST", "/api/v1/test/7/explanations"),
}


@pytest.mark.parametrize("name", ACTS)
def test_each_act_about_an_attempt_asks_inspera(world, account, server, name):
    filled, method, path = ACTS[name]
    server.answer(method, path, {})
    attempt = sitting(world, account)
    attempt.provider_attempt_id = "7"
    attempt.state = "graded" if "appeal" in name or "explanation" in name else "opened"
    attempt.save()
    Candidate.objects.filter(pk=attempt.candidate_id).update(provider_candidate_id="99", known_as="x")
    attempt.refresh_from_db()
    act = INSPERA.attempt_acts[name]
    assert act.suits(attempt)
    assert act.carry_out(attempt, filled).sentence
    assert len(server.calls(path)) == 1


def test_an_appeal_of_somebody_unknown_asks_nobody(world, account, server):
    attempt = sitting(world, account)
    with pytest.raises(CannotCall):
        INSPERA.attempt_acts["register_appeal"].carry_out(attempt, {})
    assert server.calls() == []


# --- configuration --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "stored", "named"),
    [
        ("take_test", {}, "test_id or sourceTemplateId"),
        ("take_test", {"test_id": "7", "sourceTemplateId": "5"}, "cannot both"),
        ("take_test", {"test_id": "../7"}, "test_id"),
        ("take_test", {"test_id": "7", "duration": "long"}, "duration"),
        ("view_results", {"duration": 5}, "duration"),
        ("open_test", {"contributor_roles": ""}, "contributor_roles"),
    ],
)
def test_each_mistake_of_an_activity_is_named(account, action, stored, named):
    assert named in " ".join(INSPERA.check_activity(account, action, stored))


def test_a_template_needs_the_api(account):
    account.secrets = {}
    assert "sourceTemplateId needs" in " ".join(INSPERA.check_activity(account, "take_test", {"sourceTemplateId": "5"}))
