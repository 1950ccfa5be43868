"""What the program can prove.

Owns: the simulation, which drives the rules and clocks in fast time and checks every promise at every step.
Announces: nothing.
Never: touches a client's row, or decides anything: it asks the rules of the modules below.
"""
