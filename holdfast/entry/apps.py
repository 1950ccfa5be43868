from django.apps import AppConfig


class EntryConfig(AppConfig):
    name = "holdfast.entry"

    def ready(self) -> None:
        """Put the flow in place in every process."""
        from holdfast import wiring

        wiring.install()
