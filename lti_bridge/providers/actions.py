"""What opening an activity comes to: something the browser does next."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Redirect:
    """Send the browser to ``url`` (303)."""

    url: str


@dataclass(frozen=True, slots=True)
class FormPost:
    """Have the browser post ``fields`` to ``url``: a form that submits itself, with a button without JavaScript."""

    url: str
    fields: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Page:
    """Show a page of ours."""

    template: str
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class RelayLaunch:
    """Launch the provider's tool by LTI, as its platform. ``relay/`` signs it and makes a :class:`FormPost`.

    ``url``: the provider's launch address. ``custom``: custom parameters in the provider's names, unprefixed.
    """

    url: str
    custom: Mapping[str, str]


Action = Redirect | FormPost | Page | RelayLaunch
