"""The pages tell the truth: every command and answer shown on them is run.

A ```console block holds `$ kg …` lines, each followed by what it prints; a line `…` stands for anything.
`python -m tests.test_docs FILE` rewrites the answers; read the diff before you keep it.
"""

from __future__ import annotations

import doctest
import os
import re
import shlex
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import kg
from kg.cli import main
from kg.curation.papers import parse_paper, read_paper
from kg.mechanism.belief import PARAMETERS
from kg.show.stats import summary
from kg.vocab import RUNGS

ROOT = Path(__file__).resolve().parents[1]
PAGES = [
    "README.md",
    "CONTRIBUTING.md",
    *sorted(p.relative_to(ROOT).as_posix() for p in (ROOT / "docs").rglob("*.md")),
]
TINY = ("docs/paths.md", "docs/signature.md", "docs/tutorial.md")
"""Pages whose commands use the tiny graph."""
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)


def answer(command: str, page: str) -> str:
    """What a `kg` command prints, from the folder of the checkout."""
    environment = {"KG_GRAPH": "tests/tiny" if page in TINY else None}
    before = Path.cwd()
    os.chdir(ROOT)
    try:
        kg.load(environment["KG_GRAPH"])  # builds where that is needed, which is no part of the answer
        result = CliRunner().invoke(main, shlex.split(command)[1:], env=environment, prog_name="kg")
    finally:
        os.chdir(before)
    return result.output


def commands(page: str) -> list[tuple[str, str]]:
    """(command, answer shown) of every console block of a page."""
    found = []
    for block in BLOCK.findall((ROOT / page).read_text(encoding="utf-8")):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, shown = part.partition("\n")
            found.append((command, shown))
    return found


def matches(shown: str, printed: str) -> bool:
    """Whether an answer is as shown; `…` on a line of its own stands for any lines."""
    lines = (line.rstrip() for line in shown.splitlines())
    pattern = "".join(r"(?:.*\n)*?" if line == "…" else re.escape(line) + r"[ ]*\n" for line in lines)
    return re.fullmatch(pattern, printed if printed.endswith("\n") else printed + "\n") is not None


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_commands_print_what_the_page_shows(page: str) -> None:
    for command, shown in commands(page):
        if command.startswith("kg "):
            printed = answer(command, page)
            assert matches(shown, printed), f"{page}: $ {command}\n{printed}"
            assert printed.strip(), f"{page}: $ {command} answers nothing"
            if page == "docs/questions.md":
                assert not printed.startswith(("kg:", "0 of 0", "no ")), f"$ {command}\n{printed}"


def test_the_matcher_can_fail() -> None:
    assert matches("a\n…\nd\n", "a\nb\nc\nd\n")
    assert not matches("a\n…\nd\n", "a\nb\nc\n")
    assert not matches("a\n", "a\nb\n")


@pytest.mark.parametrize("page", PAGES)
def test_python_on_the_page_runs(page: str) -> None:
    before = Path.cwd()
    os.chdir(ROOT)
    try:
        text = (ROOT / page).read_text(encoding="utf-8")
        test = doctest.DocTestParser().get_doctest(text, {}, page, page, 0)
        runner = doctest.DocTestRunner(verbose=False)
        runner.run(test)
        assert runner.summarize(verbose=False).failed == 0
    finally:
        os.chdir(before)


def test_the_curators_example_is_the_file_in_the_tiny_graph() -> None:
    text = (ROOT / "docs/curating.md").read_text(encoding="utf-8")
    example = re.search(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert example
    file = parse_paper(example[1], "example.yaml")
    assert file.problems == ()
    real = read_paper(ROOT / "tests/tiny/data/papers/2001/able-treg-mice.yaml", "example.yaml")
    assert file.paper
    assert real.paper
    shown, kept = file.paper.experiments[0], real.paper.experiments[0]
    assert shown.lines == kept.lines[:1]
    assert (shown.agent, shown.disease, file.paper.title) == (kept.agent, kept.disease, real.paper.title)


@pytest.mark.parametrize("page", PAGES)
def test_links_between_pages_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
        assert ((ROOT / page).parent / target).exists(), target


def test_the_numbers_of_belief_are_printed_on_its_page_and_written_by_hand_on_none() -> None:
    """The page shows what `kg belief --parameters` prints, which another test compares."""
    shown = dict(commands("docs/belief.md"))
    for p in PARAMETERS:
        assert re.search(
            rf"^{p.what} +{p.of} +{p.value:g} ", shown["kg belief --parameters"], re.MULTILINE
        ), p
    model = (ROOT / "docs/model.md").read_text(encoding="utf-8")
    assert not re.search(rf"^\|[^|]*({'|'.join(RUNGS)})[^|]*\|.*0\.\d", model, re.MULTILINE)


def test_the_changelog_counts_what_the_graph_holds(real: kg.Graph) -> None:
    """Of the newest entry, while it is not released."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").split("\n## ")[1]
    counts = summary(real.statements(), real.knowledge)
    n_against = counts["  disputes"] + counts["  no effect"]
    for number, word in (
        (counts["papers"], "papers"),
        (counts["evidence lines"], "evidence lines"),
        (counts["statements"], "statements"),
        (n_against, "lines are null or"),
        (counts["conflicts"], "conflicts"),
        (counts["entities"], "entities"),
    ):
        assert f"{number:,} {word}" in " ".join(text.split()), word


def rewrite(page: str) -> None:
    """Put today's answers into a page; blocks with a `…` line are left alone."""
    path = ROOT / page

    def renew(block: re.Match[str]) -> str:
        if "…\n" in block[1].replace("…\n", "…\n") and re.search(r"^…$", block[1], re.MULTILINE):
            return block[0]
        parts = re.split(r"^\$ ", block[1], flags=re.MULTILINE)[1:]
        made = [f"$ {c}\n{answer(c, page)}" for c in (p.partition("\n")[0] for p in parts)]
        return "```console\n" + "".join(made) + "```"

    path.write_text(BLOCK.sub(renew, path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    for name in sys.argv[1:]:
        rewrite(name)
