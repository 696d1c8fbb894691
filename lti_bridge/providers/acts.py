"""What people can have done at a provider: about one attempt, or about an account as a whole.

A provider declares its acts; pages and the administration show them, ask for what they need, have them carried out and
write down who did what (``ProviderAct``). They know no provider.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from lti_bridge.errors import Text
from lti_bridge.models import Account, Attempt
from lti_bridge.providers.reports import GradeReport

#: What is filled in where a box is ticked; where it is not, nothing is.
TICKED = "yes"


@dataclass(frozen=True, slots=True)
class Blank:
    """Something to fill in. ``kind``: text, number, date, datetime-local, email or checkbox, as HTML names them, or
    lines for a text of several. ``exactly``: what has to be typed in, as a confirmation.
    """

    label: Text
    kind: str = "text"
    required: bool = False
    help: Text = ""
    exactly: Text = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What came of an act.

    ``sentence``: for whoever had it done. ``url``: where their browser goes now, if at all. ``report``: what it means
    for the attempt.
    """

    sentence: Text
    url: str = ""
    report: GradeReport | None = None


@dataclass(frozen=True, slots=True)
class FileKind:
    """What kind of file an act leads to: how its name ends, and what its content begins with."""

    ending: str
    begins: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptAct:
    """Something that can be done about one attempt.

    ``carry_out`` may raise ``ProviderError`` and ``CannotCall``. ``question``: asked before it is done; empty for what
    harms nothing. ``in_bulk``: offered for all attempts of a link that it suits; ``alone``: offered for one of them.
    ``share``: of what was filled in for many, that which is about each of these attempts, by its primary key, without
    those that nothing is about; raises ``CannotCall`` when some of it is about none of them. ``archived``: done for
    many, the files that it leads to come in one archive.
    """

    label: Text
    carry_out: Callable[[Attempt, Mapping[str, str]], Told] = field(repr=False)
    suits: Callable[[Attempt], bool] = field(repr=False)
    question: Text = ""
    blanks: Mapping[str, Blank] = field(default_factory=dict)
    in_bulk: bool = True
    alone: bool = True
    archived: FileKind | None = None
    share: Callable[[Sequence[Attempt], Mapping[str, str]], Mapping[int, Mapping[str, str]]] | None = field(
        default=None, repr=False
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountAct:
    """Something that can be done at an account. ``typed``: the name of the blank that has to be typed in twice."""

    label: Text
    carry_out: Callable[[Account, Mapping[str, str]], Told] = field(repr=False)
    question: Text = ""
    blanks: Mapping[str, Blank] = field(default_factory=dict)
    typed: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A line about an account. ``tone``: good, wait, bad or nothing in particular."""

    label: str
    value: str
    tone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPage:
    """What administrators see of an account at the provider. Each part may raise ``ProviderError``.

    ``available``: whether the account's settings allow to ask. ``facts``: what the provider says of it now.
    ``choices``: of an activity's parameters those that the provider has a list for, and the list.
    """

    available: Callable[[Account], bool] = field(repr=False)
    facts: Callable[[Account], Sequence[Fact]] = field(repr=False)
    choices: Callable[[Account], Mapping[str, Sequence[str]]] = field(repr=False)
    acts: Mapping[str, AccountAct] = field(default_factory=dict)
