"""Runs in this process: what is made, what is skipped, how a run ends, what is refused."""

import io
import os
import shutil
import signal
import threading
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor

import pytest
from threadpoolctl import threadpool_info

from glasskit.ensembles import session, worker
from glasskit.ensembles.executors import SerialExecutor, spawned_pool
from glasskit.ensembles.progress import Progress, duration, size
from glasskit.ensembles.recipe import parse_recipe
from glasskit.ensembles.run import closing_line, run
from glasskit.ensembles.shards import read_shard, shard_path
from glasskit.ensembles.status import format_status, status
from glasskit.ensembles.store import Ensemble, differences
from glasskit.errors import GlasskitError, InputError, StorageError


def quiet(line):
    pass


def serially(recipe, out, **options):
    return run(recipe, out, **{"executor": SerialExecutor(), "workers": 1, "report": quiet, **options})


class Counting(SerialExecutor):
    """Note which samples were asked for; optionally do something before the n-th."""

    def __init__(self, at=None, action=None):
        self.made = []
        self.at, self.action = at, action

    def submit(self, fn, /, *args, **kwargs):
        if fn.__name__ == "make_sample":
            if len(self.made) == self.at:
                self.action()
            self.made.append(args[4])
        return super().submit(fn, *args, **kwargs)


def test_makes_everything_once(tmp_path, toy_recipe):
    lines = []
    result = serially(toy_recipe, tmp_path, report=lines.append)
    assert (result.wanted, result.made, result.failed, result.left, result.stopped) == (16, 16, 1, 0, None)
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if not path.name.startswith(".")) == [
        "a", "a/shard-000000.h5", "a/shard-000001.h5", "a/shard-000002.h5",
        "b", "b/shard-000000.h5", "b/shard-000001.h5", "recipe.toml",
    ]  # fmt: skip
    assert (tmp_path / "recipe.toml").read_text() == toy_recipe.text
    assert lines[0] == "toy.toml: 16 samples in 2 curve(s), 16 to make"
    assert lines[1].startswith("estimate: ")
    counting = Counting()
    again = serially(toy_recipe, tmp_path, executor=counting)
    assert (again.made, again.left, counting.made) == (0, 0, [])


def test_threads_or_serial_make_the_same_bits(tmp_path, toy_recipe):
    serially(toy_recipe, tmp_path / "one")
    with ThreadPoolExecutor(3) as executor:
        run(toy_recipe, tmp_path / "two", executor=executor, workers=3, report=quiet)
    assert differences(tmp_path / "one", tmp_path / "two") == []


def test_curves_are_made_in_turn(tmp_path, toy_recipe):
    counting = Counting()
    serially(toy_recipe, tmp_path, executor=counting)
    assert counting.made == [0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 7, 4, 5, 8, 9]


def test_one_curve_only(tmp_path, toy_recipe):
    result = serially(toy_recipe, tmp_path, curve="b")
    assert (result.wanted, result.made) == (6, 6)
    assert not (tmp_path / "a").exists()


def test_parts_of_an_array_make_the_whole(tmp_path, toy_recipe):
    serially(toy_recipe, tmp_path / "whole")
    made = [serially(toy_recipe, tmp_path / "parts", part=(i, 3)).made for i in (3, 1, 2)]
    assert sum(made) == 16
    assert all(made)
    assert differences(tmp_path / "whole", tmp_path / "parts") == []
    with pytest.raises(InputError, match="expected i/n with i from 1 to n"):
        serially(toy_recipe, tmp_path, part=(0, 3))


def test_more_glasses_added_later(tmp_path, toy_text, toy_recipe):
    more = parse_recipe(toy_text.replace("glasses = 10", "glasses = 23"), source="toy.toml")
    serially(more, tmp_path / "at once")
    serially(toy_recipe, tmp_path / "grown")
    full = {path: path.stat().st_mtime_ns for path in (tmp_path / "grown" / "a").glob("shard-00000[01].h5")}
    counting = Counting()
    result = serially(more, tmp_path / "grown", executor=counting)
    assert counting.made == list(range(10, 23))  # samples 8 and 9 of the partial shard are kept, not made again
    assert (result.made, result.left) == (13, 0)
    assert differences(tmp_path / "at once", tmp_path / "grown") == []
    assert all(path.stat().st_mtime_ns == before for path, before in full.items())
    assert (tmp_path / "grown" / "recipe.toml").read_text() == more.text
    fewer = serially(toy_recipe, tmp_path / "grown")
    assert fewer.made == 0
    assert len(Ensemble.open(tmp_path / "grown" / "a")) == 23  # asking for fewer deletes nothing
    assert "13 samples more than the recipe asks for" in format_status(status(tmp_path / "grown"))


def test_a_truncated_shard_is_set_aside_and_made_again(tmp_path, toy_recipe):
    serially(toy_recipe, tmp_path / "out")
    shutil.copytree(tmp_path / "out", tmp_path / "good")
    damaged = shard_path(tmp_path / "out" / "a", 1)
    content = damaged.read_bytes()
    damaged.write_bytes(content[: len(content) // 2])
    assert [entry.damaged for entry in status(tmp_path / "out")] == [1, 0]
    with pytest.raises(StorageError, match="damaged"):
        Ensemble.open(tmp_path / "out" / "a")
    counting, lines = Counting(), []
    serially(toy_recipe, tmp_path / "out", executor=counting, report=lines.append)
    assert counting.made == [4, 5, 6, 7]
    assert differences(tmp_path / "good", tmp_path / "out") == []
    assert damaged.with_name("shard-000001.h5.corrupt").read_bytes() == content[: len(content) // 2]
    assert "Set aside as shard-000001.h5.corrupt; its samples will be made again." in lines[0]
    damaged.write_bytes(b"")
    serially(toy_recipe, tmp_path / "out")
    assert damaged.with_name("shard-000001.h5.corrupt-2").read_bytes() == b""


def test_another_version_of_the_pipeline_is_named_where_nothing_else_differs(
    tmp_path, toy_text, toy_recipe, monkeypatch
):
    serially(toy_recipe, tmp_path)
    monkeypatch.setattr("ensembles.toy.version", 2)
    with pytest.raises(StorageError) as refused:
        serially(toy_recipe, tmp_path)
    assert str(refused.value) == (
        f"{tmp_path / 'a'} was made by version 1 of the toy pipeline, this release has 2: its samples can be analysed "
        "but not added to; choose another output folder."
    )
    found = status(tmp_path)
    assert [curve.done for curve in found] == [curve.glasses for curve in toy_recipe.curves]
    note = "a: made by version 1 of the toy pipeline, this release has 2: it can be analysed but not added to."
    assert note in format_status(found).splitlines()
    (tmp_path / "recipe.toml").unlink()
    other = parse_recipe(toy_text.replace("length = 5", "length = 6"), source="other.toml")
    with pytest.raises(StorageError, match=r"holds samples of another recipe \(hash"):
        serially(other, tmp_path)


def test_another_recipe_in_the_folder_is_refused(tmp_path, toy_text, toy_recipe):
    serially(toy_recipe, tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    other = parse_recipe(toy_text.replace("length = 5", "length = 6"), source="other.toml")
    with pytest.raises(StorageError, match=r"belongs to another recipe: its curve 'a' has hash"):
        serially(other, tmp_path)
    (tmp_path / "recipe.toml").rename(tmp_path / "elsewhere.toml")
    with pytest.raises(StorageError, match=r"holds samples of another recipe \(hash"):
        serially(other, tmp_path)
    (tmp_path / "elsewhere.toml").rename(tmp_path / "recipe.toml")
    reseeded = parse_recipe(toy_text.replace("seed = 7", "seed = 8"), source="other.toml")
    with pytest.raises(StorageError, match="another recipe"):
        serially(reseeded, tmp_path)
    resized = parse_recipe(toy_text.replace("shard_size = 4", "shard_size = 5"), source="other.toml")
    with pytest.raises(
        StorageError, match=r"shards of 4 samples, the recipe says run.shard_size = 5: set it back to 4"
    ):
        serially(resized, tmp_path)
    after = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert {path for path in before if before[path] != after[path]} <= {tmp_path}
    (tmp_path / "recipe.toml").write_text("nonsense")
    with pytest.raises(StorageError, match="belongs to a recipe that cannot be read"):
        serially(toy_recipe, tmp_path)


def test_a_curve_may_be_added_to_a_recipe(tmp_path, toy_text, toy_recipe):
    serially(toy_recipe, tmp_path)
    longer = parse_recipe(toy_text + "[curves.c]\nglasses = 2\nmodel.length = 3\n", source="toy.toml")
    assert serially(longer, tmp_path).made == 2
    assert [entry.done for entry in status(tmp_path)] == [10, 6, 2]


def test_output_that_is_a_file_is_refused(tmp_path, toy_recipe):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="is a file, expected a folder"):
        serially(toy_recipe, tmp_path / "file")


def test_dry_run_writes_nothing(tmp_path, toy_recipe):
    lines = []
    result = serially(toy_recipe, tmp_path / "out", dry_run=True, report=lines.append)
    assert result.stopped == "dry run"
    assert not (tmp_path / "out").exists()
    assert lines[1].startswith("estimate: 0 s on 1 worker, memory 10.0 MB")
    assert "disk 48.0 kB of" in lines[1]  # 16 samples of the 3,000 bytes that the toy states
    assert lines[2].splitlines()[1].split()[:2] == ["a", "10"]


def test_a_disk_without_room_is_refused_before_the_start(tmp_path, toy_recipe, monkeypatch):
    monkeypatch.setattr("glasskit.ensembles.estimate.free_bytes", lambda path: 1000)
    with pytest.raises(StorageError, match=r"has 1.0 kB free and the run needs about 48.0 kB"):
        serially(toy_recipe, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_disk_that_fills_up_ends_the_run_and_keeps_what_is_finished(tmp_path, toy_recipe, monkeypatch):
    written = []
    real = os.fsync

    def fsync(handle):
        written.append(handle)
        if len(written) == 5:  # recipe and folder, first shard and folder, second shard
            raise OSError(28, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(StorageError, match=r"b/shard-000000.h5 cannot be written: No space left on device"):
        serially(toy_recipe, tmp_path)
    monkeypatch.undo()
    assert sorted(path.name for path in tmp_path.rglob("*.h5")) == ["shard-000000.h5", "shard-000000.h5"]
    assert list(tmp_path.rglob(".*.tmp")) == []
    assert serially(toy_recipe, tmp_path).left == 0


def test_a_bug_is_raised_and_what_is_finished_is_kept(tmp_path, toy_text):
    buggy = parse_recipe(toy_text + "making.bug = true\n", source="toy.toml")
    with pytest.raises(ZeroDivisionError, match="a bug in the program"):
        serially(buggy, tmp_path)
    assert [sample.index for sample in read_shard(shard_path(tmp_path / "b", 0)).samples] == [0, 1, 2]


def test_failures_are_counted_with_their_reason_and_not_repeated(tmp_path, toy_text):
    text = toy_text.replace("fail_every = 5", "fail_every = 2")
    recipe = parse_recipe(text, source="toy.toml")
    assert serially(recipe, tmp_path).failed == 3
    assert serially(recipe, tmp_path).made == 0
    [a, b] = status(tmp_path)
    assert a.failures == {}
    assert b.failures == {f"ConvergenceError: sample {index} does not want to": 1 for index in (1, 3, 5)}
    assert "b: 1 failed: ConvergenceError: sample 3 does not want to" in format_status([a, b])


@pytest.mark.parametrize(("number", "name"), [(signal.SIGINT, "SIGINT"), (signal.SIGTERM, "SIGTERM")])
def test_a_signal_ends_cleanly_and_finished_samples_are_kept(tmp_path, toy_recipe, number, name):
    assert threading.current_thread() is threading.main_thread()
    handlers = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    counting = Counting(6, lambda: os.kill(os.getpid(), number))
    result = serially(toy_recipe, tmp_path / "out", executor=counting)
    assert result.stopped == name
    assert 5 <= result.made <= 7  # one may be in flight, one handed in and dropped
    assert result.made + result.left == 16
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == handlers
    assert f"{result.made} samples made" in closing_line(result)
    assert "goes on from here" in closing_line(result)
    assert sum(entry.done for entry in status(tmp_path / "out")) == result.made
    assert serially(toy_recipe, tmp_path / "out").made == result.left
    serially(toy_recipe, tmp_path / "whole")
    assert differences(tmp_path / "out", tmp_path / "whole") == []


def test_no_sample_is_begun_that_would_not_be_finished_in_time(tmp_path, toy_text, monkeypatch):
    """A clock that each sample moves by 10 s: with 35 s three fit."""
    recipe = parse_recipe(toy_text + "making.wait = 0.0\n", source="toy.toml")
    now = [0.0]
    monkeypatch.setattr(session.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(
        "glasskit.ensembles.worker.calibrate", lambda target, settings: worker.pipelines.Cost(10.0, 1.0, 1.0)
    )

    class Slow(SerialExecutor):
        def submit(self, fn, /, *args, **kwargs):
            if fn.__name__ == "make_sample":
                now[0] += 10.0
            return super().submit(fn, *args, **kwargs)

    result = serially(recipe, tmp_path, executor=Slow(), max_time=35.0)
    assert (result.made, result.left, result.stopped) == (3, 13, "time")
    assert "no time left for another one" in closing_line(result)
    assert [sample.index for sample in read_shard(shard_path(tmp_path / "a", 0)).samples] == [0, 1, 2]


def test_work_in_flight_is_dropped_at_the_end_of_the_time(tmp_path, toy_text):
    class Never(SerialExecutor):
        def submit(self, fn, /, *args, **kwargs):
            return Future() if fn.__name__ == "make_sample" else super().submit(fn, *args, **kwargs)

    recipe = parse_recipe(toy_text, source="toy.toml")
    result = serially(recipe, tmp_path, executor=Never(), max_time=0.3)
    assert (result.made, result.stopped) == (0, "time")


def test_a_signal_before_the_first_sample_ends_cleanly(tmp_path, toy_recipe):
    class Interrupted(SerialExecutor):
        def submit(self, fn, /, *args, **kwargs):
            os.kill(os.getpid(), signal.SIGINT)
            return Future()

    result = serially(toy_recipe, tmp_path / "out", executor=Interrupted())
    assert (result.made, result.left, result.stopped) == (0, 16, "SIGINT")
    assert closing_line(result) == "0 samples made, 16 left: interrupted; the same command goes on from here."
    assert not (tmp_path / "out").exists()


def test_a_dead_worker_is_one_sentence(tmp_path, toy_recipe):
    class Dying(SerialExecutor):
        def submit(self, fn, /, *args, **kwargs):
            if fn.__name__ != "make_sample":
                return super().submit(fn, *args, **kwargs)
            future = Future()
            future.set_exception(BrokenExecutor("gone"))
            return future

    with pytest.raises(GlasskitError, match="a worker process died"):
        serially(toy_recipe, tmp_path, executor=Dying())


def test_workers_have_one_thread_and_the_environment_is_put_back(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "2")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    with spawned_pool(1) as pool:
        found = [pool.submit(os.getenv, name).result() for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")]
        libraries = pool.submit(threadpool_info).result()  # as numpy found the environment when it was loaded
        ignored = pool.submit(signal.getsignal, signal.SIGINT).result()
    assert found == ["1", "1"]
    assert [entry["num_threads"] for entry in libraries] == [1] * len(libraries)
    assert libraries
    assert ignored == signal.SIG_IGN
    assert os.environ["OMP_NUM_THREADS"] == "3"
    assert "MKL_NUM_THREADS" not in os.environ


def test_workers_must_be_at_least_one(tmp_path, toy_recipe):
    with pytest.raises(InputError, match="number of workers is 0"):
        run(toy_recipe, tmp_path, workers=0, report=quiet)


def test_progress_speaks_of_rate_and_time_left(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("glasskit.ensembles.progress.time.monotonic", lambda: now[0])
    stream = io.StringIO()
    progress = Progress(100, stream)
    for _ in range(25):
        now[0] += 1.0
        progress.advance()
    progress.finish()
    assert stream.getvalue().splitlines() == [
        "10/100 samples, 3600 per hour, 90 s left".replace("90 s", "1.5 min"),
        "20/100 samples, 3600 per hour, 80 s left",
    ]
    assert (duration(42), duration(9000), duration(200000)) == ("42 s", "2.5 h", "2.3 d")
    assert (size(1200), size(5.6e10), size(2e12)) == ("1.2 kB", "56.0 GB", "2.0 TB")


def test_progress_redraws_one_line_on_a_terminal(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    now = [0.0]
    monkeypatch.setattr("glasskit.ensembles.progress.time.monotonic", lambda: now[0])
    stream = Terminal()
    progress = Progress(3, stream)
    for _ in range(3):
        now[0] += 1.0
        progress.advance(failed=True)
    progress.say("a message")
    progress.finish()
    lines = stream.getvalue().split("\n")
    assert lines[0].count("\r") == 5
    assert lines[0].endswith("\ra message")
    assert lines[1] == "\r3/3 samples, 3 failed, 3600 per hour, 0 s left"
