"""Numbers about how the work goes, each made of rows that anybody who leads can open.

Owns: no table; it reads what the modules below have written down.
Announces: nothing.
Never: shows a number that its rows do not give again, or a percentile of a handful.
"""
