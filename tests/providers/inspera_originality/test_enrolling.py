"""Members of a course become users, where the account says so."""

import pytest
from django.utils import timezone

from lti_bridge.errors import CannotOpen, ProviderError
from lti_bridge.models import Activity, Candidate, Learner, Membership, ProviderAct
from lti_bridge.providers import provider_of
from lti_bridge.providers.inspera_originality import enrolling
from tests.providers.inspera_originality.conftest import account_at
from tests.relay.sitting import opening, sit
from tests.world import make_world

pytestmark = pytest.mark.django_db
ORIGINALITY = provider_of("inspera_originality")
PEOPLE = (
    ("Alice", "Martin", "alice@example.edu", ["learner"]),
    ("Zoë", "Müller", "zoe@example.edu", ["learner"]),
    ("Al", "Short", "al@example.edu", ["learner"]),
    ("Bob", "O'Neill", "bob@example.edu", ["learner"]),
    ("Carla", "Nomail", "", ["learner"]),
    ("Ines", "Lopez", "ines@example.edu", ["instructor"]),
)


@pytest.fixture
def told(current):
    account = account_at(current, creates_users=True)
    world = make_world()
    activity = Activity.objects.create(
        slug="users", title="Users", account=account, action="create_users", parameters={"courses": ["HIS-1"]}
    )
    attempt = sit(world, user_id="teacher", activity=activity)
    for number, (given, family, email, roles) in enumerate(PEOPLE):
        learner = Learner.objects.create(
            platform=world.platform, user_id=f"m{number}", given_name=given, family_name=family, email=email
        )
        Membership.objects.create(
            context=attempt.resource_link.context, learner=learner, roles=roles, seen_at=timezone.now()
        )
    current.answers["GET /user-info"] = (404, {"message": "User not found"})
    return opening(attempt, attempt=None, teaches=True)


def names_sent(api):
    return [each.body.decode().split('"')[3] for each in api.api.asked if each.path == "/user"]


def test_each_learner_with_fitting_names_and_an_address_becomes_a_user(current, told):
    page = ORIGINALITY.open(told)
    assert names_sent(current) == ["Alice", "Zo\\u00eb"]
    assert current.told() == {
        "firstName": "Zoë",
        "lastName": "Müller",
        "email": "zoe@example.edu",
        "role": "Student",
        "courses": ["HIS-1"],
    }
    assert "2 of 5" in page.values["text"] and "3 have no" in page.values["text"]
    assert set(Candidate.objects.exclude(provider_candidate_id="").values_list("provider_candidate_id", flat=True)) == {
        "7"
    }
    assert ProviderAct.objects.get().state == "done"


def test_the_roster_offers_it_beside_an_activity_where_the_account_says_so(told):
    essay = Activity(account=told.account, action="submit_document")
    assert ORIGINALITY.for_teachers(essay) == {"create_users": {}}
    assert ORIGINALITY.check_activity(told.account, "create_users", {}) == []
    told.account.settings["creates_users"] = False
    assert ORIGINALITY.for_teachers(essay) == {}


def test_nobody_is_made_twice(current, told):
    ORIGINALITY.open(told)
    before = len(current.api.asked)
    ORIGINALITY.open(told)
    assert len(current.api.asked) == before


def test_who_is_a_user_there_already_is_left_as_they_are(current, told):
    current.answers["GET /user-info"] = (200, {"id": 12})
    text = ORIGINALITY.open(told).values["text"]
    assert names_sent(current) == []
    assert "2 were users already, and have to be enrolled in the courses" in text
    assert Candidate.objects.filter(provider_candidate_id="12").count() == 2


def test_a_large_course_goes_on_at_the_next_opening(current, told, monkeypatch):
    monkeypatch.setattr(enrolling, "TOGETHER", 1)
    assert "Open the link again" in ORIGINALITY.open(told).values["text"]
    assert "Open the link again" not in ORIGINALITY.open(told).values["text"]
    assert len(names_sent(current)) == 2


@pytest.mark.parametrize(
    ("line", "status", "message", "why"),
    [
        ("GET /user-info", 403, "User not authorized to access data from different institution", "another institution"),
        ("POST /user", 402, "Validation error: The first name must consist of only letters", "names are not accepted"),
        ("POST /user", 409, "email already exists", "e-mail address is not accepted"),
    ],
)
def test_whom_originality_does_not_take_is_left_out_and_the_others_go_on(
    current, told, monkeypatch, line, status, message, why
):
    real = enrolling._make

    def make(account, learner, courses):
        if learner.given_name == "Zoë":
            current.answers.pop(line, None)
            current.answers["GET /user-info"] = (404, {"message": "User not found"})
        return real(account, learner, courses)

    # Of the two, the first one is refused.
    monkeypatch.setattr(enrolling, "_make", make)
    current.answers[line] = (status, {"message": message})
    text = ORIGINALITY.open(told).values["text"]
    assert "1 of 5 members are users now" in text and "1 was left out" in text and why in text
    assert names_sent(current)[-1:] == ["Zo\\u00eb"]
    act = ProviderAct.objects.get()
    assert act.state == "done" and why in act.told


@pytest.mark.parametrize(("line", "status"), [("GET /user-info", 401), ("POST /user", 401), ("POST /user", 500)])
def test_what_is_about_the_account_ends_it(current, told, line, status):
    current.answers[line] = (status, {"message": "Server error"})
    with pytest.raises(ProviderError):
        ORIGINALITY.open(told)
    assert len([each for each in current.api.asked if each.path.startswith("/user")]) <= 3
    assert ProviderAct.objects.get().state in ("refused", "unclear")


def test_without_the_accounts_word_nobody_becomes_a_user(current, told):
    told.account.settings["creates_users"] = False
    with pytest.raises(CannotOpen):
        ORIGINALITY.open(told)
    assert current.api.asked == []


def test_without_a_roster_there_is_nobody(current, told):
    Membership.objects.all().delete()
    with pytest.raises(CannotOpen) as refused:
        ORIGINALITY.open(told)
    assert refused.value.code == "no_roster"
