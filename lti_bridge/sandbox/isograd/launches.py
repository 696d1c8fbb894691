"""What a launch asks of the pretend Isograd: believed first, then read by the document's names."""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from lti_bridge import oauth1
from lti_bridge.sandbox.addresses import provider_url
from lti_bridge.sandbox.isograd.errors import IsogradError, NotSigned
from lti_bridge.sandbox.keys import ISOGRAD_KEY, shared_secret
from lti_bridge.sandbox.models import UsedNonce
from lti_bridge.sandbox.tool13 import launches
from lti_bridge.sandbox.tool13.registration import ISOGRAD

#: Standard LTI fields that stand for the document's parameters: by LTI 1.1, and by LTI 1.3.
_PERSON = {
    "ema": "lis_person_contact_email_primary",
    "fst_nam": "lis_person_name_given",
    "lst_nam": "lis_person_name_family",
}
_PERSON_13 = {"ema": "email", "fst_nam": "given_name", "lst_nam": "family_name"}


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters of a believed launch, under the document's names.

    ``destination``: where the result goes, as fields of ``IsogradTest``.
    """

    values: Mapping[str, str]
    user_id: str
    destination: Mapping[str, str]

    def optional(self, name: str) -> str:
        return self.values.get(name, "").strip()

    def required(self, name: str) -> str:
        """Raises error 105 when it is missing."""
        if not self.optional(name):
            raise IsogradError(105, name)
        return self.optional(name)

    def number(self, name: str, otherwise: int) -> int:
        """A required number; what is none raises the error ``otherwise``."""
        text = self.required(name)
        if not (text.isascii() and text.isdigit()):
            raise IsogradError(otherwise)
        return int(text)

    @property
    def email(self) -> str:
        """The candidate's e-mail address, which is who they are here. Raises error 105 or 201."""
        text = self.required("ema")
        try:
            validate_email(text)
        except ValidationError:
            raise IsogradError(201) from None
        return text.lower()


def believe13(fields: Mapping[str, str]) -> Asked:
    """The launch that an id_token brings. Raises ``NotBelieved``."""
    launched = launches.believe(ISOGRAD, fields)
    person = {name: str(launched.claims.get(claim, "")) for name, claim in _PERSON_13.items()}
    return Asked(dict(launched.custom) | person, launched.destination.user_id, asdict(launched.destination))


def believe(body: bytes) -> Asked:
    """Check that the bridge signed this launch, lately and for the first time. Raises :class:`NotSigned`."""
    try:
        form = oauth1.read_form(body, "")
        secrets = [shared_secret(ISOGRAD_KEY)] if form.oauth.key == ISOGRAD_KEY else []
        oauth1.check_form(form, provider_url("sandbox-isograd-lti"), secrets)
        oauth1.check_timestamp(form.oauth.timestamp, time.time())
    except oauth1.SignatureProblem as problem:
        raise NotSigned(problem.message) from problem
    if not UsedNonce.use("isograd", form.oauth.nonce):
        raise NotSigned("The nonce was used before.")
    if form.fields.get("lti_message_type") != "basic-lti-launch-request" or not form.fields.get("resource_link_id"):
        raise NotSigned("This is not a basic-lti-launch-request.")
    return _asked(form.fields)


def _asked(fields: Mapping[str, str]) -> Asked:
    custom = {name.removeprefix("custom_"): value for name, value in fields.items() if name.startswith("custom_")}
    person = {name: fields.get(field, "") for name, field in _PERSON.items()}
    destination = {
        "consumer_key": fields["oauth_consumer_key"],
        "outcome_service_url": fields.get("lis_outcome_service_url", ""),
        "result_sourcedid": fields.get("lis_result_sourcedid", ""),
    }
    return Asked(custom | person, fields.get("user_id", ""), destination)
