"""Every link and every path in a document leads to something, and none to one machine only."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.local_system import ROOT

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_CODE = re.compile(r"`([^`\n]+)`")
_TOP = ("adapters", "api", "bench", "cli", "docs", "instruments", "k8s", "migrations", "models",
        "openapi", "requirements", "scheduler", "sidecar", "tests", "tools")  # fmt: skip
_PATH = re.compile(rf"(?:{'|'.join(_TOP)})/[\w./-]*")
_PLACEHOLDERS = ("radar_", "_<kind>", "NNNN")
"""Words in paths that a document gives as an example."""
_ONE_MACHINE = re.compile(r"(?<![\w.])/(?:work|home|root|Users|mnt|srv)/\w+")
_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def tracked() -> Iterator[Path]:
    """Every file that is part of the project, or about to be."""
    asked = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(asked, cwd=ROOT, capture_output=True, check=False)
    if listed.returncode == 0:
        names = (name for name in listed.stdout.decode().split("\0") if name)
        yield from (path for name in names if (path := ROOT / name).is_file())
        return
    for folder in (".", "docs", "docs/decisions", *_TOP):
        yield from (path for path in (ROOT / folder).glob("*") if path.is_file())


PAGES = sorted(path for path in tracked() if path.suffix == ".md")
NAMES = [str(path.relative_to(ROOT)) for path in PAGES]


def anchors(page: Path) -> set[str]:
    """The anchors that a page's headings make."""
    text = _FENCED.sub("", page.read_text(encoding="utf-8"))
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_there_are_pages_to_look_at() -> None:
    assert {"README.md", "docs/reading.md", "docs/glossary.md"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_links_lead_somewhere(name: str) -> None:
    page = ROOT / name
    dead = []
    for link in _LINK.findall(_FENCED.sub("", page.read_text(encoding="utf-8"))):
        if re.match(r"https?://|mailto:", link):
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            dead.append(link)
    assert dead == []


@pytest.mark.parametrize("name", NAMES)
def test_paths_that_a_page_names_exist(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    missing = []
    for code in _CODE.findall(text):
        for path in _PATH.findall(code):
            example = any(word in code for word in _PLACEHOLDERS) or "*" in code or "<" in code
            if not example and not (ROOT / path.rstrip(".")).exists():
                missing.append(path)
    assert missing == []


def test_nothing_is_about_one_machine() -> None:
    texts = {".md", ".py", ".toml", ".yaml", ".yml", ".json", ".sh", ""}
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in tracked()
        if path.suffix in texts and path.name != "Dockerfile"
        for match in _ONE_MACHINE.finditer(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert found == []


def test_decisions_are_numbered_once_and_titled_by_their_number() -> None:
    numbers = []
    for page in sorted((ROOT / "docs" / "decisions").glob("*.md")):
        number = page.name[:4]
        assert re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", page.name), page.name
        assert page.read_text(encoding="utf-8").startswith(f"# {number} "), page.name
        numbers.append(number)
    assert len(numbers) == len(set(numbers))
