from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "holdfast.records"
    default_auto_field = "django.db.models.BigAutoField"
