"""Documents that a provider checks: what it takes, how one is passed on to it, and where its report is read.

``register`` and ``upload`` are the two steps of passing one on. Both may be repeated after an answer that never came:
registering again gives a new id, and nobody's document is there twice until its content is; uploading again to the
same address writes the same content over itself. Where the content goes along with the registering
(``goes_along``), neither is repeated unless a person says so.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from lti_bridge.errors import Text
from lti_bridge.models import Account, Activity, Attempt, Document


@dataclass(frozen=True, slots=True)
class Rules:
    """What an activity takes.

    ``media_types``: suffix of a file name, lower case, without its dot → media type. ``title_length``: least and most
    characters. ``min_words``: 0 for none. ``takes_text``: whether text may be written on the page instead.
    ``due_at``: until when. ``keep_days``: how long its content stays here after the provider has it. ``shows_report``:
    learners may read the report as soon as it is there, without anybody's releasing it. ``gives_grade``: a grade is
    made of what is found. ``told``: what learners are told before, a sentence each: what of them goes along with a
    document, and what it is checked for.
    """

    media_types: Mapping[str, str]
    max_bytes: int
    title_length: tuple[int, int]
    min_words: int = 0
    takes_text: bool = True
    due_at: datetime | None = None
    keep_days: int = 0
    shows_report: bool = False
    gives_grade: bool = True
    told: tuple[Text, ...] = ()


class Content(Protocol):
    """The content of a document; ``pieces`` may be called more than once, and begins anew each time."""

    @property
    def size(self) -> int: ...

    def pieces(self) -> Iterator[bytes]: ...


@dataclass(frozen=True, slots=True)
class Place:
    """What a provider gives a document. ``upload_url``: where its content goes; empty when it has that already."""

    provider_document_id: str
    upload_url: str = field(default="", repr=False)


def _nothing(_attempt: Attempt) -> None:
    """No provider's module has to remember anything."""


@dataclass(frozen=True, slots=True)
class Documents:
    """How documents are passed on to a provider, and read there.

    ``rules``: what an activity takes. ``goes_along``: whether the content goes along with the registering, by the
    account's settings. ``register``: tell the provider of a document; raises ``ProviderError``. ``upload``: bring its
    content to the place's address; False when the address is no longer good, so that a new place is needed; raises
    ``ProviderError``. ``arrived``: whether the provider, asked for a document's status after an upload without answer,
    has certainly its content; None when it cannot be told. ``report_url``: the address of the report, for one view
    (``edit``: of somebody who teaches); it is never kept. ``wait_anew``: somebody wants a document to be waited for
    once more that was given up; what it writes down is about the attempt. ``labels``: what people call what else it
    finds, by its own names. ``meanings``: what its errors mean, by their codes: a sentence, and what to do.
    """

    rules: Callable[[Account, Activity], Rules] = field(repr=False)
    goes_along: Callable[[Account], bool] = field(repr=False)
    register: Callable[[Document, Content], Place] = field(repr=False)
    upload: Callable[[Document, Place, Content], bool] = field(repr=False)
    arrived: Callable[[Document], bool | None] = field(repr=False)
    report_url: Callable[[Attempt, bool], str] = field(repr=False)
    wait_anew: Callable[[Attempt], None] = field(default=_nothing, repr=False)
    labels: Mapping[str, Text] = field(default_factory=dict, repr=False)
    meanings: Mapping[str, tuple[Text, Text]] = field(default_factory=dict, repr=False)
