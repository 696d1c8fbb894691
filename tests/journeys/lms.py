"""Alice's LMS as the journeys have it: by LTI 1.1 with Basic Outcomes, or by LTI 1.3 with columns.

The gradebook and the grade services are servers on sockets, written without the project's own modules.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.test import Client

from lti_bridge.models import Lti11Registration
from tests import world, world13
from tests.ags_server import Platform, ags_server
from tests.delivery.columns import our_keys, start_anew
from tests.gradebook_server import Gradebook, gradebook_server
from tests.launches13 import launch13


@dataclass
class Lms:
    """She opens the link to an activity, or Ines who teaches does; her cell holds a part of 1, or nothing.

    ``launch``: by Alice, ``launch_as_teacher``: by Ines; both with custom parameters, as the LMS would send them.
    ``writes``: how often a gradebook cell was written.
    """

    launch: Callable[..., Any]
    launch_as_teacher: Callable[..., Any]
    held: Callable[[], Fraction | None]
    writes: Callable[[], int]


@contextmanager
def by_lti11(slug: str) -> Iterator[Lms]:
    """The LMS of ``world`` opens the activity of that slug by LTI 1.1."""
    with gradebook_server(Gradebook(secrets={world.KEY: world.SECRET})) as (service, book):
        Lti11Registration.objects.update(service_hosts=[])

        def launch(person: Mapping[str, str], **custom: str) -> Any:
            told = {f"custom_{name}": value for name, value in custom.items()}
            fields = world.launch_fields(person, lis_outcome_service_url=service, **told)
            return world.signed_launch(Client(), path=f"/lti/1.1/launch/{slug}", fields=fields)

        def held() -> Fraction | None:
            text = book.held.get(world.ALICE["lis_result_sourcedid"])
            return None if text is None else Fraction(text)

        yield Lms(
            lambda **custom: launch(world.ALICE, **custom),
            lambda **custom: launch(world.INES, **custom),
            held,
            lambda: book.writes,
        )


@contextmanager
def by_lti13(slug: str) -> Iterator[Lms]:
    """The same LMS opens it by LTI 1.3."""
    start_anew()
    with ags_server(Platform(keys=our_keys())) as services:
        platform = Lti11Registration.objects.get().platform
        world13.make_registration(platform, token_endpoint=f"{services.base}/token", service_hosts=["127.0.0.2"])
        column = services.add_column(resourceLinkId="link-1")

        def launch(person: dict[str, str], role: str, **custom: str) -> Any:
            endpoint = {f"{world13.AGS}claim/endpoint": services.claim("link-1")}
            return launch13(
                Client(), world13.claims(person, role=role, custom={"activity": slug, **custom}, **endpoint)
            )

        yield Lms(
            lambda **custom: launch(world13.ALICE, "Learner", **custom),
            lambda **custom: launch(world13.INES, "Instructor", **custom),
            lambda: services.held.get((column, "alice-1")),
            lambda: services.writes,
        )


#: By the version of LTI that the LMS speaks.
LMSS: dict[str, Callable[[str], AbstractContextManager[Lms]]] = {"1.1": by_lti11, "1.3": by_lti13}
