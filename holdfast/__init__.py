"""Holdfast: from the first worrying signal to a safe landing, one owner and one clock."""

__version__ = "0.1.0"
