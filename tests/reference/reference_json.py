"""JSON that a person can read and a diff can show: one line per innermost list."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def _is_flat(value: Any) -> bool:
    if isinstance(value, dict):
        return all(not isinstance(v, (dict, list)) for v in value.values())
    return isinstance(value, list) and all(
        not isinstance(v, dict) and (not isinstance(v, list) or len(v) <= 2) for v in value
    )


def _render(value: Any, indent: int) -> str:
    if not isinstance(value, (dict, list)) or not value or _is_flat(value):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    pad = " " * (indent + 1)
    if isinstance(value, dict):
        lines = [f"{pad}{json.dumps(k)}: {_render(v, indent + 1)}" for k, v in value.items()]
        opening, closing = "{", "}"
    else:
        lines = [f"{pad}{_render(v, indent + 1)}" for v in value]
        opening, closing = "[", "]"
    return opening + "\n" + ",\n".join(lines) + "\n" + " " * indent + closing


def write(path: Path, value: dict[str, Any]) -> None:
    """Write `value` to `path`."""
    path.write_text(_render(value, 0) + "\n", encoding="utf-8")
