"""Values as JSON, for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from featurestore.clock import format_instant, parse_instant


def encode_document(document: Mapping[str, Any]) -> str:
    """One JSON document: instants and dates as ISO 8601, decimals as text, so that no digit is lost."""
    return json.dumps(_with_text_keys(document), indent=2, ensure_ascii=False, default=_plain)


def _with_text_keys(value: Any) -> Any:
    """Keys that are no text, as of counts by date, as the text they have as values."""
    match value:
        case Mapping():
            return {_key(key): _with_text_keys(held) for key, held in value.items()}
        case list() | tuple():
            return [_with_text_keys(item) for item in value]
    return value


def _key(key: Any) -> str | int | bool | None:
    return key if isinstance(key, (str, int, bool)) or key is None else _plain(key)


def _plain(value: object) -> str:
    match value:
        case date() if hasattr(value, "hour"):
            return format_instant(parse_instant(value))
        case date():
            return value.isoformat()
        case Decimal() | Path():
            return str(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")
