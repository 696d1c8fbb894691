"""What administrators see of an account, and what they can have done there."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from lti_bridge import acting
from lti_bridge.errors import CannotCall
from lti_bridge.models import Account, ProviderAct
from lti_bridge.providers import provider_of
from lti_bridge.providers.inspera_originality.settings import webhook_url
from tests.originality_server import CLIENT_ID, EMAIL, PASSWORD, TOKEN

pytestmark = pytest.mark.django_db
PAGE = provider_of("inspera_originality").account_page
COURSES = {"page": 1, "pages": 3, "total": 21, "courses": [{"code": "HIS-1", "title": "History"}]}


def facts(account):
    return {fact.label: (fact.value, fact.tone) for fact in PAGE.facts(account)}


def test_administrators_see_the_address_for_webhooks_and_whether_it_lets_us_in(api, account):
    told = facts(account)
    assert told["Address for webhooks, for Inspera"] == (webhook_url(account), "")
    assert told["Generation of the API"][0] == api.profile
    assert told["Access for documents"] == told["Access for users and courses"] == ("works", "good")


def test_the_address_for_webhooks_is_there_when_nothing_else_works(api, account):
    api.answers[TOKEN[api.profile]] = (401, {"message": "no"})
    told = facts(account)
    assert told["Address for webhooks, for Inspera"][0] == webhook_url(account)
    assert told["Access for documents"][1] == "bad"


def test_without_a_user_nothing_is_said_about_users(account):
    account.settings = {name: value for name, value in account.settings.items() if name != "email"}
    assert "Access for users and courses" not in facts(account)
    assert "subjectId" not in PAGE.choices(account)


@pytest.mark.parametrize("told", [COURSES, {"data": COURSES["courses"]}, COURSES["courses"]])
def test_courses_are_offered_as_subjects(api, account, told):
    api.answers["GET /courses-info"] = (200, told)
    choices = PAGE.choices(account)
    assert choices["subjectId"] == ["HIS-1"]
    parameters = {name: values[0] for name, values in choices.items()}
    assert provider_of("inspera_originality").check_activity(account, "submit_document", parameters) == []


@pytest.mark.parametrize(
    ("name", "filled", "line", "answer", "words"),
    [
        (
            "create_user",
            {"firstName": "Alice", "lastName": "Martin", "email": "a@example.edu", "role": "Student", "courses": ""},
            "POST /user",
            {"id": 7, "name": "Alice Martin", "email": "a@example.edu", "status": "active"},
            "id 7",
        ),
        ("get_user", {"email": "a@example.edu"}, "GET /user-info", {"id": 7, "role": "Student"}, "Student"),
        ("list_users", {"page": "1"}, "GET /user-info", {"total": 57, "page": 1, "pages": 6}, "57 in all"),
        (
            "update_educator",
            {"userId": "7", "firstName": "Ines", "lastName": "Lopez", "userSubjects": "HIS-1"},
            "PUT /user-info",
            {"message": "User updates successfully"},
            "changed",
        ),
        (
            "update_student",
            {
                "userId": "7",
                "firstName": "Alice",
                "lastName": "Martin",
                "status": "active",
                "email": "a@example.edu",
            },
            "PUT /user-info",
            {"fristName": "Alice"},
            "changed",
        ),
        ("delete_user", {"userId": "7"}, "DELETE /user-info", {"message": "ok"}, "deleted"),
        ("list_courses", {"page": "1"}, "GET /courses-info", COURSES, "HIS-1 History"),
        (
            "get_course",
            {"courseCode": "HIS-1"},
            "GET /courses-info",
            {"code": "HIS-1", "title": "History", "status": "active"},
            "HIS-1, History",
        ),
        (
            "get_institution_info",
            {},
            "GET /institution-info",
            {"faculties": [{"name": "Humanities"}]},
            "Humanities",
        ),
    ],
)
def test_what_administrators_have_done_is_done_and_written_down_without_names(
    api, account, name, filled, line, answer, words
):
    api.answers[line] = (200, answer)
    row, url = acting.about_account(account, name, PAGE.acts[name], filled, staff="root")
    assert (row.state, url, api.lines[-1]) == ("done", "", line)
    kept = f"{row.told} {row.details}"
    assert words in row.told and "example.edu" not in kept
    assert "Alice Martin" not in row.told


def test_each_act_is_in_a_case():
    assert set(PAGE.acts) == {
        *("create_user", "get_user", "list_users", "update_educator", "update_student", "delete_user"),
        *("list_courses", "get_course", "get_institution_info"),
    }


def test_what_is_refused_is_said_in_words(api, account):
    api.answers["POST /user"] = (402, {"message": "Validation error"})
    filled = {"firstName": "Al", "lastName": "Martin", "email": "a@example.edu", "role": "Student"}
    row, _url = acting.about_account(account, "create_user", PAGE.acts["create_user"], filled, staff="root")
    assert row.state == "refused" and "letters only" in row.told


def test_what_is_not_filled_in_rightly_is_never_sent(api, account):
    with pytest.raises(CannotCall):
        acting.about_account(account, "list_users", PAGE.acts["list_users"], {"page": ""}, staff="root")
    row, _url = acting.about_account(account, "list_users", PAGE.acts["list_users"], {"page": "none"}, staff="root")
    assert row.state == "refused" and api.api.asked == []


def test_who_lets_a_similarity_become_a_grade_is_warned_before_and_after(account, document):
    User.objects.create_superuser("root", "root@example.edu", "root password")
    client = Client()
    client.force_login(User.objects.get())
    activity = document.attempt.activity
    address = f"/admin/lti_bridge/activity/{activity.pk}/change/"
    assert "proves nothing" not in client.get(address).content.decode()
    filled = {
        **{name: getattr(activity, name) for name in ("title", "slug", "description", "action", "attempt_rule")},
        **{"account": account.pk, "release": "automatic", "max_attempts": 0, "enabled": "on", "_continue": "1"},
        "parameters": '{"documentLanguage": "en", "grade": "inverse_similarity"}',
    }
    shown = client.post(address, filled, follow=True).content.decode()
    assert shown.count("proves nothing") == 2
    activity.refresh_from_db()
    assert activity.parameters["grade"] == "inverse_similarity"


def test_who_makes_an_activity_is_warned_before_a_similarity_is_ever_a_grade(account):
    User.objects.create_superuser("root", "root@example.edu", "root password")
    client = Client()
    client.force_login(User.objects.get())
    address = "/admin/lti_bridge/activity/add/"
    assert "what the check finds becomes a grade" in client.get(address).content.decode()
    filled = {
        **{"title": "Essay", "slug": "not a slug", "account": account.pk, "action": "submit_document"},
        **{"attempt_rule": "best", "release": "automatic", "max_attempts": 0, "enabled": "on"},
        "parameters": '{"documentLanguage": "en", "grade": "inverse_similarity"}',
    }
    assert client.post(address, filled).content.decode().count("proves nothing") == 1
    saved = client.post(address, filled | {"slug": "essay", "_continue": "1"}, follow=True).content.decode()
    assert saved.count("proves nothing") == 2


def test_of_another_providers_activity_nothing_is_said_about_it(account):
    User.objects.create_superuser("root", "root@example.edu", "root password")
    client = Client()
    client.force_login(User.objects.get())
    other = Account.objects.create(name="isograd", provider="isograd")
    page = client.get("/admin/lti_bridge/activity/add/", {"account": other.pk}).content.decode()
    assert "what the check finds becomes a grade" not in page


def test_the_page_in_the_administration_shows_it_and_no_secret(api, account):
    User.objects.create_superuser("root", "root@example.edu", "root password")
    client = Client()
    client.force_login(User.objects.get())
    page = client.get(f"/admin/lti_bridge/account/{account.pk}/provider/").content.decode()
    assert webhook_url(account) in page and "Make a user" in page
    assert CLIENT_ID not in page and PASSWORD not in page and EMAIL not in page
    assert (
        client.post(
            f"/admin/lti_bridge/account/{account.pk}/provider/", {"act": "delete_user", "userId": "7", "typed": "8"}
        ).status_code
        == 400
    )
    assert ProviderAct.objects.count() == 0
