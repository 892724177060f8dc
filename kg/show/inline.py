"""A picture in a notebook: the path of its file, which shows what is in it."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

__all__ = ["Picture"]

HEIGHT = 640
"""Pixels of a picture in a notebook."""


if TYPE_CHECKING:
    _Base = Path
else:  # Path itself cannot be a base before Python 3.12
    _Base = type(Path())


class Picture(_Base):
    """The path of a picture: an ordinary path, which in a notebook shows the page that lies there.

    The page stands in a frame of its own (`srcdoc`), without access to the notebook, its cookies or its
    origin; nothing is fetched. The notebook then holds a copy of the page.
    """

    def _repr_html_(self) -> str | None:
        """The page in a frame; None where no page lies there."""
        try:
            page = self.read_text(encoding="utf-8") if self.suffix == ".html" else None
        except OSError:
            page = None
        if page is None:
            return None
        return (
            f'<iframe title="{escape(self.name)}" sandbox="allow-scripts allow-popups" '
            f'style="width: 100%; height: {HEIGHT}px; border: 0" srcdoc="{escape(page)}"></iframe>'
        )
