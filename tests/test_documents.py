"""The figures that README and the cards tell are those measured, on the weights that ship."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
WEIGHTS = Path("src", "musecritic", "weights")


def test_documents_tell_what_was_measured(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    shutil.copytree(
        ROOT / WEIGHTS, tmp_path / WEIGHTS, ignore=shutil.ignore_patterns("*.safetensors")
    )
    shutil.copy(ROOT / "README.md", tmp_path)
    write = [sys.executable, tmp_path / "docs" / "write_figures.py"]
    done = subprocess.run(write, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    cards = [path.relative_to(ROOT) for path in (ROOT / WEIGHTS).rglob("*.md")]
    for path in [Path("README.md"), *cards]:
        written = (tmp_path / path).read_text("utf-8")
        assert written == (ROOT / path).read_text("utf-8"), f"{path}: run docs/write_figures.py"
