"""Files that those who teach take along from a provider: which there are, and what may be in them.

A provider declares its files; pages show them, order them, and hand out what came. Nothing of it is kept here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from lti_bridge.errors import Text
from lti_bridge.models import Account, Attempt
from lti_bridge.providers.exports import Export


@dataclass(frozen=True, slots=True)
class People:
    """Of whom a file may tell: those at one link, by the provider's ids and by the names it knows them by.

    Both lead to what the course calls them. ``by_name`` has those only whose id the provider has not told: two people
    by one name are not mixed up.
    """

    account: Account
    by_id: Mapping[str, str] = field(repr=False)
    by_name: Mapping[str, str] = field(repr=False)

    def name_of(self, user_id: str, known_as: tuple[str, ...] = ()) -> str | None:
        """What the course calls somebody; None for a stranger, and where two ids name two people."""
        if user_id in self.by_id:
            return self.by_id[user_id]
        return next((self.by_name[each] for each in known_as if each in self.by_name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One kind of file.

    ``suits``: whether there is one about an attempt. ``export``: what is ordered of the provider; for a file about
    all it gets the newest attempt. ``write``: takes what the provider gave out and writes what people get, only about
    those people; raises ``ProviderError`` when it cannot be read. ``ending``: of the file's name.
    """

    label: Text
    ending: str
    content_type: str
    export: Callable[[Attempt], Export] = field(repr=False)
    write: Callable[[BinaryIO, People, BinaryIO], None] = field(repr=False)
    suits: Callable[[Attempt], bool] = field(repr=False)
    about_one: bool = False
