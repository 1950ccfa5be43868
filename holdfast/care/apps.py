from django.apps import AppConfig


class CareConfig(AppConfig):
    name = "holdfast.care"
    default_auto_field = "django.db.models.BigAutoField"
