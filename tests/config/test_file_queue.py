"""The queue of files: messages appear as a whole, in order, and each once."""

import os
from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection
from kombu.exceptions import ChannelError
from kombu.transport import TRANSPORT_ALIASES

from config import file_queue


@pytest.fixture
def connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setitem(TRANSPORT_ALIASES, "filesystem", TRANSPORT_ALIASES["filesystem"])
    file_queue.install()
    (tmp_path / "c").mkdir()
    folders = {"data_folder_in": str(tmp_path), "data_folder_out": str(tmp_path), "control_folder": str(tmp_path / "c")}
    with Connection("filesystem://localhost", transport_options=folders) as opened:
        yield opened


def test_a_message_comes_out_as_it_went_in(connection: Any) -> None:
    with connection.SimpleQueue("grades") as queue:
        for number in range(3):
            queue.put({"number": number})
        assert [queue.get(timeout=2).payload["number"] for _ in range(3)] == [0, 1, 2]
        with pytest.raises(queue.Empty):
            queue.get(block=False)


def test_a_message_that_is_being_written_is_nobodys_yet(connection: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = connection.channel()
    seen: list[str] = []
    rename = os.replace

    def look_first(hidden: str, shown: str) -> None:
        with pytest.raises(Empty):
            channel._get("grades")
        seen.append(Path(shown).name)
        rename(hidden, shown)

    monkeypatch.setattr(os, "replace", look_first)
    channel._put("grades", {"number": 1})
    assert channel._get("grades") == {"number": 1}
    assert len(seen) == 1 and seen[0].endswith(".grades.msg")


def test_a_folder_that_is_gone_is_a_problem_of_the_queue(connection: Any, tmp_path: Path) -> None:
    channel = connection.channel()
    channel.transport_options["data_folder_out"] = channel.__dict__["data_folder_out"] = str(tmp_path / "gone")
    with pytest.raises(ChannelError):
        channel._put("grades", {})
