"""The ground everything stands on.

Owns: programs, the append-only facts, the clock, ids, sealed text, the scope that keeps programs
apart, the wake-up bell, and the watch's latest word.
Announces: nothing of its own.
Never: imports another module of Holdfast, or decides anything clinical.
"""
