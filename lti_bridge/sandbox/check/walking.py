"""A step on the way: said when it worked, and when it did not."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import requests

from lti_bridge.sandbox.check.visitor import NotThere

Say = Callable[[str], None]


class Broken(Exception):
    """A step that did not work. Its line is printed already."""


@contextmanager
def step(say: Say, what: str) -> Iterator[None]:
    """Do something, and say what came of it. Raises :class:`Broken`."""
    started = time.monotonic()
    try:
        yield
    except (NotThere, requests.RequestException) as error:
        say(f"  ✗ {what}: {error}")
        raise Broken from error
    say(f"  ✓ {what} ({time.monotonic() - started:.1f} s)")
