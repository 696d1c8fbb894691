"""The exams of the pretend Campfire: configurations, items, and what is told of them."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

#: Exam configuration → what it is called.
CONFIGS = {
    "00722246-e417-475a-b1ae-994d65fd5cc2": "Saving and spending",
    "0007622b-b727-4d64-8454-4b3383ed9509": "Fractions",
}
EXAM_ID = "a0829bc3-8291-43dd-9181-478e7411c1df"
#: Objective → abbreviation and text.
OBJECTIVES = {
    "92de756d-f455-595c-a2f6-18fb18c4461a": ("2.11.A", "explain that saving is an alternative to spending"),
    "f10e8b11-7da6-568d-a6ea-d87b3bb35c83": ("2.11.B", "tell what can be bought for a sum of money"),
}
_FIRST, _SECOND = OBJECTIVES


@dataclass(frozen=True, slots=True)
class Item:
    """An item with one question; ``right`` is the index of the right option."""

    number: int
    text: str
    options: tuple[str, ...]
    right: int
    objective: str

    @property
    def id(self) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"item {self.number}"))

    @property
    def question_id(self) -> str:
        return f"question{self.number}"


ITEMS = (
    Item(1, "What is saving an alternative to?", ("Sleeping", "Spending", "Earning"), 1, _FIRST),
    Item(2, "Where does saved money stay?", ("In the shop", "With you", "On the road"), 1, _FIRST),
    Item(3, "You have 6. What can you buy?", ("A cake for 5", "A bike for 90", "A coat for 30"), 0, _SECOND),
    Item(4, "You have 10 and spend 4. What is left?", ("4", "14", "6"), 2, _SECOND),
    Item(5, "Two pens at 2 each cost …", ("4", "2", "22"), 0, _SECOND),
)


def right_in(chosen: Mapping[str, int]) -> int:
    """How many items are answered rightly."""
    return sum(chosen.get(item.id) == item.right for item in ITEMS)
