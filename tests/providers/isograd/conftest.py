"""The pretend Isograd API and Alice's attempt there, for the tests beside this."""

from tests.isograd_bench import account, api, bench

__all__ = ["account", "api", "bench"]
