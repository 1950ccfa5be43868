"""Signing in: what we add to django-allauth, through its adapters and forms.

`adapter` what allauth asks us, `factors` second factors and their sealing, `limits` wrong tries, `forms` what is
typed, `asking` the page that asks somebody to prove themselves, `views` lock, devices and what protects an account,
`journal` what is recorded of it.
"""
