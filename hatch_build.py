"""Puts the built graph into the wheel, so that an installed `kg` answers at once and offline."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class GraphHook(BuildHookInterface[Any]):
    """Builds the graph of this checkout and ships it as `kg/built/`."""

    _made: Path | None = None

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        # An editable install reads data/ and ontology/ in place; a copy would only go stale.
        if version == "editable":
            return
        root = Path(self.root)
        for needed in ("kg/build.py", "data", "ontology"):
            if not (root / needed).exists():
                self.app.abort(f"cannot build the wheel: {needed} is missing in {root}")

        self._made = Path(tempfile.mkdtemp(prefix="msc-kg-"))
        try:
            self._build(root, self._made / "built")
        except BaseException:
            self._clean()
            raise
        build_data["force_include"][str(self._made / "built")] = "kg/built"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        self._clean()

    def _build(self, root: Path, out: Path) -> None:
        # This checkout's kg, not one that happens to be installed.
        sys.path.insert(0, str(root))
        try:
            from kg.build import build_graph
            from kg.errors import KGError

            try:
                build_graph(checkout=root, out=out)
            except KGError as error:
                self.app.abort(f"cannot build the wheel: the graph has problems\n{error}")
        except ModuleNotFoundError as error:
            self.app.abort(
                f"cannot build the wheel: building the graph needs {error.name}, "
                "which [build-system] requires in pyproject.toml does not bring"
            )
        finally:
            sys.path.remove(str(root))
        if not (out.is_dir() and any(out.iterdir())):
            self.app.abort("cannot build the wheel: building the graph wrote no file")

    def _clean(self) -> None:
        if self._made is not None:
            shutil.rmtree(self._made, ignore_errors=True)
            self._made = None
