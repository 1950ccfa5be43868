from django.apps import AppConfig


class CrisisConfig(AppConfig):
    name = "holdfast.crisis"
    default_auto_field = "django.db.models.BigAutoField"
