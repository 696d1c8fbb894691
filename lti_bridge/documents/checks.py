"""What is wrong with a document, in sentences, before anything of it leaves us."""

import io
from typing import BinaryIO, cast

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lti_bridge.documents import kinds, names, packed, words
from lti_bridge.documents.content import KeptContent, Seekable
from lti_bridge.errors import NotTaken, Text
from lti_bridge.models import Document
from lti_bridge.providers.documents import Rules

_BUFFER = 1 << 16
#: What is wrong inside a packed file, by the code that it is refused with.
_INSIDE: dict[str, Text] = {
    "broken": gettext_lazy("The file is damaged: save it once more with the program that made it, and try again."),
    "locked": gettext_lazy("The file is locked with a password: save it without one, and try again."),
    "bomb": gettext_lazy("The file unpacks to more than its kind ever does. It is not taken."),
    "macros": gettext_lazy("The file carries macros: save it without them, and try again."),
    "programs": gettext_lazy("The file carries a program or another packed file inside. It is not taken."),
}


def of_name(name: str, rules: Rules) -> None:
    """Raise ``NotTaken`` for a file of a type that is not allowed, by its name."""
    suffix = names.suffix_of(name)
    if suffix not in rules.media_types or suffix not in kinds.KINDS:
        told = {"name": name, "types": ", ".join(sorted(rules.media_types))}
        raise NotTaken("wrong_type", _("“%(name)s” is of a type that is not taken. Allowed: %(types)s.") % told)


def of_size(size: int, rules: Rules) -> None:
    """Raise ``NotTaken`` for nothing, and for too much."""
    if size == 0:
        raise NotTaken("empty", _("The file is empty."))
    if size > rules.max_bytes:
        most = {"most": filesizeformat(rules.max_bytes)}
        raise NotTaken("too_large", _("The file is too large: at most %(most)s are taken.") % most)


def of_head(name: str, head: bytes) -> None:
    """Raise ``NotTaken`` for a file that does not begin as its name promises."""
    if not kinds.fits(names.suffix_of(name), head):
        raise not_as_named(name)


def not_as_named(name: str, code: str = "wrong_content") -> NotTaken:
    """For a file whose content is of another type than its name says."""
    told = {"kind": names.suffix_of(name).upper()}
    sentence = _(
        "The file’s content is not what its name says. Save it once more as %(kind)s, or choose the right file."
    )
    return NotTaken(code, sentence % told)


def of_title(title: str, rules: Rules) -> None:
    """Raise ``NotTaken`` for a title that is too short or too long."""
    least, most = rules.title_length
    if not least <= len(title) <= most:
        told = {"least": least, "most": most, "now": len(title)}
        sentence = _("The title needs between %(least)s and %(most)s characters; it has %(now)s.")
        raise NotTaken("title_length", sentence % told)


def of_content(document: Document, rules: Rules) -> int | None:
    """The words of a document that arrived as a whole, where they can be counted.

    Raises ``NotTaken`` for what is wrong inside, and for too few words.
    """
    suffix = names.suffix_of(document.file_name)
    inside = kinds.KINDS[suffix].inside
    file = cast(BinaryIO, io.BufferedReader(Seekable(KeptContent(document)), _BUFFER))
    try:
        opened = packed.check(file, document.size, inside) if inside else None
    except packed.Refused as refused:
        if refused.code not in _INSIDE:
            raise not_as_named(document.file_name, refused.code) from None
        raise NotTaken(refused.code, _INSIDE[refused.code]) from None
    number = words.count(suffix, file, document.size, opened)
    if number is not None and number < rules.min_words:
        sentence = ngettext(
            "The document has %(number)s word; at least %(least)s are needed.",
            "The document has %(number)s words; at least %(least)s are needed.",
            number,
        )
        raise NotTaken("too_few_words", sentence % {"number": number, "least": rules.min_words})
    return number
