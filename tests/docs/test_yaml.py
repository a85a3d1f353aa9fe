"""Other readers of YAML, such as an editor's or a CI job's, read every file that we ship or print as we do."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.docs.blocks import read_blocks

ROOT = Path(__file__).parents[2]
SHIPPED = [
    path
    for folder in ("examples", "gateway/tactful_gateway/cli/starter")
    for path in sorted((ROOT / folder).rglob("*.y*ml"))
]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "examples").rglob("README.md"))]
TEXTS = {
    **{str(path.relative_to(ROOT)): path.read_text("utf-8") for path in SHIPPED},
    **{
        f"{page.relative_to(ROOT)}:{block.line}": block.body
        for page in PAGES
        for block in read_blocks(page)
        if block.language == "yaml"
    },
}


def test_there_are_files_of_every_kind():
    assert {name.partition("/")[0].partition(":")[0] for name in TEXTS} == {"README.md", "docs", "examples", "gateway"}


@pytest.mark.parametrize("name", TEXTS)
def test_pyyaml_reads_it(name: str):
    assert isinstance(yaml.safe_load(TEXTS[name]), dict)
