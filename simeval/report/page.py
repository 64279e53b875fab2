"""The page as text: shell, program, style and data in one file, closed by a Content-Security-Policy.

All data is in blocks that a browser does not run: JSON in which `<`, `>` and `&` are escaped, and base64.
The policy allows one program and one style sheet, by their digests, and nothing from anywhere else.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import jinja2
import msgspec
from markupsafe import Markup
from rcssmin import cssmin
from rjsmin import jsmin

from simeval import content

__all__ = ["assemble", "digest_of_text", "json_for_html", "overridden_assets"]

SHELL = "page"  # reports/page.html.j2
_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def assemble(title: str, index: Mapping[str, object], blocks: Sequence[str]) -> str:
    """The whole page. Block n becomes the element `block-n`."""
    program = jsmin(f'(() => {{\n"use strict";\n{_joined("js")}}})();\n')
    style = cssmin(_joined("css"))
    shell = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, keep_trailing_newline=True
    ).from_string(
        content.find("reports", SHELL, suffix=".html.j2", kind="report template").read_text("utf-8")
    )
    return shell.render(
        title=title,
        policy=content_security_policy(program, style),
        program=_raw(program, "</script"),
        style=_raw(style, "</style"),
        index=Markup(json_for_html(index)),  # noqa: S704  escaped by json_for_html
        blocks=[_raw(block, "<") for block in blocks],
    )


def json_for_html(value: object) -> str:
    """JSON that is safe inside a `<script>` element: no character in it can end or open an element."""
    text = msgspec.json.encode(value).decode("utf-8")
    for character, escaped in _ESCAPES.items():
        text = text.replace(character, escaped)
    return text


def content_security_policy(program: str, style: str) -> str:
    """Allows this program and this style, pictures made by the page itself, and nothing else."""
    rules = {
        "default-src": "'none'",
        "script-src": digest_of_text(program),
        "style-src": digest_of_text(style),
        "img-src": "data: blob:",
        "connect-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def overridden_assets() -> list[str]:
    """Names of page files that come from the user's own `reports/` folder instead of ours."""
    found = [_asset(path.name) for kind in ("js", "css") for path in _builtin_assets(kind)]
    shell = content.find("reports", SHELL, suffix=".html.j2", kind="report template")
    ours = content.builtin_root()
    return [path.name for path in [*found, shell] if not path.is_relative_to(ours)]


def _joined(kind: str) -> str:
    """All files of a kind one after the other, in the order of their names."""
    files = (_asset(path.name) for path in _builtin_assets(kind))
    return "".join(f"/* {path.name} */\n{path.read_text('utf-8')}" for path in files)


def _builtin_assets(kind: str) -> list[Path]:
    return sorted((content.builtin_root() / "reports" / "assets").glob(f"*.{kind}"))


def _asset(name: str) -> Path:
    """A page file: the user's own of this name, else ours."""
    stem, suffix = name.rsplit(".", 1)
    return content.find("reports/assets", stem, suffix=f".{suffix}", kind="page file")


def _raw(text: str, forbidden: str) -> Markup:
    """Text that goes into the page as it is, after a check that it cannot end its element."""
    if forbidden in text.lower():
        raise ValueError(f"the page cannot hold {forbidden!r} inside this element")
    return Markup(text)  # noqa: S704  checked above


def digest_of_text(text: str) -> str:
    """The source expression by which a Content-Security-Policy allows exactly this text."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}'"
