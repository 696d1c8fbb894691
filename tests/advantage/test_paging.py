"""Lists that come in pages."""

from decimal import Decimal

import pytest

from lti_bridge.advantage import paging, scopes
from lti_bridge.advantage.problems import ServiceProblem
from lti_bridge.models import Lti13Registration
from tests.advantage.conftest import Platform, Request, answer

URL = "https://lms.example.edu/list?type_id=2"
ACCEPT = "application/json"


def every_page(registration: Lti13Registration) -> list[int]:
    return [
        page.status
        for page in paging.pages(registration, (scopes.LINE_ITEM_READONLY,), URL, accept=ACCEPT, deadline=60)
    ]


def test_the_next_page_is_asked_for_exactly_as_its_address_was_given(
    platform: Platform, registration: Lti13Registration
) -> None:
    """Page tokens are opaque, capital letters included."""
    given = "https://lms.example.edu/List?Page=AbC%2Fd,e==&b=1"
    platform.services = [
        answer(200, [], Link=f'<{URL}>; rel="prev", <{given}>; rel="next"'),
        answer(200, [], Link='</list?page=3>; rel=Next; title="x"'),
        answer(200, []),
    ]
    assert every_page(registration) == [200, 200, 200]
    assert [request.url for request in platform.asked] == [URL, given, "https://lms.example.edu/list?page=3"]


@pytest.mark.parametrize("link", ["", "garbage", '<>; rel="next"', '<https://x.example/>; rel="differences"', ";;,<"])
def test_what_names_no_next_page_ends_the_list(platform: Platform, registration: Lti13Registration, link: str) -> None:
    platform.services = [answer(200, [], Link=link)]
    assert every_page(registration) == [200]


def test_a_page_that_fails_is_the_last_one(platform: Platform, registration: Lti13Registration) -> None:
    platform.services = [answer(404, [], Link=f'<{URL}&page=2>; rel="next"')]
    assert every_page(registration) == [404]


@pytest.mark.parametrize("next_url", ["https://evil.example/list?page=2", URL, "http://lms.example.edu:81/list"])
def test_pages_lead_neither_to_another_host_nor_in_a_circle(
    platform: Platform, registration: Lti13Registration, next_url: str
) -> None:
    """SEC-F5"""
    platform.services = [answer(200, [], Link=f'<{next_url}>; rel="next"')]
    with pytest.raises(ServiceProblem) as refused:
        every_page(registration)
    assert refused.value.code == "not_an_answer"
    assert len(platform.asked) == 1


def test_a_list_without_an_end_is_given_up(
    platform: Platform, registration: Lti13Registration, monkeypatch: pytest.MonkeyPatch
) -> None:
    def more(request: Request) -> object:
        return answer(200, [], Link=f'<{URL}&page={len(platform.asked)}>; rel="next"')

    monkeypatch.setattr(paging, "PAGES", 7)
    platform.services = [more]  # type: ignore[list-item]
    with pytest.raises(ServiceProblem):
        every_page(registration)
    assert len(platform.asked) == 7


def test_numbers_are_read_as_they_are_written() -> None:
    assert paging.json_of(answer(200, b"[0.1, 33.33333333, 7]")) == [Decimal("0.1"), Decimal("33.33333333"), 7]


@pytest.mark.parametrize("body", [b"", b"<html>", b"[", b"[" * 10000, b"\xff"])
def test_what_is_no_json_is_no_answer(body: bytes) -> None:
    with pytest.raises(ServiceProblem) as refused:
        paging.json_of(answer(200, body))
    assert refused.value.code == "not_an_answer"
