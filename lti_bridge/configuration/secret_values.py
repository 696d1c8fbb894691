"""What a secret's text in the file stands for: ``env:NAME``, ``file:PATH``, or itself."""

import os
from pathlib import Path


class SecretProblem(Exception):
    """A secret that cannot be had. Names the variable or the file, never a value."""


def resolve(text: str, folder: Path) -> str:
    """The secret that ``text`` stands for; paths are relative to ``folder``. Raises :class:`SecretProblem`."""
    kind, colon, name = text.partition(":")
    match kind if colon else "":
        case "env":
            # Not a setting: which variables there are is written in the operator's own file.
            return _not_empty(os.environ.get(name, ""), f"environment variable {name} is not set or empty")
        case "file":
            return _not_empty(_content(folder, name), f"file {name} is empty")
        case _:
            return text


def _content(folder: Path, name: str) -> str:
    try:
        return (folder / name).read_text(encoding="utf-8").strip("\r\n")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not a text"
        raise SecretProblem(f"file {name} cannot be read: {reason}") from None


def _not_empty(value: str, complaint: str) -> str:
    if not value:
        raise SecretProblem(complaint)
    if "\0" in value:
        raise SecretProblem("it holds a NUL character")
    return value
