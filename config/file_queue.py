"""The queue of files, for one machine without a broker: kombu's, with messages that appear as a whole.

kombu writes a message under the name by which workers find it, and one that looks at that moment takes it away half
written and dies over it. Here it is written under a name that nobody looks for, and then renamed, in one step.
"""

import os
import uuid
from time import monotonic_ns
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.encoding import str_to_bytes
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """What messages go in by and come out of."""

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]  # kombu's disagree
        """Put a message onto a queue. Raises ``ChannelError``."""
        # Names sort by age.
        name = f"{monotonic_ns():020d}_{uuid.uuid4()}"
        # Only what comes after a name's first dot is compared with queues.
        hidden = os.path.join(self.data_folder_out, f"{name}.being-written")
        try:
            with open(hidden, "wb") as file:
                file.write(str_to_bytes(dumps(payload)))
            os.replace(hidden, os.path.join(self.data_folder_out, f"{name}.{queue}.msg"))
        except OSError as problem:
            raise ChannelError(f"Cannot add a message to {self.data_folder_out!r}") from problem


class Transport(filesystem.Transport):
    """``filesystem://`` after :func:`install`."""

    Channel = Channel


def install() -> None:
    """Have ``filesystem://`` be this queue."""
    TRANSPORT_ALIASES["filesystem"] = f"{__name__}:Transport"
