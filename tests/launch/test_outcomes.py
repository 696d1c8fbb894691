"""Gradebook addresses: whose host may be called."""

import threading
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client

from lti_bridge.errors import LaunchRejected
from lti_bridge.launch import lti11, outcomes
from lti_bridge.launch.launch import OutcomeAddress
from lti_bridge.models import Cell, LaunchRecord, Lti11Registration
from tests.launch.conftest import Verify
from tests.world import ALICE, BOB, LAUNCH_PATH, SERVICE_URL, World, launch_fields, make_world, signed_launch


def hosts() -> list[str]:
    return list(Lti11Registration.objects.get().service_hosts)


def forget_hosts(world: World) -> None:
    world.lti11.service_hosts = []
    world.lti11.save()


def test_the_first_launch_teaches_the_host(verify: Verify, world: World) -> None:
    """SEC-F4."""
    forget_hosts(world)
    assert verify(lis_outcome_service_url="https://LMS.example.edu:8443/service").address is not None
    assert hosts() == ["lms.example.edu"]


def test_another_host_later_is_not_called(verify: Verify, world: World) -> None:
    """SEC-F4."""
    launch = verify(lis_outcome_service_url="https://169.254.169.254/latest/meta-data")
    assert launch.address is None
    assert launch.record.details["address_refused"] == "169.254.169.254"
    assert hosts() == ["lms.example.edu"]


def test_a_refused_launch_teaches_nothing(verify: Verify, world: World) -> None:
    forget_hosts(world)
    with pytest.raises(LaunchRejected):
        verify(roles="")
    assert hosts() == []


def test_of_two_first_launches_one_teaches(world: World) -> None:
    """The second one read the registration before the first one saved it."""
    forget_hosts(world)
    first, second = Lti11Registration.objects.get(), Lti11Registration.objects.get()
    assert outcomes.learn_host(first, OutcomeAddress(first.pk, "https://one.example/", "s")) == ""
    assert outcomes.learn_host(second, OutcomeAddress(first.pk, "https://two.example/", "s")) == "two.example"
    assert hosts() == ["one.example"]


def test_the_loser_of_two_first_launches_keeps_no_strange_address(
    verify: Verify, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget_hosts(world)
    use_nonce = lti11._use_nonce

    def other_launch_teaches_meanwhile(record: LaunchRecord, registration: Lti11Registration) -> None:
        use_nonce(record, registration)
        Lti11Registration.objects.update(service_hosts=["lms.example.edu"])

    monkeypatch.setattr(lti11, "_use_nonce", other_launch_teaches_meanwhile)
    loser = verify(lis_outcome_service_url="https://evil.example/steal")
    assert loser.address is None
    assert LaunchRecord.objects.get().details["address_refused"] == "evil.example"
    assert hosts() == ["lms.example.edu"]


def test_the_loser_of_two_first_launches_keeps_an_address_at_the_host_that_was_learnt(
    verify: Verify, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget_hosts(world)
    use_nonce = lti11._use_nonce

    def other_launch_teaches_meanwhile(record: LaunchRecord, registration: Lti11Registration) -> None:
        use_nonce(record, registration)
        Lti11Registration.objects.update(service_hosts=["lms.example.edu"])

    monkeypatch.setattr(lti11, "_use_nonce", other_launch_teaches_meanwhile)
    assert verify().address is not None


@pytest.mark.django_db(transaction=True)
def test_parallel_first_launches_leave_addresses_at_one_host_only() -> None:
    # The test database of SQLite lives in memory and belongs to one thread.
    workers = 8 if connection.vendor == "postgresql" else 1
    forget_hosts(make_world())
    start = threading.Barrier(workers)

    def one(number: int) -> None:
        person = (ALICE, BOB)[number % 2] | {"user_id": f"person-{number}"}
        fields = launch_fields(person, lis_outcome_service_url=f"https://lms-{number}.example.edu/service")
        start.wait()
        try:
            signed_launch(Client(), fields=fields, path=f"{LAUNCH_PATH}/excel-basic")
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = {urlsplit(url).hostname for url in Cell.objects.values_list("outcome_service_url", flat=True) if url}
    assert [*kept] == hosts()
    assert LaunchRecord.objects.filter(details__has_key="address_refused").count() == workers - 1


def test_learning_a_host_leaves_the_secret_as_it_is(verify: Verify, world: World) -> None:
    forget_hosts(world)
    verify()
    assert Lti11Registration.objects.get().live_secrets == world.lti11.live_secrets


@pytest.mark.parametrize(
    ("url", "sourcedid"), [(SERVICE_URL, None), (SERVICE_URL, " "), (None, "sid"), ("", "sid"), (None, None)]
)
def test_half_an_address_is_none(verify: Verify, url: str | None, sourcedid: str | None) -> None:
    """T11-31: a launch without sourcedid takes nothing away."""
    launch = verify(lis_outcome_service_url=url, lis_result_sourcedid=sourcedid)
    assert launch.address is None
    assert "address_refused" not in launch.record.details


@pytest.mark.parametrize(
    ("url", "sourcedid", "why"),
    [
        (SERVICE_URL, "s" * 10_001, "too_long"),
        ("https://lms.example.edu/" + "x" * 2000, "sid", "not_a_web_address"),
        ("file:///etc/passwd", "sid", "not_a_web_address"),
        ("//lms.example.edu/", "sid", "not_a_web_address"),
        (f"{SERVICE_URL}?a=b c", "sid", "not_a_web_address"),
        (f"{SERVICE_URL}?a=b\x0bc", "sid", "not_a_web_address"),
        (f"{SERVICE_URL}?name=caf%E9", "sid", "cannot_be_signed"),
        (f"{SERVICE_URL}?name=café", "sid", "cannot_be_signed"),
        ("https://lms.example.edu/%ff", "sid", "cannot_be_signed"),
        (f"{SERVICE_URL}?a=%00", "sid", "cannot_be_signed"),
        ("https://lms.example.edu/%00", "sid", "cannot_be_signed"),
        ("https://lms.example.edu:/", "sid", "cannot_be_signed"),
        (f"{SERVICE_URL}?{'&' * 1001}", "sid", "cannot_be_signed"),
        (SERVICE_URL, "a\x0bb", "not_xml"),
        (SERVICE_URL, "a\uffffb", "not_xml"),
    ],
)
def test_an_address_that_cannot_be_one_is_refused(
    verify: Verify, caplog: pytest.LogCaptureFixture, url: str, sourcedid: str, why: str
) -> None:
    launch = verify(lis_outcome_service_url=url, lis_result_sourcedid=sourcedid)
    assert launch.address is None
    assert launch.record.details["address_refused"] == why
    assert "gradebook address refused" in caplog.text


@pytest.mark.parametrize("sourcedid", ["a\x00b", "a\ud800b"])
def test_what_no_form_can_carry_is_no_sourcedid_either(world: World, sourcedid: str) -> None:
    fields = {"lis_outcome_service_url": SERVICE_URL, "lis_result_sourcedid": sourcedid}
    assert outcomes.read_address(fields, world.lti11) == (None, "not_xml")


@pytest.mark.parametrize("url", [f"{SERVICE_URL}?name=caf%C3%A9&x=%0A", "https://LMS.example.edu:8443", SERVICE_URL])
def test_an_address_that_can_be_signed_is_kept_as_it_is(verify: Verify, url: str) -> None:
    address = verify(lis_outcome_service_url=url).address
    assert address and address.service_url == url


def test_a_long_sourcedid_is_kept_whole(verify: Verify) -> None:
    address = verify(lis_result_sourcedid="ÿ\"<&'" * 2000).address
    assert address and address.sourcedid == "ÿ\"<&'" * 2000


def test_what_canvas_accepts_beside_a_score_is_read(verify: Verify) -> None:
    address = verify(
        ext_outcome_data_values_accepted="url, text,lti_launch_url",
        ext_outcome_result_total_score_accepted="true",
        ext_outcome_submission_submitted_at_accepted="true",
        ext_outcome_submission_prioritize_non_tool_grade_accepted="true",
        ext_outcome_submission_needs_additional_review_accepted="false",
    ).address
    assert address and address.accepts == ("text", "url", "total_score", "submitted_at", "prioritize_non_tool_grade")
