"""A Spark cluster of one machine, to try things out and for tests: one master, some workers, each a process.

    python -m kg.scale.cluster --workers 2

prints the address to use, `spark://127.0.0.1:PORT`, and runs until it is interrupted. For a cluster of
several machines, Spark's own scripts do the same on each of them.
"""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from kg.errors import BadInput
from kg.scale.java import java_home

__all__ = ["Cluster"]

MASTER = "org.apache.spark.deploy.master.Master"
WORKER = "org.apache.spark.deploy.worker.Worker"
WAIT = 120.0
"""Seconds in which a process must be up."""

# What Java must open for Spark's own code; its launcher adds them to executors, nobody to master and worker.
_OPENED = ("java.base/java.lang", "java.base/java.nio", "java.base/java.util", "java.base/sun.nio.ch")


class Cluster:
    """One master and workers on this machine, ended with `close` or by leaving `with`. Only this machine
    reaches it.

    `memory`: of each worker, as Spark writes it. Raises BadInput where one does not come up.
    """

    def __init__(self, workers: int = 2, *, cores: int = 1, memory: str = "1g") -> None:
        try:
            import pyspark
        except ImportError:
            raise BadInput("this needs Spark: pip install 'msc-kg[spark]'") from None
        self._spark = Path(pyspark.__file__).parent
        home = java_home()
        self._java = shutil.which("java") if home is None else str(home / "bin" / "java")
        if home is None and os.environ.get("JAVA_HOME"):
            self._java = str(Path(os.environ["JAVA_HOME"]) / "bin" / "java")
        self._home = home
        self.folder = Path(tempfile.mkdtemp(prefix="msc-kg-spark-"))
        atexit.register(self.close)
        self.workers: list[subprocess.Popen[bytes]] = []
        self._master: subprocess.Popen[bytes] | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        try:
            self._master = self._start(
                "master", MASTER, "--host", "127.0.0.1", "--port", str(self.port), "--webui-port", "0"
            )
            self._wait("master", "I have been elected leader")
            for n in range(workers):
                self.add_worker(f"worker-{n}", cores, memory)
        except BaseException:
            self.close()
            raise

    @property
    def url(self) -> str:
        """The address of the master: spark://127.0.0.1:PORT."""
        return f"spark://127.0.0.1:{self.port}"

    def add_worker(self, name: str, cores: int = 1, memory: str = "1g") -> None:
        self.workers.append(
            self._start(
                name, WORKER, "--host", "127.0.0.1", "--cores", str(cores), "--memory", memory,
                "--webui-port", "0", "--work-dir", str(self.folder / name), self.url,
            )
        )  # fmt: skip
        self._wait(name, "Successfully registered with master")

    def _start(self, name: str, *words: str) -> subprocess.Popen[bytes]:
        opened = [f"--add-opens={part}=ALL-UNNAMED" for part in _OPENED]
        command = [str(self._java), "-Xmx512m", "-cp", str(self._spark / "jars" / "*"), *opened, *words]
        # The package is no whole installation, so that executors must be told what they would look for.
        settings = {
            **os.environ, "SPARK_HOME": str(self._spark), "SPARK_SCALA_VERSION": "2.13",
            "SPARK_LOCAL_IP": "127.0.0.1",
        }  # fmt: skip
        if self._home is not None:
            settings["JAVA_HOME"] = str(self._home)
        with (self.folder / f"{name}.log").open("wb") as log:
            # A group of its own, so that a worker's executors end with it.
            return subprocess.Popen(
                command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=settings,
                start_new_session=True, cwd=self.folder,
            )  # fmt: skip

    def _wait(self, name: str, sign: str) -> None:
        process = self._master if name == "master" else self.workers[-1]
        assert process is not None
        log, end = self.folder / f"{name}.log", time.monotonic() + WAIT
        while time.monotonic() < end:
            told = log.read_text(encoding="utf-8", errors="replace")
            if sign in told:
                return
            if process.poll() is not None:
                break
            time.sleep(0.1)
        last = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-5:])
        raise BadInput(f"Spark's {name} does not come up:\n{last}")

    def kill_worker(self, number: int) -> None:
        """End a worker and what runs on it, at once, as a machine that fails."""
        _end(self.workers[number], signal.SIGKILL)

    def close(self) -> None:
        """End all processes and drop their folder."""
        atexit.unregister(self.close)
        for process in (*self.workers, *([self._master] if self._master else [])):
            _end(process, signal.SIGTERM)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _end(process: subprocess.Popen[bytes], how: signal.Signals) -> None:
    for sent in (how, signal.SIGKILL):
        try:
            os.killpg(process.pid, sent)
        except ProcessLookupError:
            break
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            continue
    process.wait()


def main(words: Sequence[str] | None = None) -> None:
    import argparse

    parser = argparse.ArgumentParser(
        prog="python -m kg.scale.cluster", description="A Spark cluster of one machine."
    )
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--cores", type=int, default=1, help="of each worker")
    parser.add_argument("--memory", default="1g", help="of each worker, such as 2g")
    asked = parser.parse_args(words)
    try:
        with Cluster(asked.workers, cores=asked.cores, memory=asked.memory) as cluster:
            print(cluster.url, flush=True)
            signal.sigwait({signal.SIGINT, signal.SIGTERM})
    except BadInput as error:
        sys.exit(f"kg: {error}")


if __name__ == "__main__":
    main()
