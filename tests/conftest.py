"""What flow, fault and browser tests share: the whole of Holdfast, running."""

from collections.abc import Iterator

import pytest

from tests.stack import Stack, own_folder, stack_in


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """Everything, started once for the run of a process. Begin a test with `stack.fresh()`."""
    with stack_in(own_folder()) as made:
        yield made
