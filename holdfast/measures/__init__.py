"""What the program can prove of itself: numbers, each made of rows that anybody who leads can open, and a simulation.

Owns: no table. The figures read what the modules below have written down; the simulation drives their rules and clocks in
fast time and checks every promise at every step.
Announces: nothing.
Never: shows a number that its rows do not give again, or a percentile of a handful; changes a row, or decides anything.
"""
