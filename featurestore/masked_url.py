"""How a URL is shown: without what may be a secret."""

from __future__ import annotations

import re
from urllib.parse import urlsplit


def mask_url(url: str) -> str:
    """A URL with `***` for its password and for every option of its query, any of which may be a secret."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        return url
    # The last @ ends the password, whatever characters somebody forgot to escape in it.
    login, at, place = rest.rpartition("@")
    user, colon, _ = login.partition(":")
    masked = f"{scheme}://{user}{colon if at else ''}{'***' if colon and at else ''}{at}{place}"
    return re.sub(r"([?&][^=&]*=)[^&]*", r"\1***", masked)


def mask_webhook(url: str) -> str:
    """Where a webhook is, its host and port: all else of its URL may be a secret, the path included."""
    parts = urlsplit(url)
    port = "" if parts.port is None else f":{parts.port}"
    return f"{parts.scheme}://{parts.hostname}{port}"
