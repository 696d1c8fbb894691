"""What opening an activity comes to: something the browser does next."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Cookie:
    """What this browser alone brings back, in frames of other sites too, to addresses that begin with ``path``."""

    name: str
    value: str = field(repr=False)
    path: str
    seconds: int


@dataclass(frozen=True, slots=True)
class Redirect:
    """Send the browser to ``url`` (303)."""

    url: str
    cookie: Cookie | None = None


@dataclass(frozen=True, slots=True)
class FormPost:
    """Have the browser post ``fields`` to ``url``: a form that submits itself, with a button without JavaScript."""

    url: str
    fields: Mapping[str, str] = field(repr=False)
    cookie: Cookie | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Show a page of ours."""

    template: str
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Lti13Tool:
    """A provider's LTI 1.3 tool as it is registered with us, its platform.

    ``client_id`` and ``deployment_id`` are ours to give. ``redirect_uris``: exactly where an id_token may be sent.
    ``shares_name`` and ``shares_email``: what the account lets the provider know of a person. ``link_per_attempt``:
    each attempt is a resource link of its own, with a line item of its own, so that a score can belong to no other
    attempt; otherwise the activity is. ``outcomes``: the id_token also names our Basic Outcomes service.
    ``launch_url``: the target link URI of launches that no activity leads to.
    """

    client_id: str
    deployment_id: str
    login_url: str
    redirect_uris: tuple[str, ...]
    jwks_uri: str
    login_method: str = "post"
    shares_name: bool = True
    shares_email: bool = True
    link_per_attempt: bool = True
    line_items: bool = True
    outcomes: bool = False
    launch_url: str = ""


@dataclass(frozen=True, slots=True)
class RelayLaunch:
    """Launch the provider's tool by LTI, as its platform. ``relay/`` makes something for the browser of it.

    ``url``: the provider's launch address (LTI 1.3: the target link URI). ``custom``: custom parameters in the
    provider's names, unprefixed. ``tool``: by LTI 1.3, as this tool; none: by LTI 1.1. ``fields``: fields of
    an LTI 1.1 launch that the provider wants otherwise than we send them, or beside them.
    """

    url: str
    custom: Mapping[str, str]
    tool: Lti13Tool | None = None
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HandIn:
    """Let the learner hand in a document; within what rules, ``Provider.documents`` says."""


Action = Redirect | FormPost | Page | RelayLaunch | HandIn
