"""Measures what Holdfast claims, each claim beside its baseline in the same run."""
