"""Pages for clients, and the help page for everyone."""
