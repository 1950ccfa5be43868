"""The addresses that machines ask, as an OpenAPI document made from the code: from the table of addresses, from what a
webhook reads, and from who is let in. A test sends each of them what nobody expects."""

import json
from typing import Any, Final

from holdfast.web.hooks.views import MOST

Body = dict[str, Any]

UUID: Final[Body] = {"type": "string", "format": "uuid"}
WORDS: Final[Body] = {"type": "string"}
FORM: Final = "application/x-www-form-urlencoded"
SUBSCRIPTION: Final[Body] = {
    "type": "object",
    "required": ["endpoint", "keys"],
    "properties": {
        "endpoint": {"type": "string", "format": "uri"},
        "keys": {"type": "object", "required": ["p256dh", "auth"], "properties": {"p256dh": WORDS, "auth": WORDS}},
    },
}


def _path_of(name: str) -> tuple[str, list[Body]]:
    """An address by its name, with what stands in it, as the table of addresses has it."""
    from django.urls import get_resolver

    lists: Any = get_resolver().reverse_dict.getlist(name)
    ((template, parameters),) = lists[0][0]
    path = "/" + template
    for each in parameters:
        path = path.replace(f"%({each})s", f"{{{each}}}")
    described = [{"name": each, "in": "path", "required": True, "schema": UUID} for each in parameters]
    return path, described


def _answers(*, json_body: Body | None = None, kind: str = "text/html", also: tuple[int, ...] = ()) -> Body:
    shown = {"application/json": {"schema": json_body}} if json_body else {kind: {}}
    return {
        "200": {"description": "done, or shown", "content": shown},
        **{str(status): {"description": "refused in words, or led on"} for status in also},
    }


def _takes(fields: dict[str, Body], required: tuple[str, ...] = ()) -> Body:
    shape = {"type": "object", "properties": fields, "required": list(required)}
    return {"required": True, "content": {FORM: {"schema": shape}}}


def document() -> Body:
    """Everything that answers a machine."""
    paths: dict[str, Body] = {
        "/healthz": {
            "get": {
                "summary": "Whether each promise holds. To everyone.",
                "responses": _answers(
                    json_body={
                        "type": "object",
                        "required": ["promises"],
                        "properties": {"promises": {"type": "object", "additionalProperties": {"type": "boolean"}}},
                        "additionalProperties": False,
                    },
                    also=(503,),
                ),
            }
        },
        "/metrics": {
            "get": {
                "summary": "Numbers. From this machine, or with the token.",
                "parameters": [{"name": "Authorization", "in": "header", "schema": WORDS}],
                "responses": _answers(kind="text/plain", also=(404,)),
            }
        },
        _path_of("manifest")[0]: {
            "get": {
                "summary": "What a phone needs to install the page.",
                "responses": _answers(json_body={"type": "object"}),
            }
        },
        _path_of("me")[0]: {
            "post": {
                "summary": "A browser of somebody of the staff may be pushed to.",
                "requestBody": _takes(
                    {
                        "do": {"const": "push"},
                        "label": WORDS,
                        "subscription": {
                            **WORDS,
                            "contentMediaType": "application/json",
                            "contentSchema": SUBSCRIPTION,
                        },
                    },
                    ("do", "subscription"),
                ),
                "responses": _answers(also=(302, 400, 403, 409)),
            }
        },
        _path_of("devices")[0]: {
            "post": {
                "summary": "A client keeps the help button on this phone, or takes it from one.",
                "requestBody": _takes({"do": {"enum": ["keep", "stop"]}, "device": UUID}, ("do",)),
                "responses": _answers(also=(302, 400, 403)),
            }
        },
        _path_of("help_now")[0]: {
            "post": {
                "summary": "One press for help.",
                "requestBody": _takes({}),
                "responses": _answers(also=(302, 400, 403, 503)),
            }
        },
    }
    for name in ("hook_sms", "hook_sms_status", "hook_voice", "hook_voice_digits", "hook_call_status"):
        path, parameters = _path_of(name)
        asked = [{"name": "n", "in": "query", "schema": WORDS}] if name == "hook_voice_digits" else []
        paths[path] = {
            "post": {
                "summary": f"The carrier, by its signature: {name.removeprefix('hook_').replace('_', ' ')}.",
                "parameters": [*parameters, *asked],
                "requestBody": _takes({field: {**WORDS, "maxLength": 2 * most} for field, most in MOST.items()}),
                "responses": _answers(kind="text/xml", also=(204, 400, 403, 404)),
            }
        }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Holdfast",
            "version": "1",
            "description": "What machines ask. Made by `holdfast reference`.",
        },
        "paths": dict(sorted(paths.items())),
    }


def page() -> str:
    """The document as it lies in docs/reference."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"
