"""A provider's API as a table of operations: what each takes, and how it is carried out.

An operation is called with arguments in the provider's own names. They are checked against its table before anything
is sent, so that a slip of the pen costs nothing at the provider.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lti_bridge.errors import CannotCall
from lti_bridge.models import Account
from lti_bridge.providers import records

#: Who had an audited operation carried out, when it was nobody with a log-in.
CALLER = "lti-bridge call"
#: What comes of reading an argument that is not of its kind.
NOT_OF_THIS_KIND = None


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value. ``read`` gives what is sent for a value, None for one that is not of this kind.

    Values come from a command line as text, from files and from code as JSON has them: a kind takes both.
    """

    words: str
    read: Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Argument:
    """One parameter of an operation. ``words``: what the provider's document says about it."""

    kind: Kind
    words: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that a provider's API does.

    ``carry_out`` gets the account and the arguments as their kinds read them, and gives the provider's answer as JSON
    has it, in the provider's own names. It raises ``ProviderUnavailable`` or ``ProviderRefused``. ``either``: of each
    of these groups at least one argument is needed; ``apart``: of each at most one may be given. ``former_names``:
    older names of arguments that are still taken. ``audited``: each use is written down (``ProviderAct``).
    """

    name: str
    words: str
    arguments: Mapping[str, Argument]
    carry_out: Callable[[Account, Mapping[str, Any]], Any] = field(repr=False)
    either: tuple[tuple[str, ...], ...] = ()
    apart: tuple[tuple[str, ...], ...] = ()
    former_names: Mapping[str, str] = field(default_factory=dict)
    audited: bool = False


def call(operations: Mapping[str, Operation], account: Account, name: str, given: Mapping[str, Any]) -> Any:
    """Carry out one operation. Raises ``CannotCall`` when there is no such thing to ask: then nothing was sent."""
    operation = operations.get(name)
    if operation is None:
        known = f"There are: {', '.join(sorted(operations))}." if operations else "It has no API that can be called."
        raise CannotCall("unknown_operation", [f"operation {name} is not known. {known}"])
    values = read_arguments(operation, given)
    if not operation.audited:
        return operation.carry_out(account, values)
    with records.recorded(account, name, staff=CALLER):
        return operation.carry_out(account, values)


def read_arguments(operation: Operation, given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments as they are sent, in the order of the table. Raises ``CannotCall`` with all that is wrong."""
    values: dict[str, Any] = {}
    problems: list[str] = []
    for former, name in operation.former_names.items():
        if former in given:
            problems += [f"{former} and {name} are the same"] if name in given else []
            given = {name if each == former else each: value for each, value in given.items()}
    for name in given:
        if name not in operation.arguments:
            problems.append(f"{name} is not a parameter of {operation.name}")
    for name, argument in operation.arguments.items():
        if name not in given:
            problems += [f"{name} is missing"] if argument.required else []
            continue
        value = argument.kind.read(given[name])
        if value is NOT_OF_THIS_KIND:
            problems.append(f"{name} must be {argument.kind.words}")
        else:
            values[name] = value
    problems += [f"{' or '.join(group)} is missing" for group in operation.either if not given.keys() & set(group)]
    for group in operation.apart:
        if len(given.keys() & set(group)) > 1:
            problems.append(f"{' and '.join(group)} cannot both be given")
    if problems:
        raise CannotCall("wrong_arguments", problems)
    return values
