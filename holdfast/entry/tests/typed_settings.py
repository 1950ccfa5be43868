"""Django's settings for the type checker, which needs an environment like any other program."""
# ruff: noqa: I001 - the environment comes first

from holdfast.entry.tests import cluster  # noqa: F401
from holdfast.entry.settings import *  # noqa: F403
