"""Types of documents that Originality takes: by suffix, media type, and the name that stands for both."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DocumentType:
    """One line of the document's list (section 3.2).

    ``also``: other media types it is known by there. ``short``: its short name there, where that is not its suffix.
    """

    media_type: str
    also: tuple[str, ...] = ()
    short: str = ""


_OFFICE = "application/vnd.openxmlformats-officedocument"
_OPEN = "application/vnd.oasis.opendocument"

#: Suffix, which is mostly also Originality's short name → type.
DOCUMENT_TYPES: dict[str, DocumentType] = {
    "pdf": DocumentType("application/pdf"),
    "txt": DocumentType("text/plain", short=".txt"),
    "html": DocumentType("text/html"),
    "xml": DocumentType("application/xml"),
    "doc": DocumentType("application/msword", ("application/doc", "application/ms-doc")),
    "docx": DocumentType(f"{_OFFICE}.wordprocessingml.document"),
    "odt": DocumentType(f"{_OPEN}.text"),
    "rtf": DocumentType("application/rtf"),
    "wpd": DocumentType("application/wordperfect"),
    "ps": DocumentType("application/postscript"),
    "hwp": DocumentType("application/x-hwp"),
    "pages": DocumentType("application/vnd.apple.pages"),
    "ppt": DocumentType(
        "application/vnd.ms-powerpoint",
        ("application/mspowerpoint", "application/powerpoint", "application/x-mspowerpoint"),
    ),
    "pptx": DocumentType(f"{_OFFICE}.presentationml.presentation"),
    "ppsx": DocumentType(f"{_OFFICE}.presentationml.slideshow"),
    "odp": DocumentType(f"{_OPEN}.presentation"),
    "key": DocumentType("application/vnd.apple.keynote"),
    "xls": DocumentType(
        "application/vnd.ms-excel", ("application/excel", "application/x-excel", "application/x-msexcel")
    ),
    "xlsx": DocumentType(f"{_OFFICE}.spreadsheetml.sheet"),
    "ods": DocumentType(f"{_OPEN}.spreadsheet"),
    "numbers": DocumentType("application/vnd.apple.numbers"),
    "json": DocumentType("application/json"),
    "csv": DocumentType("text/csv"),
    "md": DocumentType("text/markdown"),
}
#: Suffix of a file → suffix in the table, where people write it in another way.
OTHER_SUFFIXES = {"htm": "html", "markdown": "md"}
#: What else the document calls some types.
OTHER_NAMES = {"word": "docx", "doc/docx": "docx", **OTHER_SUFFIXES}
_BY_MEDIA_TYPE = {
    media_type: suffix for suffix, each in DOCUMENT_TYPES.items() for media_type in (each.media_type, *each.also)
}


def suffix_of(media_type: str) -> str | None:
    """Originality's short name of a media type, however it is written there; None for one that it does not take."""
    return _BY_MEDIA_TYPE.get(media_type.partition(";")[0].strip().lower())


def media_types(suffixes: tuple[str, ...] = ()) -> dict[str, str]:
    """Suffix of a file → media type; of all types, or of those with these suffixes."""
    names = suffixes or tuple(DOCUMENT_TYPES)
    found = {name: DOCUMENT_TYPES[name].media_type for name in names}
    return found | {other: found[name] for other, name in OTHER_SUFFIXES.items() if name in found}
