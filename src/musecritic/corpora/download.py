"""Fetching a corpus' official archive, checked before it is unpacked."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import urllib.error
import urllib.request
import zipfile
from dataclasses import dataclass
from pathlib import Path

from musecritic.errors import MissingCorpus
from musecritic.measure.progress import HowFar

_BLOCK = 1 << 20


@dataclass(frozen=True)
class Archive:
    """A published zip file.

    Attributes
    ----------
    url, sha256
        Where it lies and what its bytes must hash to.
    folder
        The folder that it unpacks to.
    """

    url: str
    sha256: str
    folder: str

    def fetch(self, root: Path, progress: HowFar | None = None) -> Path:
        """Download, check and unpack the archive under `root`; return the unpacked folder.

        Nothing is done where the folder is there already. A broken download leaves nothing.

        Parameters
        ----------
        progress
            Called with the bytes so far and in all (0 if unknown).

        Raises
        ------
        MissingCorpus
            No network, or the archive is not the published one.
        """
        target = root / self.folder
        if target.is_dir():
            return target
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=root, prefix=".part-") as temporary:
            archive = Path(temporary) / "archive.zip"
            found = self._download(archive, root, progress)
            if found != self.sha256:
                raise MissingCorpus(
                    f"{self.url}: its sha256 is {found}, not the published {self.sha256}. "
                    "The download was thrown away; try again later, or fetch it by hand."
                )
            with zipfile.ZipFile(archive) as file:
                file.extractall(temporary)
            shutil.move(Path(temporary) / self.folder, target)
        return target

    def _download(self, archive: Path, root: Path, progress: HowFar | None) -> str:
        digest, done = hashlib.sha256(), 0
        try:
            with (
                urllib.request.urlopen(self.url, timeout=30) as source,  # noqa: S310 - a constant
                archive.open("wb") as out,
            ):
                total = int(source.headers.get("Content-Length") or 0)
                while block := source.read(_BLOCK):
                    digest.update(block)
                    out.write(block)
                    done += len(block)
                    if progress is not None:
                        progress(done, total)
        except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
            raise MissingCorpus(
                f"{self.url} could not be fetched ({error}). Fetch it on a machine with a network "
                f"and unpack it so that {root / self.folder} is its folder, "
                "then run the command again without --download."
            ) from error
        return digest.hexdigest()
