"""Clinical content: reads `clinical/`, checks it, and keeps its checksums.

Owns: the shapes in which content is handed out, the reading of the files, the checksums beside them.
Announces: nothing.
Never: touches the database, decides what an answer means, approves anything.
"""
