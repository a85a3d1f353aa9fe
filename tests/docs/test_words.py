"""What the code offers is in the documentation: a word that is missing there does not exist for a reader."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
from msgspec import Struct
from msgspec.structs import fields

from tactful_gateway.channels.registry import KINDS as CHANNEL_KINDS
from tactful_gateway.channels.templates.template import NAMES as PLACEHOLDERS
from tactful_gateway.http.metrics import Metrics
from tactful_gateway.http.routes import OPERATIONS
from tactful_gateway.ledger.intake import IntakeKind
from tactful_gateway.settings import PREFIX, GatewaySettings
from tactful_gateway.sinks.registry import KINDS
from tactful_gateway.sinks.shapes.flat import COLUMNS
from tactful_gateway.sinks.shapes.registry import ALL, SHAPES
from tactful_gateway.store.base import Cause
from tactful_gateway.store.sqlite_errors import RESTORE
from tactful_rules.model.attributes import BUILT_IN, JOURNAL, JOURNAL_PREFIXES
from tactful_rules.model.condition import OPERATORS
from tactful_rules.model.decision import REASONS
from tactful_rules.model.questionnaire import QUESTION_TYPES
from tactful_rules.model.ruleset import Settings

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def rules_page() -> str:
    return (DOCS / "rules.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def gateway_page() -> str:
    return (DOCS / "gateway.md").read_text(encoding="utf-8")


def _missing(words: tuple[str, ...], page: str) -> list[str]:
    return [word for word in words if f"`{word}`" not in page]


def test_where_to_read_on_about_a_damaged_database_is_a_section():
    named = re.search(r"see (.+) in docs/(\w+\.md)", RESTORE)
    assert named
    assert f"\n## {named[1]}\n" in (DOCS / named[2]).read_text(encoding="utf-8")


def test_every_reason_is_explained(rules_page: str):
    assert _missing(REASONS, rules_page) == []


def test_every_operator_is_explained(rules_page: str):
    assert _missing(OPERATORS, rules_page) == []


def test_every_attribute_is_named(rules_page: str):
    assert _missing(tuple(BUILT_IN), rules_page) == []


def test_every_question_type_is_named(rules_page: str):
    assert _missing(QUESTION_TYPES, rules_page) == []


def test_every_setting_of_a_folder_is_explained(rules_page: str):
    assert _missing(tuple(field.encode_name for field in fields(Settings)), rules_page) == []


def test_every_setting_of_the_gateway_is_explained(gateway_page: str):
    names = tuple(PREFIX + field.name.upper() for field in fields(GatewaySettings))
    assert _missing(names, gateway_page) == []


def test_every_sink_kind_is_explained(gateway_page: str):
    assert _missing(tuple(KINDS), gateway_page) == []


@pytest.mark.parametrize(
    ("page", "kind", "config"),
    [
        *(("sinks.md", kind.name, kind.config) for kind in KINDS.values()),
        *(("channels.md", kind.name, kind.config) for kind in CHANNEL_KINDS.values()),
    ],
)
def test_every_option_of_a_sink_and_a_channel_is_explained_under_its_kind(page: str, kind: str, config: type[Struct]):
    _, found, section = (DOCS / page).read_text(encoding="utf-8").partition(f"\n## {kind}\n")
    assert found
    options = tuple(field.encode_name for field in fields(config))
    assert _missing(options, section.partition("\n## ")[0]) == []


def test_every_attribute_that_a_sinks_where_knows_is_named():
    lines = (DOCS / "sinks.md").read_text(encoding="utf-8").splitlines()
    (row,) = (line for line in lines if line.startswith("| `where` |"))
    assert _missing(tuple(JOURNAL), row) == []
    assert [prefix for prefix in JOURNAL_PREFIXES if f"`{prefix}<" not in row] == []


def test_every_shape_and_every_column_of_rows_is_explained():
    page = (DOCS / "sinks.md").read_text(encoding="utf-8")
    shapes = page.partition("\n## Shapes\n")[2].partition("\n## ")[0]
    options = tuple(field.encode_name for shape in SHAPES.values() for field in fields(shape.config))
    assert _missing((*ALL, *COLUMNS, *options), shapes) == []


def test_every_placeholder_of_a_channel_is_explained():
    page = (DOCS / "channels.md").read_text(encoding="utf-8")
    assert _missing(tuple(f"{{{{{name}}}}}" for name in PLACEHOLDERS), page) == []


def test_every_path_of_the_api_is_named(gateway_page: str):
    own = {operation.path.replace("{person}", "{id}").removesuffix("/opt-out") for operation in OPERATIONS}
    assert [path for path in sorted(own) if path not in gateway_page] == []


def test_every_metric_is_named():
    pages = "".join(page.read_text(encoding="utf-8") for page in DOCS.glob("*.md"))
    families = Metrics().registry.collect()
    names = [family.name + ("_total" if family.type == "counter" else "") for family in families]
    assert len(names) > 20
    assert [name for name in names if name not in pages] == []


def test_every_cause_and_every_kind_of_what_comes_in_is_explained(gateway_page: str):
    assert _missing((*get_args(Cause), *get_args(IntakeKind)), gateway_page) == []
