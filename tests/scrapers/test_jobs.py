"""The queue survives its process, offers what is due in order, and knows what is published."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from scrapers.jobs import DAY, NEVER, Jobs, JobState
from scrapers.state import exclusive, open_state
from screener.errors import RefusedError, StorageError
from tests.replay.clock import FakeClock
from tests.scrapers.net import START


class Queue:
    """A source's jobs; `again` is the same file in another process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clock = FakeClock(START)
        self.again()

    def again(self) -> None:
        self.jobs = Jobs(open_state(self.path), self.clock, self.path, "made")

    def due(self, *keys: str) -> str:
        return "".join(job.key for job in self.jobs.due(keys or "abcdef"))


@pytest.fixture
def queue(tmp_path: Path) -> Queue:
    queue = Queue(tmp_path / "state" / "state.sqlite")
    queue.jobs.plan({"c": 1, "a": 3, "b": 2})
    return queue


def test_the_most_wanted_come_first_and_only_those_asked_for(queue):
    assert queue.due() == "cba"
    assert queue.due("a", "b", "x") == "ba"
    queue.jobs.plan({"a": 0, "d": 9})
    assert queue.due() == "acbd"


def test_done_is_not_due_until_its_time_and_then_the_oldest_first(queue):
    for key in "cab":
        queue.jobs.begin(key)
        queue.jobs.done(key, 30 * DAY)
        queue.clock.pass_time(hours=1)
    queue.jobs.plan({"d": 5})
    queue.again()
    assert queue.due() == "d"
    queue.clock.pass_time(days=29, hours=22)
    assert queue.due() == "dca"
    queue.clock.pass_time(days=1)
    assert queue.due() == "dcab"


def test_failed_and_absent_wait_their_time(queue):
    queue.jobs.failed("a", "cut off", DAY)
    queue.jobs.absent("b", "not there", NEVER)
    assert queue.due() == "c"
    queue.clock.pass_time(days=2)
    assert queue.due() == "ca"
    queue.clock.pass_time(days=40_000)
    assert queue.due() == "ca"
    found = queue.jobs.find("a")
    assert found is not None
    assert (found.state, found.last_error) == (JobState.FAILED, "cut off")


def test_tries_are_counted_before_anything_happens(queue):
    queue.jobs.begin("a")
    queue.jobs.begin("a")
    queue.again()
    found = queue.jobs.find("a")
    assert found is not None
    assert (found.state, found.tries) == (JobState.QUEUED, 2)
    queue.jobs.done("a", DAY)
    found = queue.jobs.find("a")
    assert found is not None
    assert found.tries == 0


def test_done_is_published_once_and_again_for_a_new_reader(queue):
    queue.jobs.done("a", DAY)
    queue.jobs.done("b", DAY)
    assert queue.jobs.unpublished(1) == ["a", "b"]
    queue.jobs.published(["a"], 1)
    queue.again()
    assert queue.jobs.unpublished(1) == ["b"]
    assert queue.jobs.unpublished(2) == ["a", "b"]
    queue.jobs.failed("b", "refused", DAY)  # what was stored of it before still counts
    assert queue.jobs.unpublished(1) == ["b"]
    queue.jobs.published(["b"], 1)
    queue.jobs.forget_published()
    assert queue.jobs.unpublished(1) == ["a", "b"]
    queue.jobs.published(["a", "b"], 1)
    queue.jobs.done("a", DAY)
    assert queue.jobs.unpublished(1) == ["a"]


def test_sources_do_not_meet(queue):
    other = Jobs(open_state(queue.path), queue.clock, queue.path, "other")
    other.plan({"a": 1})
    other.done("a", DAY)
    assert queue.due() == "cba"
    assert queue.jobs.counts() == {JobState.QUEUED: 3}
    assert other.counts() == {JobState.DONE: 1}
    assert queue.jobs.find("z") is None


def test_one_refresh_at_a_time(tmp_path):
    lock = tmp_path / "new" / "lock"
    twice = contextlib.ExitStack()
    with twice:
        twice.enter_context(exclusive(lock, "Another is running."))
        with pytest.raises(RefusedError, match="Another is running"):
            twice.enter_context(exclusive(lock, "Another is running."))
    with exclusive(lock, "Another is running."):
        pass


def test_a_damaged_state_file_is_said_to_be_damaged(tmp_path):
    path = tmp_path / "state.sqlite"
    path.write_bytes(b"this is not a database" * 100)
    with pytest.raises(StorageError, match="cannot be used"):
        open_state(path)


def test_what_fails_goes_behind_the_rest_and_at_last_behind_what_is_more_urgent(queue):
    def fail(key: str) -> None:
        queue.jobs.begin(key)
        queue.jobs.failed(key, "no use", 0.0)

    def urgent(key: str, read_at: float) -> int:
        return key != "c"

    def order() -> str:
        return "".join(job.key for job in queue.jobs.due("abc", urgent))

    fail("c")
    assert (queue.due(), order()) == ("bac", "cba")
    fail("c")
    fail("c")
    assert (queue.due(), order()) == ("bac", "bac")
    queue.jobs.begin("c")
    queue.jobs.done("c", 0.0)
    fail("b")
    assert (queue.due(), order()) == ("abc", "cab")
