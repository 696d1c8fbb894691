"""People, as platforms know them and as accounts know them."""

import secrets

from django.db import models
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from lti_bridge.models.accounts import Account
from lti_bridge.models.platforms import Platform


def opaque_id() -> str:
    """A stable id that says nothing about the person: 26 letters and digits."""
    return secrets.token_hex(13)


class Learner(models.Model):
    """A person as one platform knows them. Identity is (platform, user id) and nothing else."""

    platform = models.ForeignKey(Platform, on_delete=models.CASCADE, related_name="learners")
    #: LTI 1.1 ``user_id``, LTI 1.3 ``sub``.
    user_id = models.CharField(_("user id"), max_length=500)
    #: What LTI 1.1 called them, where LTI 1.3 has another id for them.
    lti11_id = models.CharField(max_length=500, blank=True, default="", db_default="")
    given_name = models.CharField(_("given name"), max_length=300, blank=True, default="")
    family_name = models.CharField(_("family name"), max_length=300, blank=True, default="")
    full_name = models.CharField(_("name"), max_length=600, blank=True, default="")
    #: For display and for the provider. Never an identity.
    email = models.CharField(_("e-mail"), max_length=320, blank=True, default="")
    #: Our id for this person toward providers (``ext_id``).
    opaque_id = models.CharField(_("our id"), max_length=26, unique=True, default=opaque_id, editable=False)
    created_at = models.DateTimeField(_("first launch"), auto_now_add=True)

    class Meta:
        verbose_name = _("learner")
        verbose_name_plural = _("learners")
        constraints = (models.UniqueConstraint(fields=("platform", "user_id"), name="one_learner_per_platform"),)
        indexes = (
            models.Index(
                fields=("platform", "lti11_id"), condition=~models.Q(lti11_id=""), name="learners_by_lti11_id"
            ),
        )

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        """The best name there is; the user id when the LMS tells none."""
        parts = f"{self.given_name} {self.family_name}".strip()
        return self.full_name or parts or self.user_id


class Candidate(models.Model):
    """A learner as one account knows them."""

    learner = models.ForeignKey(Learner, on_delete=models.CASCADE, related_name="candidates")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="candidates")
    #: The provider's own id, once it told us.
    provider_candidate_id = models.CharField(_("provider's id"), max_length=200, blank=True, default="")
    #: The e-mail address by which the provider knows them, where it knows people so. Empty: not told yet.
    known_as = models.CharField(_("known as"), max_length=320, blank=True, default="", db_default="")
    #: Who asks the provider now to make something for them, and until when all others wait.
    lease = models.UUIDField(null=True, editable=False)
    leased_until = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("candidate")
        verbose_name_plural = _("candidates")
        constraints = (models.UniqueConstraint(fields=("learner", "account"), name="one_candidate_per_account"),)
        # Providers that know people by an address: nobody may become who another one is there.
        indexes = (
            models.Index("account", Upper("known_as"), condition=~models.Q(known_as=""), name="candidates_by_address"),
            models.Index(
                fields=("account", "provider_candidate_id"),
                condition=~models.Q(provider_candidate_id=""),
                name="candidates_by_provider_id",
            ),
        )

    def __str__(self) -> str:
        return self.provider_candidate_id or self.learner.opaque_id
