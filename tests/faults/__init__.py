"""Kills programs on purpose while people are in crisis, and then looks whether anybody was lost."""
