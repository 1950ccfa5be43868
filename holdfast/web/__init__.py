"""The pages: what clients, staff and strangers see, cut by audience.

Owns: templates, styles, script, what a request may do (`access.py`), the one transaction of a request.
Announces: nothing.
Never: decides anything clinical, writes a table itself, keeps a chart in a browser.
"""
