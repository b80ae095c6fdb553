"""Runs in processes of their own: killed, interrupted, with one or two workers, on disks that fill up."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from glasskit.ensembles.executors import SerialExecutor, SpawnedPool
from glasskit.ensembles.recipe import parse_recipe
from glasskit.ensembles.run import run
from glasskit.ensembles.status import status
from glasskit.ensembles.store import differences

SLOW = """
kind = "toy"
seed = 11
[run]
shard_size = 3
[making]
wait = 0.03
fail_every = 7
[curves.a]
model.length = 30
glasses = 20
[curves.b]
model.length = 20
glasses = 14
"""


@pytest.fixture
def recipe_file(tmp_path):
    path = tmp_path / "slow.toml"
    path.write_text(SLOW)
    return path


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    run(parse_recipe(SLOW, source=""), folder, executor=SerialExecutor(), workers=1, report=lambda line: None)
    return folder


def shards(out):
    return sorted(out.rglob("shard-*.h5"))


def wait_for_shards(out, count, process):
    for _ in range(1200):
        if len(shards(out)) >= count:
            return
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    pytest.fail(f"no {count} shards in time")


def test_killed_at_several_moments_and_started_again(tmp_path, recipe_file, uninterrupted, command_line):
    """SIGKILL to the run alone: no shard is lost or changed, its workers leave too, the result is identical."""
    out = tmp_path / "out"
    for at in (1, 4, 6):
        process = command_line("run", recipe_file, "--out", out, "--workers", 2)
        wait_for_shards(out, at, process)
        children = children_of(process.pid)
        kill(process)
        assert_gone(children)
        finished = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in shards(out)}
    assert sum(entry.done for entry in status(out)) < 34
    process = command_line("run", recipe_file, "--out", out, "--workers", 2)
    output, errors = process.communicate()
    assert (process.returncode, errors) == (0, "")
    assert "the run is complete" in output
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in finished} == finished
    assert differences(uninterrupted, out) == []
    assert len(shards(out)) == len(shards(uninterrupted)) == 12
    assert list(out.rglob(".*.tmp")) == []


def kill(process):
    """SIGKILL to the run alone; its workers hold its output open, so that is not waited for."""
    process.kill()
    process.wait(timeout=20)
    process.stdout.close()
    process.stderr.close()


def children_of(pid):
    """Processes whose parent is ``pid``; none where there is no /proc."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(entry.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(entry.parent.name))
    return found


def assert_gone(pids):
    for _ in range(500):
        if not any(running(pid) for pid in pids):
            return
        time.sleep(0.01)
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    pytest.fail(f"processes {pids} outlived their parent")


def running(pid):
    """A process that has ended but was not waited for (its parent is gone) does not run."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs /proc to see the workers")
def test_workers_leave_with_a_killed_parent(tmp_path, recipe_file, command_line):
    process = command_line("run", recipe_file, "--out", tmp_path / "out", "--workers", 2)
    wait_for_shards(tmp_path / "out", 1, process)
    children = children_of(process.pid)
    assert len([pid for pid in children if running(pid)]) >= 2
    kill(process)
    assert_gone(children)


def test_one_and_two_workers_make_identical_shards(tmp_path, recipe_file, uninterrupted, command_line):
    for workers in (1, 2):
        process = command_line("run", recipe_file, "--out", tmp_path / str(workers), "--workers", workers)
        assert process.communicate()[1] == ""
    assert differences(tmp_path / "1", tmp_path / "2") == []
    assert differences(tmp_path / "1", uninterrupted) == []


def test_two_runs_at_once_do_not_harm_each_other(tmp_path, recipe_file, uninterrupted, command_line):
    out = tmp_path / "out"
    both = [command_line("run", recipe_file, "--out", out, "--workers", 1) for _ in range(2)]
    for process in both:
        assert process.communicate()[1] == ""
        assert process.returncode == 0
    assert differences(uninterrupted, out) == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_to_the_whole_group_ends_cleanly(tmp_path, recipe_file, uninterrupted, command_line, number, code):
    """As Ctrl-C does, and as batch systems do: run and workers get the signal at the same time."""
    out = tmp_path / "out"
    process = command_line("run", recipe_file, "--out", out, "--workers", 2, start_new_session=True)
    wait_for_shards(out, 2, process)
    os.killpg(process.pid, number)
    output, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (code, "")
    assert "the same command goes on from here" in output
    assert list(out.rglob(".*.tmp")) == []
    assert 6 <= sum(entry.done for entry in status(out)) < 34
    process = command_line("run", recipe_file, "--out", out, "--workers", 2)
    assert process.communicate()[1] == ""
    assert differences(uninterrupted, out) == []


def test_workers_killed_while_they_send_do_not_hang_the_run():
    """Half a message of 200 MB is on its way at most of these moments."""
    for delay in (0.06, 0.1, 0.14, 0.18):
        pool = SpawnedPool(1)
        pool.submit(os.getpid).result()
        pool.submit(bytes, 200_000_000)
        time.sleep(delay)
        abandoning = threading.Thread(target=pool.abandon, daemon=True)
        abandoning.start()
        abandoning.join(20)
        assert not abandoning.is_alive()


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 300 kB, or a skipped test where none can be mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small file system is not permitted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_one_sentence_and_nothing_is_half_written(tmp_path, small_disk, command_line):
    recipe = tmp_path / "big.toml"
    recipe.write_text(SLOW.replace("fail_every = 7", "payload = 4000"))  # 32 kB each, ten times what the toy states
    process = command_line("run", recipe, "--out", small_disk / "out", "--workers", 2)
    errors = process.communicate()[1]
    assert process.returncode == 2
    assert errors.endswith("cannot be written: No space left on device.\n")
    assert errors.count("\n") == 1
    assert list(small_disk.rglob(".*.tmp")) == []
    assert len(shards(small_disk)) >= 1
    assert sum(entry.damaged for entry in status(small_disk / "out")) == 0
    (small_disk / "fill").write_bytes(bytes(os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize))
    process = command_line("run", recipe, "--out", small_disk / "other", "--workers", 1)
    errors = process.communicate()[1]
    assert process.returncode == 2
    assert "free and the run needs about" in errors
    assert not (small_disk / "other").exists()


def test_an_unwritable_folder_is_one_sentence(tmp_path, recipe_file, command_line):
    folder = tmp_path / "locked"
    folder.mkdir()
    folder.chmod(0o555)
    prefix = ()
    if os.getuid() == 0:  # root may write anywhere
        if shutil.which("setpriv") is None:
            pytest.skip("run by root, and there is no setpriv to become somebody else")
        prefix = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
        for parent in (tmp_path, *tmp_path.parents):
            if not parent.stat().st_mode & 0o001:
                parent.chmod(parent.stat().st_mode | 0o011)
        readable = subprocess.run([*prefix, sys.executable, "-c", "import h5py"], capture_output=True, check=False)
        if readable.returncode:
            pytest.skip("nobody but root may run this Python")
    process = command_line("run", recipe_file, "--out", folder / "out", "--workers", 1, prefix=prefix)
    errors = process.communicate()[1]
    assert process.returncode == 2, errors
    assert errors.endswith("locked cannot be written: Permission denied.\n")
    assert errors.count("\n") == 1
    assert list(folder.iterdir()) == []
