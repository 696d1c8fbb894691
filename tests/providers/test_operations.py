"""Operations: what is not in the table is never sent."""

import pytest

from lti_bridge.errors import CannotCall, ProviderUnavailable
from lti_bridge.models import Account, ProviderAct
from lti_bridge.providers import PROVIDERS
from lti_bridge.providers.operations import Argument, Kind, Operation, call, read_arguments

NUMBER = Kind("a number", lambda value: int(value) if str(value).isdigit() else None)
TEXT = Kind("a text", lambda value: value if isinstance(value, str) else None)


def an_operation(carry_out=lambda account, values: {"got": dict(values)}, **more):
    arguments = {
        "id": Argument(NUMBER, "which one", required=True),
        "name": Argument(TEXT, "its name"),
        "code": Argument(TEXT, "its code"),
    }
    return Operation("make", "Make one", arguments, carry_out, **more)


def problems(given, **more):
    with pytest.raises(CannotCall) as wrong:
        read_arguments(an_operation(**more), given)
    return list(wrong.value.problems)


def test_arguments_are_read_by_their_kind_in_the_order_of_the_table():
    assert list(read_arguments(an_operation(), {"name": "x", "id": "7"}).items()) == [("id", 7), ("name", "x")]


def test_all_that_is_wrong_is_said_at_once():
    assert problems({"nmae": "x", "name": 5}) == [
        "nmae is not a parameter of make",
        "id is missing",
        "name must be a text",
    ]


def test_of_some_one_at_least_is_needed():
    assert problems({"id": 1}, either=(("name", "code"),)) == ["name or code is missing"]
    assert read_arguments(an_operation(either=(("name", "code"),)), {"id": 1, "code": "c"}) == {"id": 1, "code": "c"}


def test_of_some_one_at_most_can_be_given():
    assert problems({"id": 1, "name": "a", "code": "b"}, apart=(("name", "code"),)) == [
        "name and code cannot both be given"
    ]


def test_a_former_name_is_read_as_the_present_one_and_never_beside_it():
    operation = an_operation(former_names={"old": "id"})
    assert read_arguments(operation, {"old": 3}) == {"id": 3}
    assert problems({"old": 3, "id": 3}, former_names={"old": "id"}) == ["old and id are the same"]


def test_a_problem_shows_no_value():
    assert "hunter2" not in " ".join(problems({"id": "hunter2"}))


def test_an_unknown_operation_is_refused_with_those_there_are():
    with pytest.raises(CannotCall) as wrong:
        call({"make": an_operation()}, Account(), "mkae", {})
    assert wrong.value.problems == ("operation mkae is not known. There are: make.",)


def test_a_wrong_call_carries_nothing_out():
    asked = []
    with pytest.raises(CannotCall):
        call({"make": an_operation(lambda account, values: asked.append(values))}, Account(), "make", {"id": "x"})
    assert asked == []


@pytest.mark.django_db
def test_an_audited_call_leaves_a_row_whatever_comes_of_it():
    account = Account.objects.create(name="a", provider="isograd")

    def fail(account, values):
        raise ProviderUnavailable("silent", "No answer.", ambiguous=True)

    call({"make": an_operation(audited=True)}, account, "make", {"id": 1})
    with pytest.raises(ProviderUnavailable):
        call({"make": an_operation(fail, audited=True)}, account, "make", {"id": 1})
    rows = ProviderAct.objects.order_by("pk")
    assert [(row.what, row.state, row.staff) for row in rows] == [
        ("make", "done", "lti-bridge call"),
        ("make", "unclear", "lti-bridge call"),
    ]


@pytest.mark.parametrize("provider", PROVIDERS.values(), ids=lambda provider: provider.name)
def test_every_operation_of_every_provider_is_documented(provider):
    for name, operation in provider.operations.items():
        assert (operation.name, bool(operation.words)) == (name, True)
        assert all(argument.words and argument.kind.words for argument in operation.arguments.values())
        named = {each for group in (*operation.either, *operation.apart) for each in group}
        assert named | set(operation.former_names.values()) <= operation.arguments.keys()
