"""Tests of the whole: flows, faults, browser, house. Each module's own tests live beside it."""
