"""`musecritic evaluate`: figures, tables and pictures of a protocol."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from musecritic.cli import options, output
from musecritic.files import must_be_writable

if TYPE_CHECKING:
    from musecritic.corpora.corpus import Corpus
    from musecritic.music.notes import Notes

#: Of each system; the first is taken where none is named.
PROTOCOLS = {
    "critic": ("seed", "full", "ablation"),
    "brain": ("heads", "held-out", "explanation", "data"),
}
#: What is measured where no --model is named, by system or protocol.
MODELS = {"critic": ("crnn",), "heads": ("figures", "audio"), "explanation": ("audio",)}
FIGURES = ("total", "real", "threshold", "ece")  # the main ones, where a protocol has them


def _shown(model: str) -> str:
    """Return a shipped model's name, or the file's name in a folder that is the user's."""
    path = Path(model)
    return f"RUN/{path.name}" if path.suffix else model


def _critic(
    protocol: str,
    root: Path | None,
    models: tuple[str, ...],
    others: tuple[str, ...],
    limit: int | None,
    device: str,
    threads: int | None,
    told: dict[str, Any],
) -> dict[str, Any]:
    from musecritic.corpora.cache import open_corpus
    from musecritic.corpora.registry import CORPORA
    from musecritic.critic.evaluation import evaluate, evaluate_ablation
    from musecritic.critic.evaluation.late_composers import late_works
    from musecritic.critic.evaluation.order_sources import GENERATORS, order_sources
    from musecritic.critic.inference import Critic
    from musecritic.critic.note_reader import NoteReader
    from musecritic.critic.other_styles import collection_of, trained_on_others, works_of
    from musecritic.errors import MissingCorpus
    from musecritic.repair.measured import further_figures

    critics = {
        Path(model).stem: Critic.load(model, device=device, threads=threads) for model in models
    }

    def opened(name: str, folder: Path | None) -> Corpus:
        return open_corpus(
            name, folder, progress=partial(told["progress"], f"Reading {name}"), **options.REPORTED
        )

    corpus = opened("maestro", root)
    if protocol == "ablation":
        return evaluate_ablation(critics, corpus, limit=limit, **told)
    (critic,) = critics.values()
    found: dict[str, dict[str, Notes]] = {}
    beside: dict[str, Any] = {}
    if protocol == "full":
        collection, generators = None, {}
        if root is not None and root.is_dir():  # MAESTRO alone will do
            with suppress(MissingCorpus):
                # Split as it was for training, whatever the seed of what is drawn here.
                split = critic.card.training.get("seed", told["seed"])
                collection = collection_of(root, seed=split, **options.REPORTED)
                found |= works_of(collection, "test")
            for name in GENERATORS:
                with suppress(MissingCorpus):
                    generators[name] = opened(name, root)
        trained = trained_on_others(critic.card.training)
        beside = {
            "sources": order_sources(
                corpus, collection, generators, seed=told["seed"], limit=limit
            ),
            "late": late_works(corpus, collection, trained_on_others=trained),
        }
    for name, _, folder in (other.partition("=") for other in others):
        other_corpus = opened(name if name in CORPORA else "folder", Path(folder))
        found[name] = {work.path: notes for work, notes in other_corpus}
    judges_notes = isinstance(critic.reader, NoteReader)
    if judges_notes and protocol == "full":
        with options.needing("train"):
            import sklearn  # noqa: F401 - missed before an hour has passed
    return evaluate(
        critic,
        corpus,
        protocol=protocol,
        limit=limit,
        others=found,
        **beside,
        further=partial(further_figures, critic, limit=limit) if judges_notes else None,
        **told,
    )


def _brain(
    protocol: str,
    root: Path | None,
    models: tuple[str, ...],
    device: str,
    threads: int | None,
    soundfont: Path | None,
    told: dict[str, Any],
) -> dict[str, Any]:
    from musecritic.brain.checkpoint import load
    from musecritic.brain.evaluation.data_report import report_data
    from musecritic.brain.evaluation.report import report
    from musecritic.brain.network import Network
    from musecritic.corpora.collection import Collection
    from musecritic.errors import BadInput, MissingCorpus
    from musecritic.explain.measured import report_explanations

    if root is None:
        raise MissingCorpus("name the folder of the corpora with --root, or set MUSECRITIC_DATA.")
    if protocol == "data":
        with options.needing("train"):
            import sklearn  # noqa: F401 - missed before the corpora are read
    options.use_threads(threads)
    collection = Collection.open(root, progress=told["progress"], **options.REPORTED)
    if protocol == "data":
        return report_data(collection, **told)
    if protocol == "explanation":
        network, card = load(models[0])
        if not isinstance(network, Network):
            raise BadInput(f"{models[0]} does not hear; heatmaps lie over what is heard.")
        return report_explanations(network, card, collection, device=device, **told)
    return report(collection, models, protocol=protocol, device=device, soundfont=soundfont, **told)


@click.command("evaluate")
@click.argument("system", type=click.Choice(list(PROTOCOLS)))
@click.option(
    "--protocol",
    type=click.Choice([name for names in PROTOCOLS.values() for name in names]),
    help="critic: seed (if not named), full, or ablation, which sets several --model beside each "
    "other on the seed's clips. brain: heads (if not named), held-out, which measures runs of "
    "`train brain --hold-out` on what they did not see, explanation, the heatmaps, or data, the "
    "collection and what gives machines away in it.",
)
@options.root
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder of the report.")
@click.option(
    "--model",
    "models",
    multiple=True,
    help="A shipped model, or the path of a .safetensors file. Several for the ablation and for "
    "held-out; for heads one that reads, and one that hears or none. [crnn; figures and audio]",
)
@click.option(
    "--other",
    "others",
    multiple=True,
    metavar="NAME=DIR",
    help="For full: more music the network was not trained on, for its false alarms; a corpus that "
    "`prepare` knows, by its name, or any folder. The test works of those corpora that --root "
    "holds beside MAESTRO are taken without asking.",
)
@click.option(
    "--limit",
    type=click.IntRange(1),
    help="A quick look at so many performances of each part (seed, ablation) or clips (full), said "
    "in the report.",
)
@click.option(
    "--soundfont",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="For heads: an .sf2 file that training did not use, as one more way to be played.",
)
@output.format_option("The report's name and main figures, or its whole record; csv has no lists.")
@click.option("--threads", type=click.IntRange(1), help="Processor threads.")
@options.device
@options.seed
def command(
    system: str,
    protocol: str | None,
    root: Path | None,
    out: Path,
    models: tuple[str, ...],
    others: tuple[str, ...],
    limit: int | None,
    soundfont: Path | None,
    form: str,
    threads: int | None,
    device: str,
    seed: int,
) -> None:
    """Measure a system; write PROTOCOL.json, PROTOCOL.md and pictures into --out.

    The critic is measured on MAESTRO, MusicBrain on all corpora that --root holds.
    """
    protocol = protocol or PROTOCOLS[system][0]
    if protocol not in PROTOCOLS[system]:
        raise click.UsageError(f"{system} has no protocol {protocol}.")
    named = models
    models = models or MODELS.get(system, MODELS.get(protocol, ()))
    if system == "critic" and protocol != "ablation" and len(models) > 1:
        raise click.UsageError("several --model go with --protocol ablation alone.")
    if protocol == "heads" and len(models) > 2:
        raise click.UsageError("heads wants one --model that reads, and one that hears or none.")
    if protocol == "explanation" and len(models) != 1:
        raise click.UsageError("explanation wants one --model, that hears.")
    if soundfont is not None and protocol != "heads":
        raise click.UsageError("--soundfont goes with --protocol heads alone.")
    if protocol == "held-out" and not models:
        raise click.UsageError("held-out wants the --model of every run.")
    if any(not name or not folder for name, _, folder in (o.partition("=") for o in others)):
        raise click.UsageError("--other wants NAME=DIR.")
    if system == "brain" and (others or limit or (protocol == "data" and named)):
        has = "--other or --limit" if protocol != "data" else "--model, --other or --limit"
        raise click.UsageError(f"--protocol {protocol} has no {has}.")

    must_be_writable(out / f"{protocol}.json")
    # Folders stay out of the record: it is published, and they differ on every machine.
    shown = ["musecritic evaluate", system, "--root DIR", f"--protocol {protocol}"]
    shown += [f"--model {model}" for model in dict.fromkeys(map(_shown, named))]
    shown += [f"--other {other.partition('=')[0]}=DIR" for other in others]
    shown += [f"--limit {limit}"] if limit else []
    shown += [f"--soundfont {soundfont.name}"] if soundfont else []
    shown += [f"--seed {seed}", "--out DIR"]
    with options.stages() as progress:
        told: dict[str, Any] = {
            "out": out,
            "seed": seed,
            "command": " ".join(shown),
            "progress": progress,
        }
        if system == "brain":
            record = _brain(protocol, root, models, device, threads, soundfont, told)
        else:
            record = _critic(protocol, root, models, others, limit, device, threads, told)
    figures = {name: record[name] for name in FIGURES if isinstance(record.get(name), int | float)}
    output.write_one(
        {"path": str(out / f"{protocol}.json"), **record},
        form,
        line=lambda r: "\n".join(
            [
                f"{out / protocol}.md, {r['path']}",
                *(f"{name}: {value:.4f}" for name, value in figures.items()),
            ]
        ),
        columns=("path", "protocol", "weights_sha256", "seed", "date", *figures),
    )
