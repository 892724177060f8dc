"""Virtuoso, where the machine has it (Debian: virtuoso-opensource-7-bin), started for a test with a graph in
it."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SETTINGS = """[Database]
DatabaseFile = {here}/v.db
ErrorLogFile = {here}/v.log
LockFile = {here}/v.lck
TransactionFile = {here}/v.trx
xa_persistent_file = {here}/v.pxa
[TempDatabase]
DatabaseFile = {here}/t.db
TransactionFile = {here}/t.trx
[Parameters]
ServerPort = {sql}
DirsAllowed = {here}, {build}
NumberOfBuffers = 20000
MaxDirtyBuffers = 15000
ThreadsPerQuery = 1
[HTTPServer]
ServerPort = {http}
ServerRoot = {here}
[SPARQL]
ResultSetMaxRows = 100000
"""


def is_here() -> bool:
    return bool(shutil.which("virtuoso-t") and shutil.which("isql-vt"))


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@contextmanager
def virtuoso(build: Path, here: Path) -> Iterator[str]:
    """The address of its endpoint, with the quads of a build loaded."""
    sql, http = f"127.0.0.1:{_free_port()}", f"127.0.0.1:{_free_port()}"
    settings = here / "virtuoso.ini"
    settings.write_text(SETTINGS.format(here=here, build=build, sql=sql, http=http), encoding="utf-8")
    process = subprocess.Popen(
        ["virtuoso-t", "+foreground", "+configfile", str(settings)],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=here,
    )  # fmt: skip
    try:
        end = time.monotonic() + 120
        while _isql(sql, "select 1;").returncode:
            assert process.poll() is None, (here / "v.log").read_text(encoding="utf-8")
            assert time.monotonic() < end, "Virtuoso does not start"
            time.sleep(0.5)
        for file in sorted(build.glob("*.nq")):
            loaded = _isql(sql, f"DB.DBA.TTLP(file_to_string_output('{file}'), '', 'urn:none', 512);")
            assert loaded.returncode == 0, loaded.stdout + loaded.stderr
            assert "Error" not in loaded.stderr, loaded.stderr
        yield f"http://{http}/sparql"
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _isql(port: str, statement: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["isql-vt", port, "dba", "dba", f"exec={statement}"], capture_output=True, text=True, check=False
    )
