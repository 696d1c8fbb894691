"""Languages of documents, by the codes that Originality takes: some are its own and not those of ISO 639."""

#: Code → language, as the document lists them (section 3.2).
LANGUAGES: dict[str, str] = {
    "bg": "Bulgarian",
    "cz": "Czech",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "fi": "Finnish",
    "fr": "French",
    "hr": "Croatian",
    "hu": "Hungarian",
    "it": "Italian",
    "lt": "Lithuanian",
    "lv": "Latvian",
    "mk": "Macedonian",
    "nd": "Dutch",
    "no": "Norwegian",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "sk": "Slovak",
    "sq": "Albanian",
    "sr": "Serbian",
    "sv": "Swedish",
    "tr": "Turkish",
}
#: ISO 639 → Originality's own code, where they differ.
FROM_ISO: dict[str, str] = {"cs": "cz", "nl": "nd", "nb": "no", "nn": "no"}


def language_code(text: str) -> str | None:
    """Originality's code for a language as ISO 639, BCP 47 or Originality writes it; None for one it does not have."""
    primary = text.strip().lower().replace("_", "-").partition("-")[0]
    code = FROM_ISO.get(primary, primary)
    return code if code in LANGUAGES else None
