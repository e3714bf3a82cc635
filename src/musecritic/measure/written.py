"""A report on disk: a record for programs, a page for people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from musecritic.files import replacing


def write_report(out: Path, record: dict[str, Any], page: str) -> None:
    """Write ``PROTOCOL.json`` and ``PROTOCOL.md`` into a folder.

    Parameters
    ----------
    record
        Plain values; its "protocol" names the files.
    page
        The same in Markdown.
    """
    with replacing(out / f"{record['protocol']}.json") as temporary:
        temporary.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", "utf-8")
    with replacing(out / f"{record['protocol']}.md") as temporary:
        temporary.write_text(page, "utf-8")
