"""The demo's tour: one crisis walked from both sides, with the staff's handsets drawn as phones.

Answers only where `HOLDFAST_DEMO` is set; everywhere else these addresses do not exist.
"""
