"""Links and pictures of the README and of the pages under `docs/`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
MOST_PICTURE_BYTES = 200_000


def targets(page: Path) -> set[str]:
    """What a page links to and shows, but for other sites; its blocks of code are none of it."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    found = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'(?:href|src|srcset)="([^"]+)"', text)
    return {each for each in found if not re.match(r"https?://", each)}


def anchors(page: Path) -> set[str]:
    """Its headings as GitHub writes them into addresses."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    lost = set()
    for target in targets(page):
        name, _, anchor = target.partition("#")
        linked = (page.parent / name) if name else page
        if not linked.exists() or (anchor and anchor not in anchors(linked)):
            lost.add(target)
    assert lost == set()


def test_the_readme_shows_pictures_in_light_and_dark_that_are_quick_to_load() -> None:
    pictures = {ROOT / target for target in targets(ROOT / "README.md") if target.endswith((".png", ".svg"))}
    names = {picture.name for picture in pictures}
    assert len(names) >= 8
    assert {name.replace("-light", "-dark") for name in names if "-light" in name} == {n for n in names if "-dark" in n}
    sizes = {picture.name: picture.stat().st_size for picture in pictures}
    assert {name: size for name, size in sizes.items() if size >= MOST_PICTURE_BYTES} == {}
