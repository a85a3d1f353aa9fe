"""What is tested is what is shipped: the built wheel's content, and the SDK out of it without the gateway's extras."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from importlib.metadata import Distribution, distribution
from pathlib import Path

import httpx
import pytest

from tests.acceptance.shop.demo import running_demo

SDK_CLOSURE = {"msgspec", "httpx", "httpcore", "h11", "anyio", "idna", "certifi", "typing-extensions"}
USE_THE_SDK = """
import sys
import tactful, tactful_rules.decide, tactful_rules.gate
import tactful.asgi, tactful.context, tactful.wsgi
assert "httpx" not in sys.modules, "httpx is loaded before the first connection"
sdk = tactful.Tactful("http://127.0.0.1:9", key="sk_none")
decision = sdk.touchpoint("payment", person="u-1", params={"order": {"kind": "combo"}})
assert (decision.ask, decision.reason) == (False, "unavailable"), decision
sdk.close()
for name in ("yaml", "starlette", "jsonschema", "re2", "aiosqlite", "typer", "django", "opentelemetry"):
    assert name not in sys.modules
print(tactful.__file__)
"""


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel as a package index would get it."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def content(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_has_the_packages_with_their_types(content: set[str]):
    packages = ("tactful", "pytest_tactful", "tactful_gateway", "tactful_rules")
    assert {f"{name}/{file}" for name in packages for file in ("__init__.py", "py.typed")} <= content


def test_the_wheel_has_the_plug_in_of_pytest(wheel: Path):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/entry_points.txt")]
        assert "[pytest11]\ntactful = pytest_tactful\n" in archive.read(name).decode()


def test_the_wheel_has_the_widget_and_the_migrations(content: set[str]):
    assert {"tactful_gateway/_widget/loader.js", "tactful_gateway/_widget/renderer.js"} <= content
    assert [name for name in content if re.fullmatch(r"tactful_gateway/store/.*\.sql", name)] != []


def test_the_wheel_has_the_cafe(content: set[str]):
    cafe = {name.partition("/_cafe/")[2] for name in content if "/_cafe/" in name}
    assert {"rules.yaml", "shop/app.py", "shop/page/index.html"} <= cafe


def test_the_wheel_has_nothing_else(content: set[str]):
    tops = {name.split("/")[0] for name in content}
    ours = {"tactful", "pytest_tactful", "tactful_gateway", "tactful_rules"}
    assert tops - ours == {top for top in tops if top.endswith(".dist-info")}
    assert [name for name in content if "/tests/" in name or name.endswith((".db", ".pyc", ".map"))] == []


def test_without_extras_the_wheel_asks_for_msgspec_and_httpx_only(wheel: Path):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        metadata = archive.read(name).decode()
    required = re.findall(r"^Requires-Dist: ([\w-]+)(?![^\n]*extra ==)", metadata, re.MULTILINE)
    assert sorted(required) == ["httpx", "msgspec"]


def test_the_sdk_works_from_the_wheel_without_the_gateways_extras(wheel: Path, tmp_path: Path):
    done = _run_without_extras(wheel, tmp_path, USE_THE_SDK)
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).is_relative_to(tmp_path)


def test_the_command_line_without_the_extra_says_in_one_line_what_to_install(wheel: Path, tmp_path: Path):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/entry_points.txt")]
        (module,) = re.findall(r"^tactful = (\S+):run$", archive.read(name).decode(), re.MULTILINE)
    code = f"import sys; sys.argv = ['tactful', '--help']\nimport {module} as it; it.run()"
    done = _run_without_extras(wheel, tmp_path, code)
    said = 'tactful: the command line needs `pip install "tactful[gateway]"`: there is no module typer\n'
    assert (done.returncode, done.stdout, done.stderr) == (1, "", said)


def test_the_command_line_starts_with_the_gateways_extra_alone(wheel: Path, tmp_path: Path):
    """A name that is None in `sys.modules` is one that can't be imported."""
    without = ("apprise", "asyncpg", "confluent_kafka", "nats", "opentelemetry", "pyarrow")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    for arguments in (["--help"], ["move", "--help"]):
        code = f"import sys; sys.modules.update(dict.fromkeys({without}))\nsys.argv = {['tactful', *arguments]}"
        code += "\nfrom tactful_gateway.extra import run; run()"
        command = [sys.executable, "-c", code]
        environ = {**os.environ, "PYTHONPATH": str(tmp_path)}
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=60)
        assert (done.returncode, done.stderr) == (0, "")
        assert "Usage: tactful" in done.stdout


def test_the_embedded_mode_without_the_extra_says_what_to_install(wheel: Path, tmp_path: Path):
    done = _run_without_extras(wheel, tmp_path, "import tactful_gateway.embedded")
    said = 'ImportError: the embedded mode needs `pip install "tactful[gateway]"`: there is no module '
    assert done.stderr.splitlines()[-1].startswith(said), done.stderr


def test_the_demo_opens_from_the_wheel_alone(wheel: Path, tmp_path: Path):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    environ = {**os.environ, "PYTHONPATH": str(tmp_path / "installed")}
    with running_demo(tmp_path / "data", environ=environ) as demo:
        page = httpx.get(demo.url)
        (loader,) = re.findall(r'src="(http://[^"]+/widget\.js)"', page.text)
        assert httpx.get(loader).headers["content-type"].startswith("text/javascript")
    assert str(tmp_path / "installed" / "tactful_gateway" / "_cafe") in (tmp_path / "data.log").read_text("utf-8")


def _run_without_extras(wheel: Path, folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Run code; `-S` keeps this environment out: on the path are the wheel and what `pip install tactful` brings."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    for name in SDK_CLOSURE:
        _link(distribution(name), folder)
    command = [sys.executable, "-S", "-I", "-c", f"import sys; sys.path.insert(0, {str(folder)!r})\n{code}"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)


def _link(installed: Distribution, folder: Path) -> None:
    """Make an installed distribution's top-level files and folders importable from `folder` as well."""
    for top in {file.parts[0] for file in installed.files or () if file.parts[0] != ".."}:
        source, target = Path(str(installed.locate_file(top))), folder / top
        if source.exists() and not target.exists() and top != "__pycache__":
            target.symlink_to(source)
