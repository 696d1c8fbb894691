"""What the pretend LMS keeps for LTI 1.3: its tools, launches under way, access tokens, and line items."""

import secrets

from django.db import models

from lti_bridge.sandbox.models.course import CourseLink


def random_id() -> str:
    """Unguessable, and as long as Moodle's client ids are."""
    return secrets.token_urlsafe(12)


def random_token() -> str:
    """Unguessable."""
    return secrets.token_hex(16)


class Lti13Tool(models.Model):
    """A tool that is registered with the pretend LMS; its id is the deployment id, as with Moodle."""

    name = models.CharField(max_length=200)
    client_id = models.CharField(max_length=255, unique=True, default=random_id)
    login_url = models.CharField(max_length=2000)
    redirect_uris = models.JSONField(default=list)
    jwks_uri = models.CharField(max_length=2000)
    target_link_uri = models.CharField(max_length=2000)
    #: Message type → the target link URI for it, where it is another one.
    targets = models.JSONField(default=dict)
    custom = models.JSONField(default=dict)
    #: By dynamic registration rather than by hand.
    registered_itself = models.BooleanField(default=False)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.name

    @property
    def deployment_id(self) -> str:
        return str(self.pk)

    def target_for(self, message: str) -> str:
        """Where messages of that type go."""
        return str(self.targets.get(message) or self.target_link_uri)


class Lti13Launch(models.Model):
    """A launch between the login initiation and its id_token; good once, in the browser that began it."""

    key = models.CharField(max_length=40, unique=True, default=random_token)
    tool = models.ForeignKey(Lti13Tool, on_delete=models.CASCADE)
    message = models.CharField(max_length=50)
    target_link_uri = models.CharField(max_length=2000)
    username = models.CharField(max_length=50)
    session_key = models.CharField(max_length=50)
    link = models.ForeignKey(CourseLink, on_delete=models.CASCADE, null=True)
    document_target = models.CharField(max_length=10, default="window")
    #: Whom a review or a data privacy launch is about, by user name.
    about = models.CharField(max_length=50, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True)
    #: When chosen content came back.
    answered_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.message} of {self.username}"


class AccessToken(models.Model):
    """What a tool may do at the LMS's services for an hour."""

    token = models.CharField(max_length=40, unique=True, default=random_token)
    tool = models.ForeignKey(Lti13Tool, on_delete=models.CASCADE)
    scopes = models.JSONField(default=list)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return " ".join(self.scopes)


class LineItem(models.Model):
    """A column of the gradebook as Assignment and Grade Services show it."""

    tool = models.ForeignKey(Lti13Tool, on_delete=models.CASCADE, related_name="line_items")
    #: The link it belongs to, if any (``resourceLinkId``).
    link = models.ForeignKey(CourseLink, on_delete=models.CASCADE, null=True, related_name="line_items")
    #: Whether it is the link's own column, made by the LMS. Others are the tool's.
    is_own = models.BooleanField(default=False)
    label = models.CharField(max_length=200)
    score_maximum = models.DecimalField(max_digits=20, decimal_places=6, default=100)
    resource_id = models.CharField(max_length=200, blank=True)
    tag = models.CharField(max_length=200, blank=True)
    starts_at = models.CharField(max_length=40, blank=True)
    ends_at = models.CharField(max_length=40, blank=True)
    #: ``submissionReview`` of AGS, as the tool wrote it; nothing where it wrote none.
    review = models.JSONField(default=dict)

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("link",), condition=models.Q(is_own=True), name="one_sandbox_column_of_its_own"
            ),
        )

    def __str__(self) -> str:
        return self.label
