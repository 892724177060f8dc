"""Answers as tables: pandas DataFrames (an extra), and HTML for notebooks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape
from itertools import islice
from typing import Any, SupportsIndex, TypeVar, overload

from kg.errors import BadInput
from kg.vocab import paper_address

__all__ = ["Several", "frame", "html_table"]

MOST = 20
"""Rows of a table in a notebook."""

MOST_LISTED = 6
"""Things listed in one of its cells."""

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


def html_table(
    columns: Sequence[str], rows: Iterable[Sequence[Any]], title: str = "", notes: Iterable[str] = (),
    n: int | None = None,
) -> str:  # fmt: skip
    """Rows as an HTML table for a notebook; every text in it is escaped, papers are links.

    The first 20 rows, and how many more there are. `n`: how many rows there are, where they are made one by
    one and none should be made for nothing. `notes` stand below.

    >>> html_table(("a",), [("<b>",)]).count("&lt;b&gt;")
    1
    """
    if n is None:
        rows = list(rows)
        n = len(rows)
    shown = list(islice(rows, MOST))
    out = [f"<p><b>{escape(title)}</b></p>"] if title else []
    head = "".join(_tag("th", escape(name)) for name in columns)
    out.append(f"<table><thead><tr>{head}</tr></thead><tbody>")
    out += [f"<tr>{''.join(_tag('td', _cell(value)) for value in row)}</tr>" for row in shown]
    out.append("</tbody></table>")
    if n > len(shown):
        notes = [*notes, f"… and {n - len(shown):,} more rows"]
    return "\n".join([*out, *(f"<p>{escape(note)}</p>" for note in notes)])


def _tag(tag: str, inside: str) -> str:
    return f'<{tag} style="text-align: left; vertical-align: top">{inside}</{tag}>'


def _cell(value: Any) -> str:
    """A value as HTML: a few digits, several things in a row, a paper's identifier as a link."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3g}"
    if isinstance(value, (list, tuple)):
        more = f", … and {len(value) - MOST_LISTED} more" if len(value) > MOST_LISTED else ""
        return ", ".join(map(_cell, value[:MOST_LISTED])) + more
    text = escape(str(value))
    address = paper_address(value) if isinstance(value, str) else ""
    if not address:
        return text
    return f'<a href="{escape(address)}" target="_blank" rel="noopener noreferrer">{text}</a>'


class Several(list[_T]):
    """A list of answers that knows its table.

    `shown`: the columns of a table in a notebook, where all would be too wide.

    >>> found = Several([3, 4], ("n", "square"), lambda items: [(n, n * n) for n in items])
    >>> list(found.rows())
    [(3, 9), (4, 16)]
    >>> list(found[1:].rows())
    [(4, 16)]
    """

    def __init__(
        self, items: Iterable[_T], columns: Sequence[str],
        rows: Callable[[Sequence[_T]], Iterable[Sequence[Any]]], shown: Sequence[str] = (),
    ) -> None:  # fmt: skip
        super().__init__(items)
        self.columns, self._rows, self._shown = tuple(columns), rows, tuple(shown or columns)

    @overload
    def __getitem__(self, i: SupportsIndex, /) -> _T: ...
    @overload
    def __getitem__(self, i: slice, /) -> Several[_T]: ...
    def __getitem__(self, i: SupportsIndex | slice, /) -> _T | Several[_T]:
        if isinstance(i, slice):
            return Several(super().__getitem__(i), self.columns, self._rows, self._shown)
        return super().__getitem__(i)

    def rows(self) -> Iterable[Sequence[Any]]:
        """The rows of its table, in the order of `columns`."""
        return self._rows(self)

    def to_frame(self) -> Any:
        """The table as a pandas DataFrame.

        Raises BadInput without pandas.
        """
        return frame(self.columns, self.rows())

    def _repr_html_(self) -> str:
        at = [self.columns.index(name) for name in self._shown]
        rows = ([row[i] for i in at] for row in self.rows())
        return html_table(self._shown, rows, "" if self else "none found")
