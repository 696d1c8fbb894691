"""The language of a page: the one the launch asked for, when we speak it."""

from django.utils import translation


def spoken(locale: str) -> str:
    """The language we speak that is nearest to ``locale`` (``de_CH``, ``fr-CA``, …); empty when there is none."""
    try:
        return translation.get_supported_language_variant(locale.replace("_", "-").lower()) if locale else ""
    except LookupError:
        return ""


def speak(locale: str) -> None:
    """Use that language for the rest of the request. The next request starts with its own."""
    if language := spoken(locale):
        translation.activate(language)
