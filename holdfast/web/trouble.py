"""When the watch cannot vouch, clients are told what that means for them: do not wait for us alone."""

from holdfast.ledger.vouch import word


def for_clients() -> tuple[str, ...]:
    """The broken promises by name, empty when every one holds. Pages show one sentence, whichever it is."""
    return word().broken
