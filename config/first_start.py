"""What a first start on one machine needs and nobody has made yet: keys, a folder to keep them in, an address.

``run`` and ``demo`` call :func:`take_command_line` and :func:`load_or_make` before the settings are read. What the
environment gives always wins; a made key is written once, readable by its owner alone.
"""

import base64
import os
import secrets
import socket
import tempfile
from argparse import ArgumentParser
from collections.abc import MutableMapping, Sequence
from pathlib import Path

KEYS_FILE = "keys.env"
DEFAULT_PORT = 8000
#: The pretend LMS and provider listen there, on the next two ports (``lti_bridge.sandbox.addresses``).
NEIGHBOURS = ("127.0.0.2", "127.0.0.3")


def take_command_line(arguments: Sequence[str], environ: MutableMapping[str, str] | None = None) -> None:
    """Put what ``run`` and ``demo`` are told, and settings depend on, into the environment.

    ``arguments``: as ``sys.argv`` has them. ``demo`` keeps its data apart, and ``demo --check`` has a folder, a
    database, a queue and ports of its own whatever the environment says.
    """
    env = os.environ if environ is None else environ
    parser = ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    parser.add_argument("--check", action="store_true")
    given, _others = parser.parse_known_args(arguments[2:])
    if arguments[1] == "run":
        env.setdefault("BASE_URL", f"http://localhost:{given.port}")
        return
    # Without more loopback addresses than one (macOS), ports have to tell the parties apart.
    host = "127.0.0.1" if all(_is_free(neighbour, 0) for neighbour in NEIGHBOURS) else "localhost"
    if given.check:
        env["DATA_DIR"] = tempfile.mkdtemp(prefix="lti-bridge-check-")
        env["BASE_URL"] = f"http://{host}:{free_ports()}"
        for service in ("DATABASE_URL", "CELERY_BROKER_URL"):
            env.pop(service, None)
            env.pop(f"{service}_FILE", None)
    env.setdefault("DATA_DIR", str(Path("var/demo").absolute()))
    env.setdefault("BASE_URL", f"http://{host}:{given.port}")


def free_ports() -> int:
    """A port that is free together with the next two, for the bridge and its neighbours."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if port < 65000 and all(_is_free("", port + step) for step in range(3)):
            return port


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def data_dir(environ: MutableMapping[str, str] | None = None) -> Path:
    """Where this machine keeps its database, queue and keys: ``DATA_DIR``, else ``var`` in the working folder."""
    return Path((os.environ if environ is None else environ).get("DATA_DIR", "var"))


def load_or_make(*, make: bool, sandbox: bool = False, environ: MutableMapping[str, str] | None = None) -> None:
    """Put ``SECRET_KEY`` and ``FIELD_KEYS`` into the environment from the keys file.

    ``make``: write the keys that neither the environment nor the file has. ``sandbox``: switch the
    pretend LMS and providers on unless the environment says otherwise. Raises ``OSError`` when the
    folder cannot be written.
    """
    env = os.environ if environ is None else environ
    if sandbox:
        env.setdefault("SANDBOX", "true")
    path = data_dir(env) / KEYS_FILE
    stored = _read(path)
    missing = {name: value for name, value in _fresh().items() if name not in stored and name not in env}
    if make and missing:
        stored |= missing
        _write(path, stored)
    for name, value in stored.items():
        env.setdefault(name, value)


def _fresh() -> dict[str, str]:
    return {
        "SECRET_KEY": secrets.token_urlsafe(48),
        # The form cryptography's Fernet wants: 32 bytes, URL-safe base64.
        "FIELD_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    }


def _read(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    lines = (line.partition("=") for line in path.read_text().splitlines() if "=" in line)
    return {name: value for name, _, value in lines}


def _write(path: Path, values: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.writelines(f"{name}={value}\n" for name, value in values.items())
