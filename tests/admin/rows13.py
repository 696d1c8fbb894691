"""A row of each model of LTI 1.3, around one person of the course."""

import secrets
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from lti_bridge.models import (
    Attempt,
    Candidate,
    Context,
    Deployment,
    Document,
    Invitation,
    Learner,
    LineItem,
    Lti13Registration,
    Membership,
    PeerKeys,
    ProviderLaunch,
    ProviderLineItem,
    ProviderScore,
    ResourceLink,
    SigningKey,
)
from tests.pages.course import Course

SECRET = "the-key-of-a-document"
DIGEST = "0" * 64


def make_rows(course: Course, person: Learner, words: str = "") -> None:
    """``words``: what a stranger wrote wherever strangers write."""
    name, now = secrets.token_hex(8), timezone.now()
    platform, account, activity = course.world.platform, course.world.account, course.world.activity
    registration = Lti13Registration.objects.create(
        platform=platform,
        issuer=f"https://{name}.example.edu/{words}",
        client_id=words or name,
        authorization_endpoint=f"https://lms.example.edu/{words}",
        token_endpoint=f"https://lms.example.edu/{words}",
        jwks_uri=f"https://lms.example.edu/{words}",
        awaits_approval=True,
    )
    deployment = Deployment.objects.create(
        registration=registration, platform=platform, deployment_id=words or name, approved=False
    )
    context = Context.objects.create(platform=platform, context_id=name, title=words or name)
    link = ResourceLink.objects.create(context=context, resource_link_id=name, title=words or name)
    LineItem.objects.create(
        resource_link=link, registration=registration, deployment=deployment, url=f"https://lms.example.edu/{words}"
    )
    Membership.objects.create(context=context, learner=person, roles=[words or "learner"], seen_at=now)
    ProviderLaunch.objects.create(account=account, learner=person, resource_link=link, activity=activity)
    item = ProviderLineItem.objects.create(
        account=account, context=context, label=words or name, score_maximum=Decimal(100), tag=words
    )
    ProviderScore.objects.create(
        line_item=item,
        learner=person,
        timestamp=now,
        digest=DIGEST,
        score_given=Decimal(80),
        score_maximum=Decimal(100),
        activity_progress="Completed",
        grading_progress="FullyGraded",
        comment=words,
    )
    candidate, _made = Candidate.objects.get_or_create(learner=person, account=account)
    sitting = {"learner": person, "resource_link": link, "activity": activity, "candidate": candidate}
    attempt = Attempt.objects.create(**sitting, number=1)
    told = {"title": words, "file_name": words, "reason": f"x: {words}", "received_at": now, "secret": {"key": SECRET}}
    Document.objects.create(attempt=attempt, state="unclear", reference=name, **told)
    url = f"https://{name}.example.edu/{words}"
    PeerKeys.objects.create(url_digest=name, url=url, keys=[], fetched_at=now, problem=words)
    SigningKey.objects.create(side="tool", kid=name, public_jwk={}, signs_from=now + timedelta(days=2))
    Invitation.objects.create(digest=name, platform_name="campus", expires_at=now)
