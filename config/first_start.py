"""What a first start on one machine needs and nobody has made yet: keys, and a folder to keep them in.

``run`` and ``demo`` call :func:`load_or_make` before the settings are read. A key that the
environment gives always wins; a made key is written once, readable by its owner alone.
"""

import base64
import os
import secrets
from collections.abc import MutableMapping
from pathlib import Path

KEYS_FILE = "keys.env"


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
