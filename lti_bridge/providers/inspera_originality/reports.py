"""The address of a report: asked for at each view, checked, handed to one browser, never kept or logged."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from lti_bridge.models import Account, Attempt
from lti_bridge.providers.inspera_originality import errors, settings
from lti_bridge.providers.inspera_originality.answers import look_up, text
from lti_bridge.providers.inspera_originality.client import ask
from lti_bridge.providers.inspera_originality.errors import Meaning, Remedy

#: Learners may read, those who teach may change what counts.
VIEW, EDIT = "view", "edit"
_NOT_THERE = Meaning(
    "no_report_yet", Remedy.RETRY, _("The report is not there yet."), _("Try again when the document was checked.")
)
_NO_ADDRESS = Meaning(
    "report_address_refused",
    Remedy.PERMANENT,
    _("The similarity check gave an address of the report that cannot be opened safely."),
    errors.TELL_SUPPORT,
)


def report_url(attempt: Attempt, edit: bool) -> str:
    """Where the report is, for one view. Raises ``ProviderError``."""
    if not attempt.provider_attempt_id:
        raise errors.made(_NOT_THERE, "get_report_url: no documentId yet")
    told = fetch_report(attempt.account, attempt.provider_attempt_id, EDIT if edit else VIEW)
    url = text(look_up(told, "url", "reportUrl")) if isinstance(told, Mapping) else ""
    if not _is_fit(attempt.account, url):
        raise errors.made(_NO_ADDRESS, "get_report_url: no https address in the answer")
    return url


def fetch_report(account: Account, document_id: str, mode: str) -> object:
    """The answer to the question for a report's address."""
    # The table of the document has the client's id in a path that does not show it.
    query = {"clientId": settings.client(account)[0]} if account.settings.get("client_id_in_query") else None
    return ask(account, "get_report_url", {"documentId": document_id, "mode": mode}, query=query)


def _is_fit(account: Account, url: str) -> bool:
    """Whether browsers may be sent there: by https, or at the API's own host where that is set with http."""
    try:
        parts = urlsplit(url)
        own = urlsplit(settings.base_url(account))
        host = parts.hostname
    except ValueError:
        return False
    if not host or parts.username is not None or not url.isprintable() or len(url.split()) != 1:
        return False
    return parts.scheme == "https" or (parts.scheme, parts.netloc) == (own.scheme, own.netloc)
