"""Where LTI 1.3 platforms take grades and tell rosters, and which hosts we may call for that."""

import threading
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from lti_bridge import peer_keys
from lti_bridge.launch import lti13
from lti_bridge.launch.launch import Launch, LineItemAddress
from lti_bridge.launch.service_addresses import read_services
from lti_bridge.models import LaunchRecord, Lti13Registration
from tests.launches13 import begin, launch13, selection_claims, verify
from tests.world import World, make_world
from tests.world13 import (
    AGS,
    AGS_SCOPES,
    LINE_ITEM_URL,
    LINE_ITEMS_URL,
    MEMBERSHIPS_URL,
    NRPS,
    claims,
    make_registration,
)

GRADES = f"{AGS}claim/endpoint"
MEMBERS = f"{NRPS}claim/namesroleservice"
LINE_ITEM, READ, RESULT, SCORE = AGS_SCOPES
EVIL = "https://evil.example/lineitems/1"


@pytest.fixture
def registration(world: World) -> Lti13Registration:
    return make_registration(world.platform)


def launched(client: Client, **more: Any) -> Launch:
    return verify(begin(client), claims(**more))


def grades(*scopes: str, **urls: Any) -> dict[str, Any]:
    return {GRADES: {"scope": list(scopes), **urls}}


@pytest.mark.usefixtures("registration")
@pytest.mark.parametrize(
    ("told", "line_item", "line_items"),
    [
        (grades(*AGS_SCOPES, lineitem=LINE_ITEM_URL, lineitems=LINE_ITEMS_URL), LINE_ITEM_URL, LINE_ITEMS_URL),
        (grades(SCORE, lineitem=LINE_ITEM_URL), LINE_ITEM_URL, ""),
        (grades(SCORE, LINE_ITEM, lineitems=LINE_ITEMS_URL), "", LINE_ITEMS_URL),
        (grades(SCORE, READ, lineitems=LINE_ITEMS_URL), "", LINE_ITEMS_URL),
        (grades(SCORE, lineitem=f" {LINE_ITEM_URL} ", lineitems=7), LINE_ITEM_URL, ""),
    ],
)
def test_a_column_is_used_where_scores_may_be_sent(
    client: Client, told: dict[str, Any], line_item: str, line_items: str
) -> None:
    """T13-AG-01, T13-AG-02."""
    launch = launched(client, **told)
    assert isinstance(launch.address, LineItemAddress)
    assert (launch.address.line_item_url, launch.address.line_items_url) == (line_item, line_items)
    assert set(launch.address.scopes) == set(told[GRADES]["scope"])
    assert "address_refused" not in launch.record.details


@pytest.mark.usefixtures("registration")
@pytest.mark.parametrize(
    ("told", "why"),
    [
        (grades(lineitem=LINE_ITEM_URL), "no_grade_column"),
        (grades(LINE_ITEM, READ, RESULT, lineitem=LINE_ITEM_URL, lineitems=LINE_ITEMS_URL), "no_grade_column"),
        (grades(SCORE), "no_grade_column"),
        (grades(SCORE, lineitems=LINE_ITEMS_URL), "no_grade_column"),
        (grades(*AGS_SCOPES, lineitem=7, lineitems=None), "no_grade_column"),
        ({GRADES: {"scope": SCORE, "lineitem": LINE_ITEM_URL}}, "no_grade_column"),
        ({GRADES: {"lineitem": LINE_ITEM_URL}}, "no_grade_column"),
        (grades(SCORE, lineitem="javascript:alert(1)"), "not_a_web_address"),
        (grades(SCORE, lineitem="https://lms.example.edu/ä"), "not_a_web_address"),
        (grades(SCORE, lineitem="https://lms.example.edu/" + "x" * 2000), "not_a_web_address"),
        (grades(*AGS_SCOPES, lineitem=LINE_ITEM_URL, lineitems="//evil.example"), "not_a_web_address"),
        (grades(SCORE, lineitem=EVIL), "evil.example"),
        (grades(*AGS_SCOPES, lineitem=LINE_ITEM_URL, lineitems=EVIL), "evil.example"),
    ],
)
def test_a_claim_that_is_of_no_use_is_said(client: Client, told: dict[str, Any], why: str) -> None:
    """T13-AG-03, SEC-F5: the launch opens all the same."""
    launch = launched(client, **told)
    assert launch.address is None
    assert launch.record.details["address_refused"] == why
    assert LaunchRecord.objects.get().details["address_refused"] == why


@pytest.mark.usefixtures("registration")
@pytest.mark.parametrize("told", [None, {}, [], "text", 7])
def test_without_the_claim_nothing_is_missed(client: Client, told: Any) -> None:
    launch = launched(client, **{GRADES: told})
    assert launch.address is None and "address_refused" not in launch.record.details


@pytest.mark.usefixtures("registration")
def test_basic_outcomes_inside_lti_1_3_are_left_alone(client: Client) -> None:
    """Moodle sends both; without AGS there is no address."""
    told = {"https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome": {"lis_result_sourcedid": "x"}}
    assert launched(client, **{GRADES: None}, **told).address is None


@pytest.mark.usefixtures("registration")
def test_scopes_that_are_not_about_grades_are_not_kept(client: Client) -> None:
    launch = launched(client, **grades(SCORE, "https://evil.example/everything", lineitem=LINE_ITEM_URL))
    assert isinstance(launch.address, LineItemAddress) and launch.address.scopes == (SCORE,)


@pytest.mark.usefixtures("registration")
@pytest.mark.parametrize(
    ("url", "refused"),
    [
        (MEMBERSHIPS_URL, ""),
        ("https://evil.example/members", "evil.example"),
        ("javascript:alert(1)", "not_a_web_address"),
        (None, None),
        (7, None),
        ("", None),
    ],
)
def test_the_roster_s_address_is_held_to_the_same_rule(client: Client, url: Any, refused: str | None) -> None:
    """T13-NR-01."""
    launch = launched(client, **{MEMBERS: {"context_memberships_url": url}})
    assert (launch.roster.url if launch.roster else None) == (url if refused == "" else None)
    assert launch.record.details.get("roster_refused", "") == (refused or "")
    assert isinstance(launch.address, LineItemAddress), "grades go their own way"


def test_a_choice_of_content_has_no_column_and_misses_none(client: Client, registration: Lti13Registration) -> None:
    launch = verify(begin(client), selection_claims(**grades(SCORE)))
    assert launch.address is None and "address_refused" not in launch.record.details


# --- hosts ----------------------------------------------------------------------------------


def hosts() -> list[str]:
    return list(Lti13Registration.objects.get().service_hosts)


@pytest.mark.parametrize("field", ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"])
def test_the_hosts_of_a_registration_are_known(world: World, field: str) -> None:
    make_registration(world.platform, service_hosts=[])
    row = Lti13Registration.objects.get()
    setattr(row, field, "https://other.example.edu/place")
    row.save()
    told = grades(SCORE, lineitem="https://other.example.edu/lineitems/1")
    services = read_services(claims(**told), row, row.deployments.get())
    assert services.permitted(row) == services and hosts() == []


def school(**more: Any) -> dict[str, Any]:
    """A cloud: the services of a school are at a host of their own."""
    url = "https://school.example.edu/lineitems/1"
    return grades(SCORE, lineitem=url) | {MEMBERS: {"context_memberships_url": "https://school.example.edu/m"}} | more


def test_the_first_other_host_is_learnt(client: Client, world: World) -> None:
    make_registration(world.platform, service_hosts=[])
    launch = launched(client, **school())
    assert launch.address is not None and launch.roster is not None
    assert hosts() == ["school.example.edu"]
    assert Lti13Registration.history.count() == 2, "who looks later sees when it was learnt"


def test_the_next_other_host_waits_for_an_administrator(client: Client, world: World) -> None:
    make_registration(world.platform, service_hosts=[])
    launched(client, **school())
    launch = launched(client, **grades(SCORE, lineitem=EVIL))
    assert launch.address is None and launch.record.details["address_refused"] == "evil.example"
    assert hosts() == ["school.example.edu"]


def test_only_one_of_two_other_hosts_is_learnt(client: Client, world: World) -> None:
    make_registration(world.platform, service_hosts=[])
    launch = launched(client, **school(**{MEMBERS: {"context_memberships_url": "https://evil.example/m"}}))
    assert launch.address is not None and launch.roster is None
    assert launch.record.details["roster_refused"] == "evil.example"


def test_a_known_host_teaches_nothing(client: Client, world: World) -> None:
    make_registration(world.platform, service_hosts=[])
    launched(client)
    assert hosts() == []


def test_a_refused_launch_teaches_nothing(client: Client, world: World) -> None:
    make_registration(world.platform, service_hosts=[])
    launch13(client, claims(version="1.2", **school()))
    assert hosts() == []


def test_the_loser_of_two_first_launches_keeps_no_strange_address(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_registration(world.platform, service_hosts=[])
    use_nonce = lti13._use_nonce

    def other_launch_teaches_meanwhile(record: LaunchRecord, registration: Lti13Registration) -> None:
        use_nonce(record, registration)
        Lti13Registration.objects.update(service_hosts=["school.example.edu"])

    monkeypatch.setattr(lti13, "_use_nonce", other_launch_teaches_meanwhile)
    assert launched(client, **grades(SCORE, lineitem=EVIL)).address is None
    assert launched(client, **school()).address is not None
    assert hosts() == ["school.example.edu"]


@pytest.mark.django_db(transaction=True)
def test_parallel_first_launches_teach_one_host_only() -> None:
    # The test database of SQLite lives in memory and belongs to one thread.
    workers = 8 if connection.vendor == "postgresql" else 1
    peer_keys.forget()
    make_registration(make_world().platform, service_hosts=[])
    start = threading.Barrier(workers)
    launches: list[Launch] = []

    def one(number: int) -> None:
        client = Client()
        begun = begin(client)
        start.wait()
        try:
            launches.append(verify(begun, claims(**grades(SCORE, lineitem=f"https://school-{number}.example.edu/1"))))
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(hosts()) == 1
    assert [launch.address is not None for launch in launches].count(True) == 1
    assert LaunchRecord.objects.filter(details__has_key="address_refused").count() == workers - 1
