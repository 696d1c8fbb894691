"""A request's body that stops before its end, as the web server gives it."""

from typing import NoReturn


class CutOff:
    """``wsgi.input`` of a connection that breaks or goes silent: the server reads on until it gives up."""

    def read(self, size: int = -1) -> NoReturn:
        raise ConnectionResetError("the request did not arrive in time")

    readline = read
