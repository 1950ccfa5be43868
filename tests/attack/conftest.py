"""What attacks share: the cast."""

from holdfast.conftest import cast  # noqa: F401
