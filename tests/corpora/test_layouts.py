"""Each corpus is read from its publisher's layout, with the labels that it gives."""

from __future__ import annotations

import csv

import pytest
from tests.conftest import made_up_notes

from musecritic.corpora.corpus import Corpus, Work
from musecritic.corpora.registry import CORPORA, corpus_module, prepare
from musecritic.errors import BadFile, MissingCorpus
from musecritic.music.notes import notes_from
from musecritic.music.piece import Part, Piece
from musecritic.music.tempo import Tempo
from musecritic.music.write import write_midi

SCORE = b"""<score-partwise><part-list><score-part id="P1"><part-name>Violin</part-name>
<midi-instrument id="I"><midi-program>41</midi-program></midi-instrument></score-part></part-list>
<part id="P1"><measure number="1"><sound tempo="60"/><note><pitch><step>C</step><octave>4</octave>
</pitch><duration>4</duration></note></measure></part></score-partwise>"""


def midi(path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_midi(Piece(made_up_notes(0, 5.0)), path)


def score(path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(SCORE)


def works(name: str, root) -> list[Work]:
    """The works listed, every one of which is found and read."""
    listed = list(corpus_module(name).works(root))
    assert len(prepare(name, root, failed=lambda error: pytest.fail(str(error)))) == len(listed)
    return listed


def test_musicnet(tmp_path) -> None:
    root = tmp_path / "musicnet"
    midi(root / "musicnet_midis/Beethoven/2366_sq8_1.mid")
    midi(root / "musicnet_midis/Bach/2186_vs6_1.mid")
    header = "id,composer,composition,movement,ensemble,source,transcriber,catalog_name,seconds"
    (root / "musicnet_metadata.csv").write_text(
        f"{header}\n2366,Beethoven,String Quartet No 8,1. Allegro,String Quartet,x,y,OP59NO2,9\n"
        "2186,Bach,Cello Suite 6,1. Prelude,Solo Cello,x,y,BWV1012,9\n"
        "9999,Bach,Not here,1,Solo Cello,x,y,BWV1,9\n"
    )
    quartet, suite = works("musicnet", root)
    assert quartet == Work(
        "musicnet_midis/Beethoven/2366_sq8_1.mid",
        "Ludwig van Beethoven",
        "String Quartet No 8, OP59NO2",
        origin="human",
        period="Classical",
        genre="quartet",
    )
    assert (suite.composer, suite.period, suite.genre) == (
        "Johann Sebastian Bach",
        "Baroque",
        "chamber",
    )


def test_bach_chorales(tmp_path) -> None:
    score(tmp_path / "bach-chorales/bwv112.5-sc.mxl")
    (work,) = works("bach-chorales", tmp_path)  # the folder that holds the corpora will do
    assert (work.composer, work.genre, work.origin) == (
        "Johann Sebastian Bach",
        "chorale",
        "human",
    )


def test_openscore(tmp_path) -> None:
    head = "id\tpath\tname\tgender\tborn\tdied\n"
    for name, composer, born, path in (
        ("lieder", "Gounod,_Charles", "1818", "6_Mélodies/4_Chant/lc1.mxl"),
        ("string-quartets", "Haydn,_Joseph", "1732", "String_Quartet,_Op.1_No.1/sq1.mxl"),
    ):
        score(tmp_path / name / "scores" / composer / path)
        (tmp_path / name / "data").mkdir()
        row = f"1\t{composer}\tx\tMale\t{born}\t1900\n"
        (tmp_path / name / "data/composers.tsv").write_text(head + row, "utf-8")
    song, quartet = works("openscore", tmp_path)
    assert (song.composer, song.title, song.period, song.genre) == (
        "Charles Gounod",
        "4 Chant",
        "Romantic",
        "song",
    )
    assert (quartet.composer, quartet.title, quartet.period, quartet.genre) == (
        "Joseph Haydn",
        "String Quartet, Op.1 No.1",
        "Classical",
        "quartet",
    )


def test_notagen_lists_a_piece_once_and_knows_every_spelling_of_its_folders(tmp_path) -> None:
    abc = b"X:1\nL:1/4\nM:4/4\nK:C\nCDEF|\n"
    for folder in (
        "Romantic_SchubertFranz_ArtSong",
        "Baroque_VivaldiAntonio_Art Song",
        "Baroque_BachJohannSebastian_Choral",
        "Baroque_PalestrinaGiovanni-Pierluigi_Choral",
        "Classical_MozartLeopold_Orchestra",
    ):
        score(tmp_path / folder / "output1.xml")
        (tmp_path / folder / "output1.abc").write_bytes(abc)
    (tmp_path / "Romantic_SchubertFranz_ArtSong" / "output2.abc").write_bytes(abc)
    (tmp_path / "README.txt").write_text("")
    listed = works("notagen", tmp_path)
    assert {w.path: (w.period, w.composer, w.genre) for w in listed} == {
        "Baroque_BachJohannSebastian_Choral/output1.xml": (
            "Baroque",
            "Johann Sebastian Bach",
            "chorale",
        ),
        "Baroque_PalestrinaGiovanni-Pierluigi_Choral/output1.xml": (
            "Baroque",
            "Giovanni Pierluigi da Palestrina",
            "choral",
        ),
        "Baroque_VivaldiAntonio_Art Song/output1.xml": ("Baroque", "Antonio Vivaldi", "song"),
        "Classical_MozartLeopold_Orchestra/output1.xml": (
            "Classical",
            "Leopold Mozart",
            "orchestral",
        ),
        "Romantic_SchubertFranz_ArtSong/output1.xml": ("Romantic", "Franz Schubert", "song"),
        "Romantic_SchubertFranz_ArtSong/output2.abc": ("Romantic", "Franz Schubert", "song"),
    }
    assert {(w.origin, w.generator) for w in listed} == {("ai", "NotaGen")}


def test_js_fakes(tmp_path) -> None:
    midi(tmp_path / "midi/10.mid")
    midi(tmp_path / "midi/9.mid")
    midi(tmp_path / "extended/0.mid")
    listed = works("js-fakes", tmp_path)
    assert [w.path for w in listed] == ["midi/9.mid", "midi/10.mid", "extended/0.mid"]
    assert {(w.origin, w.generator, w.genre) for w in listed} == {("ai", "KS_Chorus", "chorale")}


def test_pop909_leaves_other_versions_out(tmp_path) -> None:
    midi(tmp_path / "POP909/001/001.mid")
    midi(tmp_path / "POP909/001/versions/001-v1.mid")
    (work,) = works("pop909", tmp_path)
    assert (work.path, work.origin, work.genre) == ("001/001.mid", "human", "pop")


def table(root, *rows: dict[str, str]) -> None:
    with (root / "labels.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, sorted(set().union(*rows)))
        writer.writeheader()
        writer.writerows(rows)


def test_a_folder_with_labels(tmp_path) -> None:
    midi(tmp_path / "a.mid")
    table(
        tmp_path,
        {"path": "a.mid", "origin": "ai", "generator": "Mine", "instruments": "oboe; lute"},
    )
    (work,) = works("labelled", tmp_path)
    assert work == Work("a.mid", origin="ai", generator="Mine", instruments=("oboe", "lute"))


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"path": ""}, "line 2 names no path"),
        ({"path": "a.mid", "origin": "robot"}, "'robot'"),
        ({"path": "a.mid", "colour": "red"}, "'colour'"),
        ({"path": "a.mid", "split": "dev"}, "split 'dev'"),
    ],
)
def test_labels_that_are_none_are_refused(tmp_path, row, why) -> None:
    table(tmp_path, row)
    with pytest.raises(BadFile, match=why):
        list(corpus_module("labelled").works(tmp_path))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("path,composer\na.mid,Dvořák\n".encode("iso8859-2"), "not in UTF-8"),
        (b'path,title\na.mid,"no end\n', "no table"),
        (b"file,title\na.mid,x\n", "no column 'path'"),
        (b"path\na.mid\nb.mid\na.mid\n", "line 4 names 'a.mid' again"),
    ],
)
def test_a_table_that_cannot_be_read_says_why(tmp_path, data, why) -> None:
    (tmp_path / "labels.csv").write_bytes(data)
    with pytest.raises(BadFile, match=why) as caught:
        list(corpus_module("labelled").works(tmp_path))
    assert "labels.csv" in str(caught.value)


def test_a_table_without_a_needed_column_is_named(tmp_path) -> None:
    (tmp_path / "musicnet_midis").mkdir()
    (tmp_path / "musicnet_metadata.csv").write_text("id,composer\n1,Bach\n")
    with pytest.raises(BadFile, match=r"musicnet_metadata\.csv: it has no column 'composition'"):
        list(corpus_module("musicnet").works(tmp_path))


def test_a_score_that_lies_too_high_is_nobodys(tmp_path) -> None:
    for place in ("a.mxl", "Wolf,_Hugo/b.mxl", "Wolf,_Hugo/Lied/c.mxl"):
        path = tmp_path / "lieder/scores" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    listed = corpus_module("openscore").works(tmp_path)
    found = {work.path.rpartition("/")[2]: work for work in listed}
    assert (found["a.mxl"].composer, found["a.mxl"].title) == ("", "")
    assert (found["b.mxl"].composer, found["b.mxl"].title) == ("Hugo Wolf", "")
    assert (found["c.mxl"].composer, found["c.mxl"].title) == ("Hugo Wolf", "Lied")


@pytest.mark.parametrize("name", sorted(set(CORPORA) - {"folder"}))
def test_a_corpus_that_is_not_there_says_what_is_looked_for(name, tmp_path) -> None:
    with pytest.raises(MissingCorpus, match=str(tmp_path)):
        list(corpus_module(name).works(tmp_path))


def test_a_corpus_keeps_parts_and_tempi(tmp_path) -> None:
    parts = (Part("Violin", 40), Part("Cello", 42))
    tempi = (Tempo(0.0, 60.0), Tempo(2.0, 90.0))
    notes = notes_from([0, 1, 2], [1, 2, 3], [60, 48, 62], part=[0, 1, 0])
    work = Work("a.mid", "Anon", "Duo", origin="human", instruments=("violin", "cello"))
    corpus = Corpus.gather("x", [(work, Piece(notes, parts, tempi=tempi))])
    corpus.save(tmp_path / "x.npz")
    opened = Corpus.open(tmp_path / "x.npz")
    assert opened.works == (work,)
    assert opened.fingerprint == corpus.fingerprint
    piece = opened.piece(0)
    assert (piece.parts, piece.tempi, piece.title) == (parts, tempi, "Duo")
    assert piece.notes["part"].tolist() == [0, 1, 0]


def test_other_instruments_make_another_corpus() -> None:
    notes = notes_from([0], [1], [60])
    one, other = (
        Corpus.gather("x", [(Work("a.mid"), Piece(notes, (Part("", program),)))])
        for program in (0, 40)
    )
    assert one.fingerprint != other.fingerprint
