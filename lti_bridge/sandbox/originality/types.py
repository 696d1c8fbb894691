"""Types of documents as the pretend Originality takes them: each name leads to the media type of the content."""

_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."
_NAMES = {
    "application/pdf": "pdf",
    "text/plain": ".txt txt",
    "text/html": "html",
    "application/xml": "xml",
    "application/msword": "application/doc application/ms-doc doc",
    f"{_OFFICE}wordprocessingml.document": "word docx doc/docx",
    f"{_OPEN}text": "odt",
    "application/rtf": "rtf",
    "application/wordperfect": "wpd",
    "application/postscript": "ps",
    "application/x-hwp": "hwp",
    "application/vnd.apple.pages": "pages",
    "application/vnd.ms-powerpoint": "application/mspowerpoint application/powerpoint application/x-mspowerpoint ppt",
    f"{_OFFICE}presentationml.presentation": "pptx",
    f"{_OFFICE}presentationml.slideshow": "ppsx",
    f"{_OPEN}presentation": "odp",
    "application/vnd.apple.keynote": "key",
    "application/vnd.ms-excel": "application/excel application/x-excel application/x-msexcel xls",
    f"{_OFFICE}spreadsheetml.sheet": "xlsx",
    f"{_OPEN}spreadsheet": "ods",
    "application/vnd.apple.numbers": "numbers",
    "application/json": "json",
    "text/csv": "csv",
    "text/markdown": "md",
}
#: Any of its names → media type.
MEDIA_TYPES = {name: media for media, names in _NAMES.items() for name in (media, *names.split())}
_LANGUAGES = "en sq de it lt es pt cz tr sk fr mk pl no lv el nd ru bg hu ro sr sv fi hr"
LANGUAGES = frozenset(_LANGUAGES.split())
