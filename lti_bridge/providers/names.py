"""A learner's name in the two parts that providers ask for."""

from lti_bridge.models import Learner


def given_and_family(learner: Learner) -> tuple[str, str]:
    """Both parts of the name; what the LMS did not tell comes from the full name. Both are empty when it told none."""
    given, family = learner.given_name.strip(), learner.family_name.strip()
    words = learner.full_name.replace(",", " ").split()
    if not given and not family:
        given, family = " ".join(words[:1]), " ".join(words[1:])
    given = given or _without(words, family)
    family = family or _without(words, given)
    # Who goes by one name goes by it twice: providers refuse an empty part.
    return given or family, family or given


def _without(words: list[str], part: str) -> str:
    return " ".join(word for word in words if word not in part.split())
