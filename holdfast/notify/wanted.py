"""Whether an attempt is still wanted, asked at the last moment before a send.

What an attempt is about lies above this module, so `wiring` puts in the question: an SQL condition about
the attempt `a`, of which only `a.program_id`, `a.for_id` and `a.wish_id` may be used. It runs in the very statement that
writes down that the send begins, on the sender's own connection, and takes no lock.
"""

from typing import Final

#: for_what -> SQL condition. Whatever is not named here is always wanted.
WANTED: Final[dict[str, str]] = {}


def condition() -> str:
    """One SQL expression over the attempt `a`."""
    cases = " ".join(f"when '{what}' then ({sql})" for what, sql in sorted(WANTED.items()) if what.isidentifier())
    return f"(case a.for_what {cases} else true end)" if cases else "true"
