"""Jobs outlive the process that took them."""

import time

import pytest

from musecritic.web.store import CANCELLED, DONE, FAILED, RUNNING, WAITING, Store


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path)
    yield store
    store.close()


def test_the_oldest_is_taken_first_and_each_once(store) -> None:
    jobs = [store.add("score", {"n": n}) for n in range(3)]
    assert store.n_waiting() == 3
    taken = [store.take() for _ in range(4)]
    assert [job.id for job in taken[:3]] == [job.id for job in jobs]
    assert taken[3] is None
    assert {job.state for job in taken[:3]} == {RUNNING}
    assert taken[1].options == {"n": 1}


def test_an_end_is_final(store) -> None:
    job = store.add("score", {})
    store.take()
    store.end(job.id, FAILED, {"type": "T", "message": "m"})
    store.end(job.id, DONE)
    assert store.get(job.id).state == FAILED
    assert store.get(job.id).error == {"type": "T", "message": "m"}


def test_what_ran_when_the_service_died_waits_again_but_not_for_ever(tmp_path) -> None:
    first = Store(tmp_path)
    job = first.add("score", {}, source="source.mid", fill=lambda f: (f / "source.mid").touch())
    first.take()
    second = Store(tmp_path)  # the first was killed: nothing was closed
    second.recover()
    assert second.get(job.id).state == WAITING
    assert (second.folder(job.id) / "source.mid").exists()
    second.take()
    third = Store(tmp_path)
    third.recover()
    assert third.get(job.id).state == FAILED
    assert third.get(job.id).error["type"] == "Stopped"
    for store in (first, second, third):
        store.close()


def test_a_job_put_back_by_an_orderly_stop_counts_no_try(store) -> None:
    job = store.add("score", {})
    for _ in range(5):
        assert store.take().id == job.id
        store.put_back(job.id)
    store.recover()
    assert store.get(job.id).state == WAITING


def test_only_what_waits_is_cancelled_so(store) -> None:
    waits, runs = store.add("score", {}), None
    assert store.cancel_waiting(waits.id)
    assert store.get(waits.id).state == CANCELLED
    runs = store.add("score", {})
    store.take()
    assert not store.cancel_waiting(runs.id)


def test_a_failed_upload_leaves_nothing(store, tmp_path) -> None:
    def fill(folder):
        (folder / "half").write_bytes(b"x")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        store.add("score", {}, fill=fill)
    assert store.n_waiting() == 0
    assert list((tmp_path / "jobs").iterdir()) == []


def test_what_ended_expires_with_its_files_and_what_waits_does_not(store) -> None:
    old, waits = store.add("score", {}), store.add("score", {})
    store.take()
    store.end(old.id, DONE)
    assert store.expire(time.time() - 60) == 0
    assert store.expire(time.time() + 1) == 1
    assert store.get(old.id) is None
    assert not store.folder(old.id).exists()
    assert store.get(waits.id).state == WAITING
    assert store.folder(waits.id).exists()


def test_folders_of_jobs_never_entered_are_removed(store, tmp_path) -> None:
    stray = tmp_path / "jobs" / f".part-{'0' * 32}"
    somebodys = tmp_path / "jobs" / "letters"
    stray.mkdir()
    somebodys.mkdir()
    kept = store.add("score", {})
    store.recover()
    assert not stray.exists()
    assert somebodys.exists()
    assert store.folder(kept.id).exists()
