"""Pages for whoever runs the program: directors and administrators. They see no chart here."""
