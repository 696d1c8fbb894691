"""What providers say of our accounts by their APIs: does the account get in, and is anything running short there."""

from collections.abc import Iterable

from django.core.exceptions import ImproperlyConfigured

from lti_bridge.doctor.findings import Finding, fail, ok, warn
from lti_bridge.errors import ProviderError, ProviderUnavailable
from lti_bridge.models import Account
from lti_bridge.providers import PROVIDERS
from lti_bridge.providers.acts import AccountPage

_SHORT = "See what is left there: Administration → Accounts → the account → At the provider."


def check_apis() -> Iterable[Finding]:
    """Each account whose provider can be asked about it: asked once, for what it shows administrators."""
    # One by one: an account whose secrets cannot be opened must not hide the others.
    for pk in Account.objects.filter(enabled=True).order_by("name").values_list("pk", flat=True):
        try:
            account = Account.objects.get(pk=pk)
        except ImproperlyConfigured:
            continue  # told by the check of the keys
        if page := _page_of(account):
            yield from _ask(account, page)


def _page_of(account: Account) -> AccountPage | None:
    provider = PROVIDERS.get(account.provider)
    page = provider.account_page if provider else None
    return page if page and page.available(account) else None


def _ask(account: Account, page: AccountPage) -> list[Finding]:
    name = f"account {account.name}"
    try:
        facts = page.facts(account)
    except ProviderUnavailable as error:
        return [fail(name, f"its API does not answer: {error.detail or error.sentence}", str(error.advice))]
    except ProviderError as error:
        return [fail(name, f"its API refuses us: {error.detail or error.sentence}", str(error.advice))]
    short = [warn(name, f"{fact.label}: {fact.value}", _SHORT) for fact in facts if fact.tone == "bad"]
    return short or [ok(name, "its API lets us in")]
