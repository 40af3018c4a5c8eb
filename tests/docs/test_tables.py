"""Tables in the documents that repeat what the code says."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator

import typer.main

from cli.app import app
from models.event import State
from models.identity import Group
from models.schedule import Objective
from tools.local_system import ROOT

LOGGED = ("debug", "info", "warning", "error", "exception")


def section(page: str, title: str) -> str:
    """The text of a section of a page."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return text.split(f"\n## {title}\n")[1].split("\n## ")[0]


def log_lines() -> Iterator[tuple[str, str, str]]:
    """Every constant phrase that is logged, with its level and the package that logs it."""
    for package in ("adapters", "api", "scheduler", "sidecar", "cli", "migrations"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and isinstance(node.func.value, ast.Name)
                    and node.func.value.id == "log"
                    and node.func.attr in LOGGED
                ):
                    phrase = node.args[0]
                    assert isinstance(phrase, ast.Constant), f"{path}:{node.lineno}"
                    level = "error" if node.func.attr == "exception" else node.func.attr
                    yield phrase.value, level, package


def test_the_table_of_commands_is_the_programs() -> None:
    table = section("README.md", "The command line")
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    named = [name for row in rows for name in re.findall(r"`([\w-]+)`", row)]
    program = typer.main.get_command(app)
    assert sorted(named) == sorted(program.commands)  # type: ignore[attr-defined]


def test_the_table_of_log_lines_is_complete() -> None:
    rows = re.findall(
        r"^\| `([^`]+)` \| (\w+) \| ([\w, ]+) \|",
        section("docs/operations.md", "Logs"),
        re.MULTILINE,
    )
    written = {(phrase, level) for phrase, level, _ in log_lines() if level != "debug"}
    assert {(phrase, level) for phrase, level, _ in rows} == written
    packages = {phrase: package for phrase, _, package in log_lines()}
    for phrase, _, services in rows:
        if packages[phrase] != "adapters":
            assert services == packages[phrase], phrase


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    page = (ROOT / "docs" / "decisions" / "0002-libraries.md").read_text(encoding="utf-8").lower()
    needed = [*project["dependencies"], *project["optional-dependencies"]["local"]]
    names = [re.split(r"[\[<>=~ ]", entry)[0].lower() for entry in needed]
    assert [name for name in names if name not in page] == []


def test_the_glossary_has_every_state_group_and_objective() -> None:
    page = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    words = [*State, *Group, *Objective]
    assert [word for word in words if f"`{word}`" not in page] == []
