"""Migrations say all that the models say, in one line a module: a merge of two changes can lose either."""

from django.apps import apps
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState


def test_the_migrations_make_the_tables_that_the_models_want() -> None:
    loader = MigrationLoader(None)
    changes = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps)).changes(graph=loader.graph)
    missing = [str(each) for found in changes.values() for one in found for each in one.operations]
    assert loader.detect_conflicts() == {}
    assert missing == []
