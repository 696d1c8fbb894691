"""From the number Isograd sends by LTI to a part of 1.

Isograd's document divides a level by 10 and a score of 100 by 1000: full marks give 0.5 and 0.1. ``as_documented``
takes its word; ``corrected`` undoes the two, and needs the grade type for it: the number alone does not tell.
"""

from decimal import Decimal

CONVERSIONS = ("as_documented", "corrected")
#: ``gra_typ_id`` → what a value is multiplied with when the conversion is ``corrected``.
FACTORS = {
    "1": Decimal(2),  # a level from 1 to 5, sent as level / 10
    "2": Decimal(1),  # a score of 1000 by item response theory
    "3": Decimal(1),  # a score of 1000 by average
    "4": Decimal(1),  # correct answers / questions
    "5": Decimal(1),  # the middle of a range of 1000
    "15": Decimal(10),  # a score of 100, sent as score / 1000
}

_PLACES = Decimal("1e-10")


def convert(score: Decimal, conversion: str, grade_type: str) -> tuple[Decimal, str]:
    """The score as a part of 1, with a note on what is odd about it. A corrected one can exceed 1."""
    note = ""
    if conversion == "corrected":
        # Guessing would be worse than what the document says.
        note = "" if grade_type in FACTORS else "not corrected: gra_typ_id is missing"
        score *= FACTORS.get(grade_type, Decimal(1))
    if score > 1:
        # It stands: what a gradebook can hold of it is not for us to say.
        note = "more than full marks: is gra_typ_id right?"
    return score.quantize(_PLACES), note
