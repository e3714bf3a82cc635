"""The same work under several names is one group, and different works are not."""

from __future__ import annotations

import pytest

from musecritic.corpora.composers import one_name, period
from musecritic.corpora.corpus import Work
from musecritic.corpora.same_work import groups

BEETHOVEN = "Ludwig van Beethoven"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((BEETHOVEN, "String Quartet No 8, OP59NO2"), (BEETHOVEN, "Quartet, Op. 59, No. 3")),
        (("Franz Schubert", "Sonata, D. 845"), ("Schubert, Franz", "Sonata in A minor, D845")),
        (("Johann Sebastian Bach", "WTK I, BWV847"), ("Johann Sebastian Bach", "Fuge BWV 847")),
        (("Franz Liszt", "Waldesrauschen"), ("Franz Liszt", "Waldesrauschen.")),
        (("Franz Schubert / Franz Liszt", "Ave Maria"), ("Franz Schubert", "Ave Maria")),
    ],
)
def test_one_work(one, other) -> None:
    assert groups([Work("a", *one), Work("b", *other)]) == [0, 0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((BEETHOVEN, "Quartet, Op. 18"), (BEETHOVEN, "Quartet, Op. 59")),
        ((BEETHOVEN, "Sonata, Op. 1"), ("Johannes Brahms", "Sonata, Op. 1")),
        (("Johann Sebastian Bach", "BWV 1.6"), ("Johann Sebastian Bach", "BWV 1.7")),
        (("Johann Sebastian Bach", ""), ("Johann Sebastian Bach", "")),
    ],
)
def test_two_works(one, other) -> None:
    assert groups([Work("a", *one), Work("b", *other)]) == [0, 1]


def test_what_hangs_together_through_a_third_is_one() -> None:
    titles = ("Moonlight Sonata", "Sonata, Op. 27", "Für Elise", "Moonlight Sonata, op 27 no 2")
    works = [Work(title, BEETHOVEN, title) for title in titles]
    assert groups(works) == [0, 0, 1, 0]


@pytest.mark.parametrize(
    ("spelt", "name"),
    [
        ("Gounod,_Charles", "Charles Gounod"),
        ("Hensel,_Fanny_(Mendelssohn)", "Fanny Hensel"),
        ("Indy,_Vincent_d’", "Vincent d’Indy"),
        ("Mozart", "Mozart"),
        ("Frederic Chopin", "Frédéric Chopin"),
        ("Giovanni Pierluigi Palestrina", "Giovanni Pierluigi da Palestrina"),
        ("Franz Joseph Haydn", "Joseph Haydn"),
        ("ABBA", "ABBA"),
        ("Rimsky-Korsakov", "Rimsky-Korsakov"),
        ("Poldowski", "Poldowski"),
        ("Clara Schumann", "Clara Schumann"),
    ],
)
def test_a_composer_has_one_name(spelt, name) -> None:
    assert one_name(spelt) == name


def test_periods_by_birth() -> None:
    born = (1685, 1732, 1797, 1875, None)
    assert [period(year) for year in born] == ["Baroque", "Classical", "Romantic", "Modern", ""]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Franz Schubert", '"Erlkoenig"'), ("Franz Schubert", "Der Erlkönig, D.328")),
        (
            ("Franz Schubert / Franz Liszt", "Song Transcriptions: Aufenthalt, Der Erlkonig"),
            ("Franz Schubert", "5 Aufenthalt"),
        ),
        (("Robert Schumann", "Widmung"), ("Robert Schumann", "1 Widmung")),
        (
            ("Wolfgang Amadeus Mozart", "String Quartet No.15 in D minor, K.421417b"),
            ("Wolfgang Amadeus Mozart", "String Quartet No 15 in D minor, K421"),
        ),
        (
            ("Maurice Ravel", "String Quartet in F"),
            ("Maurice Ravel", "String Quartet in F major"),
        ),
        (("Joseph Haydn", "Son. Hob. XVI:52"), ("Joseph Haydn", "Sonata in E-flat, Hob.XVI:52")),
    ],
)
def test_one_work_as_corpora_really_write_it(one, other) -> None:
    assert groups([Work("a", *one), Work("b", *other)]) == [0, 0]


@pytest.mark.parametrize(
    ("composer", "titles"),
    [
        ("Johann Sebastian Bach", ("Prelude and Fugue in C Major, WTC I, BWV 846",
                                   "Prelude and Fugue in D Major, WTC I, BWV 850")),
        ("Joseph Haydn", ("Son. Hob. XVI:32", "String Quartet in C major, Hob.III32, Op.20 No.2")),
        (BEETHOVEN, ("Piano Sonata No 8, Op. 13, 1st mov.", "Piano Sonata No 9, Op. 14, 1st mov.")),
        ("Johann Sebastian Bach", ("Chorale, BWV 250", "Chorale, BWV 251")),
    ],
)  # fmt: skip
def test_words_that_many_works_have_make_none_the_same(composer, titles) -> None:
    assert groups([Work(title, composer, title) for title in titles]) == [0, 1]


def test_other_scripts_are_read() -> None:
    works = [Work("a", "Чайковский", "Опус"), Work("b", "Рахманинов", "Опус")]
    assert groups(works) == [0, 1]
