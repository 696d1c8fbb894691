"""``apply``: from a file to rows."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import TextField
from django.db.models.functions import Cast

from lti_bridge.configuration.tables import nearest
from lti_bridge.errors import ConfigurationError
from lti_bridge.models import Account, Activity, Lti11Registration, Platform, relay_key_digest
from tests.configuration.conftest import Apply
from tests.configuration.samples import WHOLE

pytestmark = pytest.mark.django_db

NOT_A_SLUG = "Enter a valid “slug” consisting of letters, numbers, underscores or hyphens."
SECOND_ACCOUNT = """
[[accounts]]
name = "b"
provider = "pretend"
settings = {mode = "easy"}
secrets = {consumer_key = "%s"}
"""


def lines_of(error: pytest.ExceptionInfo[ConfigurationError]) -> list[str]:
    return str(error.value).splitlines()


def test_a_first_apply_makes_every_row(apply_text: Apply) -> None:
    plan = apply_text(WHOLE)

    assert plan.lines() == [
        "+ platform campus-moodle",
        "+ platform side-canvas",
        "+ lti11 moodle",
        "+ account pretend-test",
        "+ activity excel-basic",
    ]
    registration = Lti11Registration.objects.get()
    assert (registration.platform.name, registration.live_secrets) == ("campus-moodle", ["a-sample-secret"])
    account = Account.objects.get()
    assert (account.settings, account.secrets["shared_secret"]) == ({"mode": "easy"}, "another-sample-secret")
    activity = Activity.objects.get()
    assert (activity.attempt_rule, activity.release, activity.max_attempts) == ("best", "manual", 2)
    assert activity.parameters == {"test": 482}
    assert [each.name for each in activity.platforms.all()] == ["campus-moodle"]


def test_a_second_apply_changes_nothing(apply_text: Apply) -> None:
    apply_text(WHOLE)
    history = Platform.history.count(), Account.history.count(), Activity.history.count()

    plan = apply_text(WHOLE)

    assert plan.lines() == ["= 5 unchanged"]
    assert history == (Platform.history.count(), Account.history.count(), Activity.history.count())


def test_a_dry_run_prints_the_same_and_changes_nothing(apply_text: Apply) -> None:
    rehearsed = apply_text(WHOLE, dry_run=True).lines()
    assert not Platform.objects.exists()
    assert apply_text(WHOLE).lines() == rehearsed


def test_a_change_is_named_by_its_key(apply_text: Apply) -> None:
    apply_text(WHOLE)
    changed = WHOLE.replace('"Excel, basic"', '"Excel"').replace('"best"', '"first"').replace("482", "483")

    plan = apply_text(changed)

    assert plan.lines() == ["~ activity excel-basic: title, parameters, grading.attempts", "= 4 unchanged"]
    assert Activity.objects.get().parameters == {"test": 483}


def test_a_key_that_is_taken_out_goes_back_to_its_default(apply_text: Apply) -> None:
    apply_text(WHOLE)
    text = WHOLE.replace("max_attempts = 2\n", "").replace('platforms = ["campus-moodle"]\n', "")

    assert apply_text(text).lines()[0] == "~ activity excel-basic: grading.max_attempts, platforms"
    assert Activity.objects.get().max_attempts == 0
    assert not Activity.objects.get().platforms.exists()


def test_switches_that_the_file_does_not_name_stay_as_people_turned_them(apply_text: Apply) -> None:
    apply_text(WHOLE)
    Platform.objects.update(delivery_paused=True)
    Lti11Registration.objects.update(service_hosts=["moodle.example.edu"], enabled=False)

    assert apply_text(WHOLE).lines() == ["= 5 unchanged"]
    paused = WHOLE.replace("parallel_sends = 4", "parallel_sends = 4\ndelivery_paused = false")
    assert apply_text(paused).lines()[0] == "~ platform campus-moodle: delivery_paused"


def test_what_is_only_in_the_database_is_listed_and_left_alone(apply_text: Apply) -> None:
    apply_text(WHOLE)

    plan = apply_text('[[platforms]]\nname = "third"\n')

    others = ["platform campus-moodle", "platform side-canvas", "lti11 moodle"]
    others += ["account pretend-test", "activity excel-basic"]

    assert plan.lines() == [
        "+ platform third",
        ". not in the file, left alone: " + ", ".join(others),
    ]
    assert Activity.objects.exists()


def test_a_file_may_build_on_what_is_only_in_the_database(apply_text: Apply) -> None:
    apply_text(WHOLE)
    text = '[[activities]]\nslug = "more"\ntitle = "More"\naccount = "pretend-test"\naction = "view_results"\n'
    apply_text(text + 'platforms = ["side-canvas"]\n')
    assert Activity.objects.get(slug="more").account.name == "pretend-test"


def test_a_new_shared_secret_keeps_the_old_one_alive(apply_text: Apply) -> None:
    apply_text(WHOLE)

    plan = apply_text(WHOLE.replace("a-sample-secret", "a-newer-sample"))

    assert plan.lines()[0] == "~ lti11 moodle: secret previous_shared_secret added, secret shared_secret changed"
    assert Lti11Registration.objects.get().live_secrets == ["a-newer-sample", "a-sample-secret"]
    assert not apply_text(WHOLE.replace("a-sample-secret", "a-newer-sample")).changes


@pytest.mark.parametrize(
    ("previous", "live"), [("an-older-one", ["a-newer-sample", "an-older-one"]), ("", ["a-newer-sample"])]
)
def test_the_file_may_say_which_old_secret_is_live(apply_text: Apply, previous: str, live: list[str]) -> None:
    apply_text(WHOLE)
    new = f'shared_secret = "a-newer-sample"\nprevious_shared_secret = "{previous}"'
    apply_text(WHOLE.replace('shared_secret = "a-sample-secret"', new))
    assert Lti11Registration.objects.get().live_secrets == live


def test_no_line_of_a_plan_or_a_problem_holds_a_secret(apply_text: Apply) -> None:
    lines = apply_text(WHOLE).lines() + apply_text(WHOLE.replace("a-sample-secret", "a-newer-sample")).lines()
    with pytest.raises(ConfigurationError) as error:
        apply_text(WHOLE.replace('"easy"', '"odd"').replace("482", '"a-sample-secret"').replace("take_test", "take"))
    assert "sample" not in "".join(lines) + str(error.value)


def test_an_account_changes_its_secrets_by_name(apply_text: Apply) -> None:
    apply_text(WHOLE)
    plan = apply_text(WHOLE.replace('shared_secret = "another-sample-secret"', 'other = "sample"'))
    assert plan.lines()[0] == "~ account pretend-test: secret other added, secret shared_secret removed"


def test_two_accounts_may_swap_their_relay_keys(apply_text: Apply) -> None:
    apply_text(WHOLE + SECOND_ACCOUNT % "key-b")
    apply_text(WHOLE.replace('"relay-key"', '"key-b"') + SECOND_ACCOUNT % "relay-key")
    assert Account.objects.get(name="b").relay_key_digest == relay_key_digest("relay-key")


def test_settings_that_change_change_what_the_providers_tool_calls_us_by(apply_text: Apply) -> None:
    apply_text(WHOLE)
    by_lti13 = 'mode = "easy"\nconnection = "lti13"\nclient_id = "%s"'
    for client_id in ("first-client", "second-client"):
        apply_text(WHOLE.replace('mode = "easy"', by_lti13 % client_id))
        account = Account.objects.get()
        assert account.relay_client_id == client_id
        assert account.relay_key_digest == relay_key_digest("relay-key")


def test_one_relay_client_id_never_belongs_to_two_accounts(apply_text: Apply) -> None:
    second = SECOND_ACCOUNT.replace('mode = "easy"', 'mode = "easy", connection = "lti13", client_id = "c"') % "key-b"
    first = WHOLE.replace('mode = "easy"', 'mode = "easy"\nconnection = "lti13"\nclient_id = "c"')
    with pytest.raises(ConfigurationError) as both:
        apply_text(first + second)
    apply_text(first)
    with pytest.raises(ConfigurationError) as stored:
        apply_text(second)
    said = 'client id "c" is already that of account "pretend-test": give one of the two another client_id'
    assert lines_of(both) == [f'accounts[2] "b": {said}']
    assert lines_of(stored) == [f'accounts[1] "b": {said}']


def test_the_database_sees_secrets_only_encrypted(apply_text: Apply) -> None:
    apply_text(WHOLE)
    stored = Lti11Registration.objects.annotate(raw=Cast("secrets", TextField())).values_list("raw", flat=True)
    assert "sample" not in stored[0]


def test_secrets_that_no_key_opens_any_more_are_written_anew(apply_text: Apply) -> None:
    apply_text(WHOLE)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE lti_bridge_lti11registration SET secrets = 'gAAAAA-from-another-key'")
        cursor.execute("UPDATE lti_bridge_account SET secrets = 'gAAAAA-from-another-key'")
    apply_text(WHOLE)
    assert Lti11Registration.objects.get().live_secrets == ["a-sample-secret"]
    assert Account.objects.get().secrets["shared_secret"] == "another-sample-secret"


WRONG = """
[[platforms]]
name = "campus moodle"
family = "moodel"
parallel_sends = 0
[[platforms.lti11]]
consumer_key = "k"
shared_secret = "env:NOT_SET"
[[platforms.lti13]]
issuer = "https://moodle.example.edu?x=1"
client_id = "abc"
[[platforms]]
name = "second"
[[platforms.lti11]]
consumer_key = "k"
shared_secret = "file:no.txt"
[[accounts]]
name = "a"
provider = "pretent"
[[accounts]]
name = "b"
provider = "pretend"
[[activities]]
slug = "one"
title = "One"
account = "x"
action = "take_test"
[[activities]]
slug = "two"
titel = "Two"
account = "b"
action = "take_tests"
max_attempts = "3"
platforms = ["secnd"]
[[activities]]
slug = "three"
title = "Three"
account = "b"
action = "take_test"
[activities.grading]
attempts = "bets"
"""


def test_all_problems_come_at_once_each_with_its_place(apply_text: Apply) -> None:
    with pytest.raises(ConfigurationError) as error:
        apply_text(WRONG)

    assert lines_of(error) == [
        'platforms[1] "campus moodle" lti11[1] "k": shared_secret: environment variable NOT_SET is not set or empty',
        'platforms[1] "campus moodle" lti13[1] "abc": authorization_endpoint is missing',
        'platforms[1] "campus moodle" lti13[1] "abc": jwks_uri is missing',
        'platforms[2] "second" lti11[1] "k": shared_secret: file no.txt cannot be read: No such file or directory',
        'activities[2] "two": title is missing',
        'activities[2] "two": max_attempts must be a whole number',
        'activities[2] "two": key "titel" is not known (did you mean "title"?)',
        'platforms[2] "second" lti11[1] "k": consumer_key is already used by platforms[1] "campus moodle" lti11[1] "k"',
        f'platforms[1] "campus moodle": name: {NOT_A_SLUG}',
        'platforms[1] "campus moodle": family "moodel" is not known (did you mean "moodle"?)',
        'platforms[1] "campus moodle": parallel_sends must be at least 1 (to stop sending, use delivery_paused)',
        (
            'platforms[1] "campus moodle" lti13[1] "abc": issuer must have no query and no fragment: it is a name, '
            "compared letter by letter"
        ),
        'accounts[1] "a": provider "pretent" is not known (did you mean "pretend"?)',
        'accounts[2] "b": settings.mode must be "easy" or "hard"',
        'activities[1] "one": account "x" is not known (known: a, b)',
        'activities[2] "two": action "take_tests" is not known (did you mean "take_test"?)',
        'activities[2] "two": parameters.test is missing',
        'activities[2] "two": platform "secnd" is not known (did you mean "second"?)',
        'activities[3] "three": grading.attempts "bets" is not known (did you mean "best"?)',
        'activities[3] "three": parameters.test is missing',
    ]
    assert not Platform.objects.exists()


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("max_attempts = 2", "max_attempts = -1", "max_attempts"),
        ('attempts = "best"', 'attempts = "best"\nmax_attempts = -1', "grading.max_attempts"),
    ],
)
def test_a_wrong_number_of_attempts_is_named_by_the_key_where_it_stands(
    apply_text: Apply, old: str, new: str, key: str
) -> None:
    text = WHOLE.replace("max_attempts = 2\n", "") if "grading" in key else WHOLE
    with pytest.raises(ConfigurationError) as error:
        apply_text(text.replace(old, new))
    (line,) = lines_of(error)
    assert line.startswith(f'activities[1] "excel-basic": {key}: ')


def test_a_name_that_is_not_really_near_is_not_suggested() -> None:
    assert nearest("moodle", ["canvas", "modern"]) == " (known: canvas, modern)"
    assert nearest("modle", ["canvas", "moodle"]) == ' (did you mean "moodle"?)'


def test_one_relay_key_never_belongs_to_two_accounts(apply_text: Apply) -> None:
    """C11-26"""
    second = SECOND_ACCOUNT % "relay-key"
    with pytest.raises(ConfigurationError) as both:
        apply_text(WHOLE + second)
    apply_text(WHOLE)
    with pytest.raises(ConfigurationError) as stored:
        apply_text(second)
    said = 'secret consumer_key is already used by account "pretend-test"'
    assert lines_of(both) == [f'accounts[2] "b": {said}']
    assert lines_of(stored) == [f'accounts[1] "b": {said}']


def test_a_registration_does_not_move_to_another_platform(apply_text: Apply) -> None:
    apply_text(WHOLE)
    other = '[[platforms]]\nname = "other"\n[[platforms.lti11]]\nconsumer_key = "moodle"\nshared_secret = "sample"\n'
    with pytest.raises(ConfigurationError, match='belongs to platform "campus-moodle" and cannot move'):
        apply_text(other)


def test_the_provider_of_an_account_does_not_change(apply_text: Apply) -> None:
    apply_text(WHOLE)
    Account.objects.update(provider="retired")
    with pytest.raises(ConfigurationError, match="provider is retired and cannot change"):
        apply_text(WHOLE)


def test_new_settings_of_an_account_must_not_break_activities_that_the_file_leaves_out(apply_text: Apply) -> None:
    apply_text(WHOLE)
    with pytest.raises(ConfigurationError) as error:
        apply_text('[[accounts]]\nname = "pretend-test"\nprovider = "pretend"\nsettings = {mode = "hard"}\n')
    said = 'would break activity "excel-basic", which is not in the file: parameters.level is missing'
    assert lines_of(error) == [f'accounts[1] "pretend-test": {said}']


def test_a_failure_half_way_leaves_nothing(apply_text: Apply, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Activity, **_: object) -> None:
        raise DatabaseError("full")

    monkeypatch.setattr(Activity, "save", fail)
    with pytest.raises(DatabaseError), transaction.atomic():
        apply_text(WHOLE)
    assert not Platform.objects.exists()


# --- client ids of providers' tools ---------------------------------------------------------

TOOLS = """
[[accounts]]
name = "a"
provider = "pretend"
settings = {mode = "easy", connection = "lti13", client_id = "%s"}

[[accounts]]
name = "b"
provider = "pretend"
settings = {mode = "easy", connection = "lti13", client_id = "%s"}
"""


def client_ids() -> dict[str, str | None]:
    return dict(Account.objects.values_list("name", "relay_client_id"))


def test_one_client_id_never_belongs_to_two_accounts(apply_text: Apply) -> None:
    with pytest.raises(ConfigurationError) as both:
        apply_text(TOOLS % ("x", "x"))
    said = 'client id "x" is already that of account "a": give one of the two another client_id'
    assert lines_of(both) == [f'accounts[2] "b": {said}']
    first, second = (f"\n[[accounts]]{part}" for part in (TOOLS % ("x", "x")).split("[[accounts]]")[1:])
    apply_text(first)
    with pytest.raises(ConfigurationError) as stored:
        apply_text(second)
    assert lines_of(stored) == [f'accounts[1] "b": {said}']
    # Without one of its own, an account is known by its name.
    with pytest.raises(ConfigurationError) as by_name:
        apply_text((TOOLS % ("b", "x")).replace(', client_id = "x"', ""))
    assert lines_of(by_name) == [
        'accounts[2] "b": client id "b" is already that of account "a": give one of the two another client_id'
    ]


def test_two_accounts_may_swap_their_client_ids(apply_text: Apply) -> None:
    apply_text(TOOLS % ("x", "y"))
    apply_text(TOOLS % ("y", "x"))
    assert client_ids() == {"a": "y", "b": "x"}


def test_a_client_id_follows_the_settings(apply_text: Apply) -> None:
    apply_text(TOOLS % ("x", "y"))
    apply_text((TOOLS % ("x", "y")).replace('connection = "lti13"', 'connection = "lti11"'))
    assert client_ids() == {"a": None, "b": None}
    apply_text((TOOLS % ("x", "y")).replace(', client_id = "y"', ""))
    assert client_ids() == {"a": "x", "b": "b"}
