"""What a status means. The first document contradicts itself; the table is what makes sense of both generations.

======= ============================ ============================ =======================================
status  polled, first document       webhook, and polled today    here
======= ============================ ============================ =======================================
0       in the queue                 queued                       queued
-1      not listed                   being processed              being processed
1       being processed              processed, with scores       done with scores or words, else processing
2       an error                     an error                     trouble: for a day it may pass
3       not listed                   webhook: changed by a person done with scores; polled without: failed
other   ``{value}%`` is printed      an error outside             unknown: asked again
======= ============================ ============================ =======================================

Words decide only where this leaves something open: scores that are all zero may be there before there are any, and what
has scores and says that it is processed is done, whatever stands in the place of its status.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from lti_bridge.providers.inspera_originality.answers import look_up, percent, text

#: Any of these makes an answer one with scores.
SCORES = ("similarity", "translation_similarity", "AI_index", "originality", "originality_percentage")


class Channel(StrEnum):
    """How a status came: we asked, or it was told."""

    POLL = "poll"
    WEBHOOK = "webhook"


class Standing(StrEnum):
    """Where a document stands."""

    QUEUED = "queued"
    PROCESSING = "processing"
    DONE = "done"
    TROUBLE = "trouble"  # an error that may pass
    FAILED = "failed"
    UNKNOWN = "unknown"


#: What a status means by how it came and whether there are scores; absent: unknown.
MEANINGS: dict[tuple[Channel, int, bool], Standing] = {
    (Channel.POLL, 0, False): Standing.QUEUED,
    (Channel.POLL, 0, True): Standing.QUEUED,
    (Channel.POLL, -1, False): Standing.PROCESSING,
    (Channel.POLL, -1, True): Standing.PROCESSING,
    (Channel.POLL, 1, False): Standing.PROCESSING,
    (Channel.POLL, 1, True): Standing.DONE,
    (Channel.POLL, 2, False): Standing.TROUBLE,
    (Channel.POLL, 2, True): Standing.TROUBLE,
    (Channel.POLL, 3, False): Standing.FAILED,
    (Channel.POLL, 3, True): Standing.DONE,
    (Channel.WEBHOOK, 0, False): Standing.QUEUED,
    (Channel.WEBHOOK, 0, True): Standing.QUEUED,
    (Channel.WEBHOOK, -1, False): Standing.PROCESSING,
    (Channel.WEBHOOK, -1, True): Standing.PROCESSING,
    (Channel.WEBHOOK, 1, False): Standing.DONE,
    (Channel.WEBHOOK, 1, True): Standing.DONE,
    (Channel.WEBHOOK, 2, False): Standing.TROUBLE,
    (Channel.WEBHOOK, 2, True): Standing.TROUBLE,
    (Channel.WEBHOOK, 3, True): Standing.DONE,
}


def standing_of(told: Mapping[str, Any], channel: Channel = Channel.POLL) -> Standing:
    """Where the document of an answer or a webhook stands."""
    status, scored = _number(look_up(told, "status", "state")), has_scores(told)
    known = None if status is None else MEANINGS.get((channel, status, scored))
    if known is None:
        return Standing.DONE if scored and _says_processed(told) else Standing.UNKNOWN
    if status != 1:
        return known
    if known == Standing.PROCESSING and _says_processed(told):
        return Standing.DONE
    return Standing.PROCESSING if _has_zeros_alone(told) and _says_under_way(told) else known


def has_scores(told: Mapping[str, Any]) -> bool:
    """Whether there is a result in it."""
    values = [look_up(told, name) for name in SCORES]
    return any(percent(value) is not None or text(value) for value in values)


def _number(value: Any) -> int | None:
    """A status as a number, in digits, or as ``"1%"``: the document prints it so."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    found = re.fullmatch(r"(-?[0-9]{1,6})\s*%?", text(value))
    return int(found[1]) if found else None


def _has_zeros_alone(told: Mapping[str, Any]) -> bool:
    """Whether there are numbers and all are 0; words about the originality follow from them."""
    numbers = [number for name in SCORES if (number := percent(look_up(told, name))) is not None]
    return bool(numbers) and not any(numbers)


def _says_under_way(told: Mapping[str, Any]) -> bool:
    words = text(look_up(told, "message")).lower()
    is_over = re.search(r"\b(?:finished|complete\w*|done|ended)\b", words) or _says_processed(told)
    return not is_over and bool(re.search(r"\b(?:processing|being processed|queued?|not (?:yet )?processed)\b", words))


def _says_processed(told: Mapping[str, Any]) -> bool:
    """The last resort: its words are not documented to stay as they are."""
    words = text(look_up(told, "message")).lower()
    return bool(re.search(r"\bprocessed\b", words)) and not re.search(r"\b(?:being|not|yet|error|fail\w*)\b", words)
