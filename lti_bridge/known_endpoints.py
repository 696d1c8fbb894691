"""Where LMSs have their LTI 1.3 addresses, as far as that is public. Offered to people, never filled in by itself."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from lti_bridge.models import Family


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The addresses of one LMS. ``HOST``, ``CLIENT-ID`` and ``ID`` stand for what is each institution's own."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    #: Empty: the token endpoint.
    token_audience: str = ""

    def items(self) -> list[tuple[str, str]]:
        """Field and address, without what is empty."""
        pairs = [(each.name, str(getattr(self, each.name))) for each in fields(self)]
        return [(name, address) for name, address in pairs if address]


#: Read in the LMSs' own documents and sources, 2026-11. "Cloud" ones are the same for every customer.
KNOWN: Mapping[str, Endpoints] = {
    Family.MOODLE: Endpoints(
        "https://HOST",
        "https://HOST/mod/lti/auth.php",
        "https://HOST/mod/lti/token.php",
        "https://HOST/mod/lti/certs.php",
    ),
    Family.CANVAS: Endpoints(
        "https://canvas.instructure.com",
        "https://sso.canvaslms.com/api/lti/authorize_redirect",
        "https://sso.canvaslms.com/login/oauth2/token",
        "https://sso.canvaslms.com/api/lti/security/jwks",
    ),
    Family.BLACKBOARD: Endpoints(
        "https://blackboard.com",
        "https://developer.blackboard.com/api/v1/gateway/oidcauth",
        "https://developer.blackboard.com/api/v1/gateway/oauth2/jwttoken",
        "https://developer.blackboard.com/api/v1/management/applications/CLIENT-ID/jwks.json",
    ),
    Family.BRIGHTSPACE: Endpoints(
        "https://HOST",
        "https://HOST/d2l/lti/authenticate",
        "https://auth.brightspace.com/core/connect/token",
        "https://HOST/d2l/.well-known/jwks",
        "https://api.brightspace.com/auth/token",
    ),
    Family.SAKAI: Endpoints(
        "https://HOST",
        "https://HOST/imsoidc/lti13/oidc_auth",
        "https://HOST/imsblis/lti13/token/ID",
        "https://HOST/imsblis/lti13/keyset/ID",
    ),
    Family.OPENEDX: Endpoints(
        "https://HOST",
        "https://HOST/api/lti_consumer/v1/launch/",
        "https://HOST/api/lti_consumer/v1/token/ID",
        "https://HOST/api/lti_consumer/v1/public_keysets/ID",
    ),
    Family.SCHOOLOGY: Endpoints(
        "https://schoology.schoology.com",
        "https://lti-service.svc.schoology.com/lti-service/authorize-redirect",
        "https://lti-service.svc.schoology.com/lti-service/access-token",
        "https://lti-service.svc.schoology.com/lti-service/.well-known/jwks",
    ),
}


def hint(family: str, field: str) -> str:
    """What an LMS family usually has there, for a sentence's end; empty where nothing is known."""
    known = KNOWN.get(family)
    address = getattr(known, field, "") if known else ""
    return f" ({Family(family).label} usually has {address})" if address else ""
