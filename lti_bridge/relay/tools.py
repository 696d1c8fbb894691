"""The providers' tools that are registered with us, their LTI 1.3 platform: each belongs to one account."""

import re
from dataclasses import dataclass

import structlog

from lti_bridge.errors import CannotOpen
from lti_bridge.models import Account
from lti_bridge.providers import provider_of
from lti_bridge.providers.actions import Lti13Tool

log = structlog.get_logger(__name__)

#: What client ids are made of; others need no query, and some of them no database would take.
_CLIENT_ID = re.compile(r"[\x21-\x7e]{1,255}")


@dataclass(frozen=True, slots=True)
class Registered:
    """A tool, and the account it belongs to."""

    account: Account
    tool: Lti13Tool


def find_tool(client_id: str) -> Registered | None:
    """The tool of that client id, if its account is switched on."""
    if not _CLIENT_ID.fullmatch(client_id):
        return None
    return _of(Account.objects.defer("secrets").filter(relay_client_id=client_id, enabled=True).first())


def tool_of_account(account_id: int) -> Registered | None:
    """The tool of an account, if that is switched on and has one."""
    return _of(Account.objects.defer("secrets").filter(pk=account_id, enabled=True).first())


def _of(account: Account | None) -> Registered | None:
    try:
        tool = provider_of(account.provider).lti13_tool(account) if account else None
    except CannotOpen as problem:
        log.warning("tool_not_complete", detail=problem.detail)
        return None
    return Registered(account, tool) if account and tool else None
