"""The catalogues of translated words."""
