"""Plural answers as tables: a list that can become a pandas DataFrame. pandas is an optional extra."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from kg.errors import BadInput

__all__ = ["Several", "frame"]

_T = TypeVar("_T")


def frame(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Any:
    """A pandas DataFrame of some rows.

    Raises BadInput without pandas.
    """
    try:
        import pandas
    except ImportError:
        raise BadInput("a frame needs pandas: pip install 'msc-kg[frames]'") from None
    return pandas.DataFrame([list(row) for row in rows], columns=list(columns))


class Several(list[_T]):
    """A list of answers that knows its table.

    >>> found = Several([3, 4], ("n", "square"), lambda items: [(n, n * n) for n in items])
    >>> list(found.rows())
    [(3, 9), (4, 16)]
    """

    def __init__(
        self, items: Iterable[_T], columns: Sequence[str],
        rows: Callable[[Sequence[_T]], Iterable[Sequence[Any]]],
    ) -> None:  # fmt: skip
        super().__init__(items)
        self.columns, self._rows = tuple(columns), rows

    def rows(self) -> Iterable[Sequence[Any]]:
        """The rows of its table, in the order of `columns`."""
        return self._rows(self)

    def to_frame(self) -> Any:
        """The table as a pandas DataFrame.

        Raises BadInput without pandas.
        """
        return frame(self.columns, self.rows())
