"""What the documentation site leaves out of the theme's pages."""

from __future__ import annotations

import re
from typing import Any


def on_post_page(output: str, **_: Any) -> str:
    """The page without the one script that the theme would fetch.

    It lets the search of a page opened from a file run in a browser that forbids workers there; search works
    from any static host without it.
    """
    return re.sub(r"<script src=\"?https://unpkg\.com/[^>]*></script>", "", output)
