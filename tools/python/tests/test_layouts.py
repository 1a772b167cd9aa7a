"""What the protocol says of the compact form, and what the classes say."""

from __future__ import annotations

import re
from typing import Any

from maxsimd.bodies import ProblemBody
from maxsimd.errors import ProblemError, of_status
from maxsimd.routes import IN_BOTH_FORMS
from maxsimd.wire import Struct, struct
from maxsimd.wire.kind import Kind


def routes() -> list[str]:
    def name(body: Any) -> str:
        return body.__name__ if body else ""

    lines = []
    for route in IN_BOTH_FORMS:
        head = f"{route.method:<6} {route.path}"
        lines.append(f"{head:<46} {name(route.body):<13} {name(route.reply)}".rstrip())
    return [*lines, f"{'a problem':<46} {'':<13} ProblemBody"]


def structs() -> list[Struct[Any]]:
    """All of them, in the order in which they are first named."""
    found: list[Struct[Any]] = []

    def visit(kind: Kind[Any]) -> None:
        if hasattr(kind, "of") and isinstance(kind.of, Kind):
            visit(kind.of)
        if isinstance(kind, Struct) and kind not in found:
            found.append(kind)
            for field in kind.fields:
                visit(field.kind)

    for route in IN_BOTH_FORMS:
        for body in (route.body, route.reply):
            if body:
                visit(struct(body))
    visit(struct(ProblemBody))
    return found


def test_the_classes_are_laid_out_as_the_protocol_says(protocol: str) -> None:
    lines = [*routes(), ""]
    for kind in structs():
        lines.append(kind.name)
        lines += [f"  {field.name:<20} {field.kind.name}" for field in kind.fields]
    said = protocol.partition("What routes take and give")[2].split("```")[1].strip().splitlines()
    assert said == lines


def test_every_code_of_the_protocol_is_an_error_of_its_own_class(protocol: str) -> None:
    statuses = re.findall(r"^\| `\w+` \| ([45]\d\d) \|", protocol, re.MULTILINE)
    assert len(statuses) > 30
    assert all(of_status(int(status)) is not ProblemError for status in statuses)
