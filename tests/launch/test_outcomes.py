"""Gradebook addresses: whose host may be called."""

import pytest

from lti_bridge.errors import LaunchRejected
from lti_bridge.launch import outcomes
from lti_bridge.launch.launch import OutcomeAddress
from lti_bridge.models import Lti11Registration
from tests.launch.conftest import Verify
from tests.world import SERVICE_URL, World


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
    outcomes.learn_host(first, OutcomeAddress(first.pk, "https://one.example/", "s"))
    outcomes.learn_host(second, OutcomeAddress(first.pk, "https://two.example/", "s"))
    assert hosts() == ["one.example"]


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
    ],
)
def test_an_address_that_cannot_be_one_is_refused(verify: Verify, url: str, sourcedid: str, why: str) -> None:
    launch = verify(lis_outcome_service_url=url, lis_result_sourcedid=sourcedid)
    assert launch.address is None
    assert launch.record.details["address_refused"] == why


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
