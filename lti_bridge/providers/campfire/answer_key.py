"""The answer key, which Campfire's results hold: taken out of everything at the edge where answers come in."""

from typing import Any

#: Names that hold the key, or give it away.
NAMES = frozenset({"keys", "key", "iskey", "iscorrect", "correct", "correctresponse", "correctresponses", "answerkey"})


def without_key(value: Any) -> Any:
    """The same answer without anything that tells which option is the right one."""
    if isinstance(value, dict):
        return {name: without_key(each) for name, each in value.items() if name.lower() not in NAMES}
    if isinstance(value, list):
        return [without_key(each) for each in value]
    return value
