"""The adapters: one file a channel, each turning one batch into one real send.

An adapter is used by one thread, keeps its own connection, knows nothing of the database, and reports what
became of the send in the words of `rules.News`.
"""
