"""Addresses below those that a platform gives, whose queries are kept (AGS 2.0 §3.4, §3.6)."""

from urllib.parse import quote, urlencode, urlsplit, urlunsplit


def below(url: str, path: str) -> str:
    """An address with ``path`` added to its path, in front of its query: Moodle's line items have one."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=parts.path.removesuffix("/") + path))


def filtered(url: str, **filters: str) -> str:
    """An address with ``filters`` added to its query."""
    parts = urlsplit(url)
    query = "&".join(filter(None, (parts.query, urlencode(filters, quote_via=quote))))
    return urlunsplit(parts._replace(query=query))
