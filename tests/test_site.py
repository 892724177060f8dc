"""The documentation site builds without a warning and works offline; the map of the code is the code's."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def shown() -> str:
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    found = re.search(r"<!-- rooms -->\n(.*?)<!-- /rooms -->", text, re.DOTALL)
    assert found
    return found[1]


def test_the_arrows_on_the_page_are_those_of_the_imports() -> None:
    made = subprocess.run(
        [sys.executable, ROOT / "scripts/rooms.py"], capture_output=True, cwd=ROOT, check=True
    )
    assert shown() == made.stdout.decode(), "put what `python scripts/rooms.py` prints between the marks"


def test_every_room_has_three_lines_and_is_on_the_page() -> None:
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    rooms = [p.parent for p in (ROOT / "kg").glob("*/__init__.py") if p.parent.name != "cli"]
    assert len(rooms) >= 6
    for room in rooms:
        opening = (room / "__init__.py").read_text(encoding="utf-8").partition('"""\n')[0]
        assert "May import:" in opening or room.name == "engine", room
        assert f"`kg/{room.name}/`" in text, room


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", folder]
    done = subprocess.run(command, capture_output=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return folder


@pytest.mark.slow
def test_pages_fetch_nothing_and_lead_to_pages_that_are_there(site: Path) -> None:
    pages = [p for p in site.rglob("*.html") if p.name != "404.html"]
    assert len(pages) > 15
    for page in pages:
        text = page.read_text(encoding="utf-8")
        fetched = re.findall(r"<(?:script|img|iframe)[^>]*\bsrc=\"?([^\" >]+)", text)
        fetched += re.findall(
            r"<link[^>]*rel=\"?(?:stylesheet|icon|preconnect)\"?[^>]*href=\"?([^\" >]+)", text
        )
        assert not [f for f in fetched if f.startswith(("http:", "https:", "//"))], page
        for target in re.findall(r"<a[^>]*\bhref=\"?([^\" >]+)", text):
            if not re.match(r"[a-z]+:|#", target):
                assert (page.parent / target.partition("#")[0]).exists(), f"{page.name}: {target}"


@pytest.mark.slow
def test_a_page_that_leads_nowhere_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "mkdocs.yml").write_text("site_name: a\nstrict: true\nplugins: []\n")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/index.md").write_text("[gone](gone.md)\n")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", tmp_path / "out"]
    done = subprocess.run(command, capture_output=True, cwd=tmp_path, check=False)
    assert done.returncode != 0
    assert b"gone.md" in done.stderr
