"""The column of a link: the one that is told, the one that is there, or one that we make. Never a second one."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from lti_bridge.advantage import line_items, scopes
from lti_bridge.advantage.problems import ServiceProblem
from lti_bridge.models import LineItem, ResourceLink
from tests.ags_server import SCOPES, AgsFaults, Platform, ags_server
from tests.delivery.columns import make_column_link, our_keys, start_anew, told

pytestmark = pytest.mark.django_db

MODES = ("plain", "moodle", "canvas")
READ_ONLY = tuple(scope for scope in SCOPES if scope != scopes.LINE_ITEM)


@pytest.fixture(autouse=True)
def _quick(settings: Any) -> None:
    settings.ALLOWED_PRIVATE_HOSTS = ["127.0.0.0/8"]
    start_anew()


@pytest.fixture(params=MODES)
def lms(request: pytest.FixtureRequest) -> Iterator[Platform]:
    with ags_server(Platform(mode=request.param, keys=our_keys())) as platform:
        yield platform


@pytest.fixture
def link(lms: Platform) -> ResourceLink:
    return make_column_link(lms)


def column_of(lms: Platform, link: ResourceLink, **more: Any) -> LineItem:
    """The column as a launch tells it that names no line item."""
    claim = lms.claim("no such link") | more
    return told(link, claim)


def find(column: LineItem) -> str:
    return line_items.address_of(column, deadline=3.0)


def refused(column: LineItem) -> ServiceProblem:
    with pytest.raises(ServiceProblem) as problem:
        find(column)
    return problem.value


def test_the_column_that_the_launch_names_is_used_without_a_question(lms: Platform, link: ResourceLink) -> None:
    """T13-AG-02"""
    column = column_of(lms, link, lineitem=lms.column_url("77"))
    assert find(column) == lms.column_url("77")
    assert lms.requests == 0


@pytest.mark.parametrize("filters", [True, False])
def test_the_column_of_the_link_is_found_among_others(lms: Platform, link: ResourceLink, filters: bool) -> None:
    """T13-AG-01; some platforms give every column, whatever they are asked."""
    lms.filters = filters
    for number in range(5):
        lms.add_column(resourceLinkId=f"other-{number}", tag="lti-bridge", resourceId="campus-excel")
    ours = lms.add_column(resourceLinkId="link-1")
    column = column_of(lms, link)
    assert find(column) == lms.column_url(ours)
    assert (lms.made, LineItem.objects.get().url, LineItem.objects.get().made_by_us) == (0, column.url, False)
    asked = lms.requests
    assert find(LineItem.objects.get()) == column.url
    assert lms.requests == asked, "once found, it is known"


def test_where_there_is_none_one_is_made_and_found_again(lms: Platform, link: ResourceLink) -> None:
    """T13-AG-01"""
    link.title = "Excel test"
    link.save()
    column = column_of(lms, link)
    url = find(column)
    assert lms.columns == {
        "3": {
            "label": "Excel test",
            "scoreMaximum": 100,
            "resourceId": "campus-excel",
            "tag": "lti-bridge",
            "resourceLinkId": "link-1",
        }
    }
    assert LineItem.objects.get().made_by_us
    LineItem.objects.update(url="")
    assert find(LineItem.objects.get()) == url
    assert lms.made == 1


def test_a_label_is_never_empty_nor_too_long(lms: Platform, link: ResourceLink) -> None:
    link.title = "x" * 400
    link.save()
    find(column_of(lms, link))
    assert len(lms.columns["3"]["label"]) == 100
    lms.columns.clear()
    LineItem.objects.update(url="")
    link.title = ""
    link.save()
    find(LineItem.objects.get())
    assert lms.columns["3"]["label"] == "Excel"


def test_moodle_gets_no_second_column_for_the_same_link() -> None:
    """The coupled line item trap: once there are two, launches name none of them."""
    with ags_server(Platform(mode="moodle", keys=our_keys())) as moodle:
        link = make_column_link(moodle)
        own = moodle.add_column(resourceLinkId="link-1")
        assert "lineitem" in moodle.claim("link-1")
        moodle.add_column(resourceLinkId="link-1", label="by another tool")
        claim = moodle.claim("link-1")
        assert "lineitem" not in claim
        assert find(told(link, claim)) == moodle.column_url(own)
        assert moodle.made == 0


def test_where_a_link_has_several_columns_it_is_always_the_same_one(lms: Platform, link: ResourceLink) -> None:
    """Brightspace names none when there are several."""
    lms.add_column(resourceLinkId="link-1")
    ours = lms.add_column(resourceLinkId="link-1", tag="lti-bridge")
    lms.add_column(resourceLinkId="link-1", tag="lti-bridge")
    column = column_of(lms, link, lineitem="")
    assert find(column) == lms.column_url(ours)


@pytest.mark.parametrize("size", [1, 2, 7])
def test_the_column_is_found_on_a_later_page(lms: Platform, link: ResourceLink, size: int) -> None:
    lms.page_size = size
    for _ in range(6):
        lms.add_column(resourceLinkId="link-1", label="many")
    ours = lms.add_column(resourceLinkId="link-1", tag="lti-bridge")
    assert find(column_of(lms, link)) == lms.column_url(ours)


# --- copied courses -------------------------------------------------------------------------


def test_a_column_that_lost_its_link_when_the_course_was_copied_is_found(lms: Platform, link: ResourceLink) -> None:
    """T13-AG-14"""
    copied = lms.add_column(tag="lti-bridge", resourceId="campus-excel")
    assert find(column_of(lms, link)) == lms.column_url(copied)
    assert lms.made == 0


@pytest.mark.parametrize(
    "stranger",
    [
        {"tag": "lti-bridge", "resourceId": "campus-excel", "resourceLinkId": "the-original"},
        {"tag": "lti-bridge", "resourceId": "another-activity"},
        {"tag": "somebody-else", "resourceId": "campus-excel"},
        {"resourceId": "campus-excel"},
    ],
)
@pytest.mark.parametrize("filters", [True, False])
def test_a_column_of_another_link_or_tool_is_never_ours(
    lms: Platform, link: ResourceLink, stranger: dict[str, str], filters: bool
) -> None:
    """E2E-13: no grade of one link arrives in the column of another."""
    lms.filters = filters
    theirs = lms.add_column(**stranger)
    assert find(column_of(lms, link)) != lms.column_url(theirs)
    assert lms.made == 1


def test_a_lost_column_that_another_link_has_found_already_is_not_shared(lms: Platform, link: ResourceLink) -> None:
    lost = lms.add_column(tag="lti-bridge", resourceId="campus-excel")
    first = column_of(lms, link)
    assert find(first) == lms.column_url(lost)
    twin = ResourceLink.objects.create(context=link.context, resource_link_id="link-2", activity=link.activity)
    second = find(column_of(lms, twin))
    assert second != first.url
    assert lms.made == 1


def test_of_two_lost_columns_none_is_guessed(lms: Platform, link: ResourceLink) -> None:
    lost = [lms.column_url(lms.add_column(tag="lti-bridge", resourceId="campus-excel")) for _ in range(2)]
    assert find(column_of(lms, link)) not in lost


# --- what cannot be done --------------------------------------------------------------------


@pytest.mark.parametrize(
    "claim",
    [
        {"scope": [scopes.SCORE], "lineitem": ""},
        {"scope": list(SCOPES), "lineitems": ""},
        {"scope": [], "lineitems": ""},
    ],
)
def test_a_link_without_a_column_is_not_asked_about(lms: Platform, link: ResourceLink, claim: dict[str, Any]) -> None:
    """T13-AG-03"""
    column = column_of(lms, link, **claim)
    assert not line_items.offers_column(column)
    assert refused(column).code == "no_column"
    assert lms.requests == 0


def test_a_link_whose_column_may_only_be_read_gets_none_made(lms: Platform, link: ResourceLink) -> None:
    """T13-AG-03; Open edX where the platform alone declares columns."""
    lms.scopes = READ_ONLY
    column = column_of(lms, link)
    assert line_items.offers_column(column)
    assert refused(column).code == "no_column"
    assert lms.made == 0
    ours = lms.add_column(resourceLinkId="link-1")
    assert find(column) == lms.column_url(ours)


def test_without_the_scope_to_read_the_one_to_write_is_used() -> None:
    with ags_server(Platform(mode="plain", keys=our_keys())) as lms:
        lms.scopes = (scopes.LINE_ITEM, scopes.SCORE)
        assert find(column_of(lms, make_column_link(lms)))
        assert lms.made == 1


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (401, b"", "not_permitted"),
        (403, b"Rate Limit Exceeded", "waits"),
        (404, b"", "column_refused"),
        (429, b"", "waits"),
        (500, b"", "server_error"),
        (302, b"", "column_refused"),
        (200, b"<html>Please log in</html>", "not_an_answer"),
        (200, b'{"lineItems":[]}', "not_an_answer"),
    ],
)
def test_a_list_that_is_not_to_be_had_leads_to_no_column(
    lms: Platform, link: ResourceLink, status: int, body: bytes, code: str
) -> None:
    column = column_of(lms, link)
    lms.answer_with = ("resource_link_id", status, body, "text/html")
    problem = refused(column)
    assert (problem.code, problem.ambiguous) == (code, False)
    assert lms.made == 0
    lms.answer_with = None
    assert find(column), "the next one may look at once"


def test_a_link_that_the_platform_does_not_know_gets_its_words(lms: Platform, link: ResourceLink) -> None:
    lms.links = {"another"}
    problem = refused(column_of(lms, link))
    assert (problem.code, problem.status) == ("column_refused", 404)


# --- one at a time --------------------------------------------------------------------------


def test_while_one_looks_the_others_wait(lms: Platform, link: ResourceLink) -> None:
    column = column_of(lms, link)
    LineItem.objects.update(
        search_lease="12345678123456781234567812345678", searched_until=timezone.now() + timedelta(seconds=30)
    )
    problem = refused(column)
    assert (problem.code, problem.again_in) == ("waits", 2.0)
    assert lms.requests == 0
    LineItem.objects.update(searched_until=timezone.now() - timedelta(seconds=1))
    assert find(column), "a worker that died does not block for long"


def test_a_column_whose_making_was_not_answered_is_looked_for_before_another_is_made(
    lms: Platform, link: ResourceLink
) -> None:
    column = column_of(lms, link)
    lms.faults = AgsFaults(applied_then_cut=1.0)
    problem = refused(column)
    assert (problem.code, problem.ambiguous) == ("cut", True)
    lms.faults = AgsFaults()
    assert refused(column).code == "waits", "the request may still be acted upon"
    LineItem.objects.update(searched_until=timezone.now() - timedelta(seconds=1))
    assert find(column)
    assert (lms.made, len(lms.columns)) == (1, 1)


@pytest.mark.parametrize("body", [b"", b"{}", b"<html>", b'{"id":null}', b"[]"])
def test_a_new_column_without_an_address_is_looked_for(
    lms: Platform, link: ResourceLink, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = line_items._id_in
    monkeypatch.setattr(line_items, "_id_in", lambda answer: real(type(answer)(201, {}, body, 0.1)))
    column = column_of(lms, link)
    assert find(column) == lms.column_url("3")
    assert lms.made == 1


def test_a_launch_that_names_the_column_while_somebody_looks_is_right(
    lms: Platform, link: ResourceLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    column = column_of(lms, link)
    real = line_items._found_or_made

    def slow(*arguments: Any) -> Any:
        found = real(*arguments)
        told(link, lms.claim("no such link") | {"lineitem": lms.column_url("99")})
        return found

    monkeypatch.setattr(line_items, "_found_or_made", slow)
    assert refused(column).code == "waits"
    assert find(column) == lms.column_url("99")


def test_a_column_that_is_gone_is_left_alone_until_somebody_asks(lms: Platform, link: ResourceLink) -> None:
    """T13-AG-12"""
    column = column_of(lms, link, lineitem=lms.column_url("3"))
    assert not line_items.look_again(column)
    line_items.gone(column, lms.column_url("4"))
    assert LineItem.objects.get().gone_at is None, "that was another one"
    line_items.gone(column, lms.column_url("3"))
    column = LineItem.objects.get()
    assert refused(column).code == "column_deleted"
    assert lms.requests == 0
    assert line_items.look_again(column)
    find(LineItem.objects.get())
    assert lms.made == 1
