"""A made-up world in fast time: no database, no clock, no network, and no chance but the seeded one.

`decisions` are the product's own; `world` is the queue of what is due; `seeking`, `holding`, `tasks` and `noticing` do
with small objects what the actions of the modules do with rows; `habits` and `days` are the made-up people; `promises`
looks after every step; `run` puts it together; `faults` are planted to see that they are found.
"""
