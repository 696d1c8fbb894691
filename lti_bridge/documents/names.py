"""Names of files and titles as they are kept and shown: without paths, and without what cannot be seen."""

import re
import unicodedata

#: Characters that a kept file name has at most; file systems stop at 255 bytes.
LONGEST = 120
_SUFFIX = 12
_UNSEEN = ("C", "Zl", "Zp")
_FORBIDDEN = re.compile(r'[<>:"|?*/\\]')
#: Names that some systems take for devices.
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])", re.IGNORECASE)


def cleaned(text: str) -> str:
    """One line of what can be seen: no control characters, no marks that turn the direction of writing."""
    seen = (each if not unicodedata.category(each).startswith(_UNSEEN) else " " for each in _tabs_as_blanks(text))
    return " ".join("".join(seen).split())


def _tabs_as_blanks(text: str) -> str:
    return unicodedata.normalize("NFC", re.sub(r"\s", " ", text))


def file_name(told: str) -> str:
    """A file name to keep, from what a browser told: no path, nothing unseen, not too long, never empty."""
    last = re.split(r"[/\\]", told)[-1]
    invisible = "".join(each for each in last if not unicodedata.category(each).startswith(_UNSEEN) or each.isspace())
    name = _FORBIDDEN.sub("_", cleaned(invisible)).strip(" .")
    stem, dot, suffix = name.rpartition(".")
    if not dot or len(suffix) > _SUFFIX:
        stem, dot, suffix = name, "", ""
    stem = stem.strip(" .")[: LONGEST - len(suffix) - 1].rstrip(" .") or "document"
    if _DEVICES.fullmatch(stem):
        stem = f"_{stem}"
    return f"{stem}{dot}{suffix}"


def suffix_of(name: str) -> str:
    """The suffix of a file name, lower case, without its dot; empty where there is none."""
    _stem, dot, suffix = name.rpartition(".")
    return suffix.lower() if dot else ""


def title_from(name: str, length: tuple[int, int]) -> str:
    """A title made from a file name, lengthened or cut to what is allowed."""
    least, most = length
    stem = cleaned(name.rpartition(".")[0] or name).replace("_", " ").strip() or "document"
    if len(stem) < least:
        stem = f"{stem} (document)"
    return stem.ljust(least, ".")[:most].rstrip()
