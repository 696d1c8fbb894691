"""``[[platforms.lti13]]``: LTI 1.3 registrations and their deployments, from a file to rows and back."""

import tomllib

import pytest
from django.utils import timezone
from pytest_django import Settings

from lti_bridge.configuration.export import export
from lti_bridge.errors import ConfigurationError
from lti_bridge.models import Deployment, Lti13Registration, Platform
from tests.configuration.conftest import Apply
from tests.configuration.samples import BY_LTI13

pytestmark = pytest.mark.django_db

AGREED = "https://moodle.example.edu dy6R1Tc6tOHMpae"
WHERE = 'platforms[1] "campus-moodle" lti13[1] "dy6R1Tc6tOHMpae"'
ELSEWHERE = """
[[platforms]]
name = "second-school"
[[platforms.deployments]]
issuer = "https://moodle.example.edu"
client_id = "dy6R1Tc6tOHMpae"
deployment_ids = [%s]
"""


@pytest.fixture(autouse=True)
def no_trial(settings: Settings) -> None:
    settings.BASE_URL, settings.ALLOWED_PRIVATE_HOSTS = "https://bridge.example.edu", ["lms.internal:8080"]


def problems(apply_text: Apply, text: str) -> list[str]:
    with pytest.raises(ConfigurationError) as error:
        apply_text(text)
    return str(error.value).splitlines()


def test_a_registration_and_its_deployments_are_made(apply_text: Apply) -> None:
    plan = apply_text(BY_LTI13)
    assert plan.lines() == [
        "+ platform campus-moodle",
        f"+ lti13 {AGREED}",
        f"+ deployment 2 of {AGREED}",
        f"+ deployment 3 of {AGREED}",
    ]
    row = Lti13Registration.objects.get()
    assert (row.platform.name, row.platform.sends_progress, row.is_live) == ("campus-moodle", True, True)
    assert (row.algorithms, row.token_audience, row.approve_deployments) == (["RS256"], "", False)
    assert [(each.platform, each.approved) for each in row.deployments.all()] == [(row.platform, True)] * 2
    assert apply_text(BY_LTI13).lines() == ["= 4 unchanged"]
    assert row.history.count() == 1 and Deployment.history.count() == 2


def test_a_dry_run_makes_nothing(apply_text: Apply) -> None:
    assert len(apply_text(BY_LTI13, dry_run=True).changes) == 4
    assert not Lti13Registration.objects.exists() and not Deployment.objects.exists()


def test_an_issuer_is_kept_letter_by_letter(apply_text: Apply) -> None:
    for issuer in ("https://Moodle.example.edu", "https://moodle.example.edu/", "https://moodle.example.edu"):
        apply_text(BY_LTI13.replace("https://moodle.example.edu", issuer, 1))
    kept = Lti13Registration.objects.values_list("issuer", flat=True)
    assert set(kept) == {"https://Moodle.example.edu", "https://moodle.example.edu/", "https://moodle.example.edu"}


def test_changes_are_named_and_what_the_file_leaves_out_goes_back_to_its_default(apply_text: Apply) -> None:
    more = 'token_audience = "https://api.example.com/token"\nalgorithms = ["RS256", "ES256"]\n'
    more += 'approve_deployments = true\nservice_hosts = ["services.example.edu"]\nenabled = false\n'
    assert apply_text(BY_LTI13).changes
    changed = apply_text(BY_LTI13 + more).lines()[0]
    names = "token_audience, algorithms, approve_deployments, service_hosts, enabled"
    assert changed == f"~ lti13 {AGREED}: {names}"
    # Switches that people turn, and what is learned, stay.
    back = apply_text(BY_LTI13).lines()[0]
    assert back == f"~ lti13 {AGREED}: token_audience, algorithms, approve_deployments"


def test_deployments_that_the_file_does_not_name_are_left_alone_and_told(apply_text: Apply) -> None:
    apply_text(BY_LTI13)
    row = Lti13Registration.objects.get()
    for deployment_id, more in (("7", {"approved": True}), ("8", {}), ("9", {"refused_at": timezone.now()})):
        Deployment.objects.create(registration=row, platform=row.platform, deployment_id=deployment_id, **more)
    told = f". not in the file, left alone: 3 deployments of lti13 {AGREED} (1 waiting)"
    assert apply_text(BY_LTI13).lines() == ["= 4 unchanged", told]
    assert set(Deployment.objects.filter(approved=True).values_list("deployment_id", flat=True)) == {"2", "3", "7"}


def test_a_registration_that_the_file_does_not_name_is_left_alone_and_told(apply_text: Apply) -> None:
    apply_text(BY_LTI13)
    told = apply_text('[[platforms]]\nname = "other"\n').lines()[-1]
    assert f"lti13 {AGREED}, 2 deployments of lti13 {AGREED}" in told


def test_naming_what_waits_or_was_refused_approves_it(apply_text: Apply) -> None:
    apply_text(BY_LTI13)
    Lti13Registration.objects.update(awaits_approval=True)
    Deployment.objects.filter(deployment_id="2").update(approved=False)
    Deployment.objects.filter(deployment_id="3").update(approved=False, refused_at=timezone.now())
    assert apply_text(BY_LTI13).lines() == [
        f"~ lti13 {AGREED}: approved",
        f"~ deployment 2 of {AGREED}: approved",
        f"~ deployment 3 of {AGREED}: approved, no longer refused",
        "= 1 unchanged",
    ]
    assert Lti13Registration.objects.get().is_live
    assert not Deployment.objects.exclude(approved=True, refused_at=None).exists()


def test_a_registration_does_not_move_to_another_platform(apply_text: Apply) -> None:
    apply_text(BY_LTI13)
    moved = BY_LTI13.replace('"campus-moodle"', '"other"')
    assert problems(apply_text, moved)[0] == (
        'platforms[1] "other" lti13[1] "dy6R1Tc6tOHMpae": issuer and client_id belong to platform "campus-moodle" '
        "and cannot move"
    )


def test_one_registration_is_not_given_twice(apply_text: Apply) -> None:
    twice = BY_LTI13 + BY_LTI13.replace('"campus-moodle"', '"other"').replace('"2", "3"', '"4"')
    assert problems(apply_text, twice) == [
        f'platforms[2] "other" lti13[1] "dy6R1Tc6tOHMpae": issuer with client_id is already used by {WHERE}'
    ]
    other_client = twice[: len(BY_LTI13)] + twice[len(BY_LTI13) :].replace("dy6R1Tc6tOHMpae", "another")
    assert len(apply_text(other_client).changes) == 7


def test_institutions_that_share_a_client_id_differ_by_their_deployments(apply_text: Apply) -> None:
    text = BY_LTI13 + ELSEWHERE % '"42"'
    apply_text(text)
    assert Deployment.objects.get(deployment_id="42").platform.name == "second-school"
    assert apply_text(text).lines() == ["= 6 unchanged"]
    written = tomllib.loads(export()[0])["platforms"]
    assert written[0]["lti13"][0]["deployment_ids"] == ["2", "3"]
    assert written[1]["deployments"][0]["deployment_ids"] == ["42"]


def test_an_approved_deployment_does_not_move_and_one_that_waits_does(apply_text: Apply) -> None:
    apply_text(BY_LTI13)
    row = Lti13Registration.objects.get()
    Deployment.objects.create(registration=row, platform=row.platform, deployment_id="42")
    assert problems(apply_text, ELSEWHERE % '"3", "42"') == [
        (
            'platforms[1] "second-school" deployments[1] "dy6R1Tc6tOHMpae": deployment_id "3" belongs to platform '
            '"campus-moodle" and cannot move'
        )
    ]
    lines = apply_text(ELSEWHERE % '"42"').lines()
    assert f"~ deployment 42 of {AGREED}: platform, approved" in lines
    assert Deployment.objects.get(deployment_id="42").platform.name == "second-school"


def test_all_mistakes_of_deployments_come_at_once(apply_text: Apply) -> None:
    text = BY_LTI13.replace('"2", "3"', '"2", "2", ""') + ELSEWHERE % '"2"'
    nobody = (ELSEWHERE % '"9"').replace("dy6R1Tc6tOHMpae", "nobody").replace("second-school", "third")
    assert problems(apply_text, text + nobody) == [
        f'{WHERE}: deployment_ids names "2" twice',
        f"{WHERE}: deployment_ids holds an empty text",
        f'platforms[2] "second-school" deployments[1] "dy6R1Tc6tOHMpae": deployment_id "2" is already used by {WHERE}',
        'platforms[3] "third" deployments[1] "nobody": there is no lti13 registration with this issuer and client_id',
    ]


def test_all_mistakes_of_a_registration_come_at_once(apply_text: Apply) -> None:
    text = """
[[platforms]]
name = "a"
family = "canvas"
[[platforms.lti13]]
client_id = ""
token_endpoint = "http://lms.example.edu/token"
jwks_uri = 3
algorithms = ["HS256"]
service_hosts = ["https://lms.example.edu"]
deployments = ["1"]
"""
    where = 'platforms[1] "a" lti13[1] ""'
    https = (
        "must be a full https address (http only for hosts in ALLOWED_PRIVATE_HOSTS, or where BASE_URL is http itself)"
    )
    assert problems(apply_text, text) == [
        f"{where}: issuer is missing (Canvas usually has https://canvas.instructure.com)",
        (
            f"{where}: authorization_endpoint is missing "
            "(Canvas usually has https://sso.canvaslms.com/api/lti/authorize_redirect)"
        ),
        f"{where}: jwks_uri must be a text",
        f'{where}: key "deployments" is not known (did you mean "deployment_ids"?)',
        f"{where}: token_endpoint {https}",
        f"{where}: algorithms must be one or more of RS256, RS384, RS512, ES256, ES384, ES512",
        f"{where}: service_hosts must be a list of host names in small letters, without https:// and without a port",
        f"{where}: client_id: This field cannot be blank.",
    ]


def test_plain_http_is_for_hosts_that_are_named(apply_text: Apply) -> None:
    inside = BY_LTI13.replace("https://moodle.example.edu", "http://lms.internal:8080")
    assert apply_text(inside).changes
    assert "issuer must be a full https" in problems(apply_text, inside.replace(":8080", ":8081"))[0]


def test_an_export_holds_what_was_agreed_and_nothing_that_waits(apply_text: Apply) -> None:
    apply_text(BY_LTI13)
    row = Lti13Registration.objects.get()
    Deployment.objects.create(registration=row, platform=row.platform, deployment_id="waits")
    Lti13Registration.objects.create(
        platform=row.platform, issuer="https://new.example.edu", client_id="x", awaits_approval=True
    )
    assert tomllib.loads(export()[0]) == tomllib.loads(BY_LTI13)


def test_an_export_builds_the_same_in_an_empty_database(apply_text: Apply) -> None:
    apply_text(BY_LTI13 + ELSEWHERE % '"42"')
    text = export()[0]
    Platform.objects.all().delete()
    apply_text(text)
    assert export()[0] == text
