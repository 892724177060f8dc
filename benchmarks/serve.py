"""Mixed load on the whole server: path questions and SPARQL side by side.

    python -m benchmarks.serve [CLIENTS [SECONDS]]

`kg serve` in a process of its own; each client asks by turns a path question and a SPARQL query over one
connection. Path questions are some hundreds, so that most are asked more than once, as a page's are: answers
are kept by the server. `first` tells how long one takes that was not asked before.
"""

from __future__ import annotations

import http.client
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from urllib.parse import quote, urlencode

import kg
from benchmarks.endpoint import SMALL, processes


def questions() -> list[str]:
    """Addresses of small path questions: from MSC to everything that statements reach."""
    g = kg.load()
    ends = sorted({s.object for s in g.statements() if s.is_asserted})
    return [
        "/api/paths?" + urlencode({"source": "MSC", "target": end, "max_length": n})
        for end in ends for n in (1, 2)
    ]  # fmt: skip


def main() -> None:
    clients = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 60.0
    asked = questions()
    random.Random(0).shuffle(asked)
    process = subprocess.Popen(
        [sys.executable, "-m", "kg.cli", "serve", "--port", "0", "--no-log"], stdout=subprocess.PIPE,
        text=True, env={**os.environ, "KG_RATE": "100000"},
    )  # fmt: skip
    assert process.stdout is not None
    found = re.search(r":(\d+)/", process.stdout.readline())
    assert found is not None
    port = int(found[1])
    taken: dict[str, list[tuple[int, float]]] = {"paths": [], "SPARQL": []}

    def get(connection: http.client.HTTPConnection, address: str) -> int:
        connection.request("GET", address)
        response = connection.getresponse()
        response.read()
        return response.status

    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while get(connection, "/ready") != 200:
            time.sleep(0.1)
        firsts = []
        for address in asked[:40]:
            then = time.perf_counter()
            get(connection, address)
            firsts.append(time.perf_counter() - then)
        before = processes(process.pid)
        end = time.monotonic() + seconds

        def client(start: int) -> None:
            mine = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            i = start * 7
            while time.monotonic() < end:
                for kind, address in (
                    ("paths", asked[i % len(asked)]),
                    ("SPARQL", f"/sparql?query={quote(SMALL[i % len(SMALL)])}"),
                ):
                    then = time.perf_counter()
                    try:
                        status = get(mine, address)
                    except (OSError, http.client.HTTPException):
                        mine.close()
                        status = 0
                    taken[kind].append((status, time.perf_counter() - then))
                i += 1

        threads = [threading.Thread(target=client, args=(n,)) for n in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        after = processes(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
    print(f"first path answers: median {sorted(firsts)[len(firsts) // 2] * 1e3:.1f} ms")
    for kind, answers in taken.items():
        good = sorted(t for status, t in answers if status == 200)
        print(
            f"{kind}: {len(good) / seconds:.0f} answers/s, p50 {good[len(good) // 2] * 1e3:.1f} ms, "
            f"p95 {good[int(len(good) * 0.95)] * 1e3:.1f} ms, longest {good[-1] * 1e3:.0f} ms; "
            f"by status {dict(Counter(status for status, _ in answers))}"
        )
    print(f"workers {before[0]} before, {after[0]} after; memory {before[1]:.0f} MB, {after[1]:.0f} MB")


if __name__ == "__main__":
    main()
