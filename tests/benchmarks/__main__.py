"""Measure, and print Markdown: ``make bench``, or ``python -m tests.postgres_and_redis -- python -m tests.benchmarks``.

Needs DATABASE_URL to be PostgreSQL. Figures are of this machine; none of them is an assertion.
"""

import argparse
import os
import platform
import sys

from tests import environment  # noqa: F401  (the settings need it)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--launches", type=int, default=2000, help="launches per figure")
    parser.add_argument("--stored", type=int, default=1_000_000, help="attempts stored for the large database")
    parser.add_argument("--learners", type=int, default=500, help="learners of a large course")
    parser.add_argument("--cells", type=int, default=1000, help="cells per figure")
    parser.add_argument("--candidates", type=int, default=5000, help="candidates of one exam")
    parser.add_argument("--documents", type=int, default=200, help="documents that are handed in at once")
    choices = ("launches", "launches13", "crowd", "delivery", "results", "hand_in")
    parser.add_argument("--only", choices=choices, default=None)
    options = parser.parse_args()
    if "postgres" not in os.environ.get("DATABASE_URL", ""):
        sys.exit("DATABASE_URL must be a PostgreSQL database of its own, empty.")
    os.environ["SANDBOX"] = "false"
    os.environ["ALLOWED_PRIVATE_HOSTS"] = "127.0.0.0/8"
    os.environ["LOG_LEVEL"] = "WARNING"

    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, skip_checks=True)
    print(f"Python {platform.python_version()}, Django {django.__version__}, {os.cpu_count()} cores\n")
    from tests.benchmarks import crowd, delivery, hand_in, launches, launches13, results

    if options.only in (None, "launches"):
        launches.measure(options.launches, options.stored)
    if options.only in (None, "launches13"):
        launches13.measure(options.launches)
    if options.only in (None, "crowd"):
        crowd.measure(options.learners)
    if options.only in (None, "delivery"):
        delivery.measure(options.cells)
    if options.only in (None, "results"):
        results.measure(options.candidates)
    if options.only in (None, "hand_in"):
        hand_in.measure(options.documents, 5, 190)


if __name__ == "__main__":
    main()
