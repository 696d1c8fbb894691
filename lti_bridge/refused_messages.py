"""Messages that bear an account's key and prove nothing: noted for administrators, and said in words.

Nobody is told outside why a message is not believed. Inside somebody has to know why grades stay away.
"""

from datetime import timedelta

from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lti_bridge.models import Account, EventSource, ProviderEvent, RefusedMessages

#: Of one account, one is noted in this time. The others cost a look and no write.
QUIET = timedelta(minutes=1)
#: After so long without any, counting begins anew.
FORGOTTEN = timedelta(days=1)

_CLOCKS = gettext_lazy("Have both clocks kept right by NTP. Nothing is lost if the provider sends the result again.")
_SECRETS = gettext_lazy(
    "Compare the shared secret on both sides, and the address that the provider signs (https, host) with BASE_URL."
)
_SOFTWARE = gettext_lazy("Tell the provider: its tool does not sign as LTI asks.")
_KEYS = gettext_lazy("Compare jwks_uri of the account with where the provider’s tool publishes its keys.")
_TOOL = gettext_lazy("Compare what the provider’s tool was told with the account’s page.")
_ADDRESS = gettext_lazy("Give the provider the address that the account’s page shows, and the secret if there is one.")
#: code → (what is wrong, what to do)
_WORDS: dict[str, tuple[Promise, Promise]] = {
    "timestamp_future": (gettext_lazy("the provider’s clock is %(seconds)s s ahead of ours"), _CLOCKS),
    "timestamp_expired": (
        gettext_lazy("the provider’s clock is %(seconds)s s behind ours, or the message came late"),
        _CLOCKS,
    ),
    "bad_signature": (gettext_lazy("the signature is wrong"), _SECRETS),
    "bad_method": (
        gettext_lazy("the signature method is another one than the account’s"),
        gettext_lazy("Set signature_method of the account as the provider signs."),
    ),
    "missing_body_hash": (gettext_lazy("the message is signed without its body"), _SOFTWARE),
    "bad_body_hash": (gettext_lazy("the body is not the one that was signed"), _SOFTWARE),
    "nonce_used": (
        gettext_lazy("a message came again, word for word"),
        gettext_lazy("Nothing, if it was once. Otherwise the provider repeats itself, or somebody else repeats it."),
    ),
    # LTI 1.3: when the provider's tool asks for an access token, and when it posts a score.
    "token_bad_signature": (gettext_lazy("the tool asked for a token with another key than its own"), _KEYS),
    "token_unknown_kid": (gettext_lazy("the tool asked for a token with a key that is not published"), _KEYS),
    "token_keys_unreachable": (gettext_lazy("the keys of the tool could not be fetched"), _KEYS),
    "token_expired": (gettext_lazy("the tool’s clock is %(seconds)s s behind ours, or its request came late"), _CLOCKS),
    "token_too_old": (gettext_lazy("the tool’s clock is %(seconds)s s behind ours, or its request came late"), _CLOCKS),
    "token_issued_in_future": (gettext_lazy("the tool’s clock is %(seconds)s s ahead of ours"), _CLOCKS),
    "token_unknown_deployment": (gettext_lazy("the tool named another deployment than the account’s"), _TOOL),
    # Webhooks that are not signed.
    "wrong_token": (gettext_lazy("a webhook came to an address that ends wrongly"), _ADDRESS),
    "wrong_secret": (gettext_lazy("a webhook came without its secret, or with a wrong one"), _ADDRESS),
    "other_institution": (
        gettext_lazy("a webhook was about another institution"),
        gettext_lazy("Compare institution_id of the account with what the provider calls you."),
    ),
    "score_in_future": (gettext_lazy("a score’s time is %(seconds)s s ahead of our clock"), _CLOCKS),
}
_OTHERWISE = (gettext_lazy("the message is not signed as LTI asks"), _SOFTWARE)


def note(account: Account, code: str, *, skew: int | None = None) -> None:
    """Note that a message with this account's key was not believed: one write a minute at most.

    ``account``: a new one, never saved, for a key that nobody has. That costs the same look, and no write.
    """
    now = timezone.now()
    told = {"code": code[:60], "skew": skew, "last_at": now}
    row = RefusedMessages.objects.filter(account_id=account.pk or 0).first()
    if account._state.adding:
        return
    if row is None:
        RefusedMessages.objects.get_or_create(account=account, defaults={**told, "first_at": now})
        return
    if row.last_at <= now < row.last_at + QUIET:
        return
    anew = now - row.last_at >= FORGOTTEN
    counted = {"minutes": 1, "first_at": now} if anew else {"minutes": F("minutes") + 1}
    # Of those who come at the same moment, one finds the row as it was.
    RefusedMessages.objects.filter(account=account, last_at=row.last_at).update(**told, **counted)


def still_refused() -> QuerySet[RefusedMessages]:
    """Those of accounts of which nothing was believed since."""
    signed = ProviderEvent.objects.exclude(source__in=(EventSource.CALLBACK, EventSource.RETURN))
    since = signed.filter(account=OuterRef("account"), received_at__gt=OuterRef("last_at"))
    return RefusedMessages.objects.filter(~Exists(since))


def in_words(row: RefusedMessages) -> str:
    """What is wrong with the last message that was refused."""
    words, _advice = _WORDS.get(row.code, _OTHERWISE)
    return str(words) % {"seconds": abs(row.skew or 0)}


def advice(row: RefusedMessages) -> str:
    """What to do about it."""
    return str(_WORDS.get(row.code, _OTHERWISE)[1])


def summary(row: RefusedMessages) -> str:
    """All of it in two sentences."""
    told = {
        "what": in_words(row),
        "first": f"{timezone.localtime(row.first_at):%Y-%m-%d %H:%M}",
        "last": f"{timezone.localtime(row.last_at):%Y-%m-%d %H:%M %Z}",
        "minutes": row.minutes,
    }
    said = _("Messages were refused in %(minutes)s minutes, from %(first)s to %(last)s. The last one: %(what)s.")
    return f"{said % told} {advice(row)}"
