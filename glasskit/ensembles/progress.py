"""Progress of a run in words: done of all, glasses per hour, time left."""

from __future__ import annotations

import sys
import time
from typing import TextIO

_LINE_EVERY = 10.0  # seconds between lines where the output is a file
_REDRAW_EVERY = 0.2  # seconds between redrawings on a terminal


def duration(seconds: float) -> str:
    """Return a time span in the unit that suits it.

    >>> duration(42), duration(90), duration(9000), duration(200000)
    ('42 s', '1.5 min', '2.5 h', '2.3 d')
    """
    for limit, unit, name in ((90.0, 1.0, "s"), (5400.0, 60.0, "min"), (129600.0, 3600.0, "h")):
        if seconds < limit:
            return f"{seconds / unit:.0f} {name}" if unit == 1.0 else f"{seconds / unit:.1f} {name}"
    return f"{seconds / 86400.0:.1f} d"


def size(number_of_bytes: float) -> str:
    """Return a number of bytes in the unit that suits it.

    >>> size(1200), size(3.4e6), size(5.6e10)
    ('1.2 kB', '3.4 MB', '56.0 GB')
    """
    for limit, unit, name in ((1e6, 1e3, "kB"), (1e9, 1e6, "MB"), (1e12, 1e9, "GB")):
        if number_of_bytes < limit:
            return f"{number_of_bytes / unit:.1f} {name}"
    return f"{number_of_bytes / 1e12:.1f} TB"


class Progress:
    """One line that is redrawn on a terminal, a line every ten seconds elsewhere."""

    def __init__(self, total: int, stream: TextIO | None = None):
        self.total = total
        self.done = 0
        self.failed = 0
        self._stream = sys.stdout if stream is None else stream
        self._terminal = self._stream.isatty()
        self._start = self._shown = time.monotonic()
        self._width = 0

    def line(self) -> str:
        """Return the state of the run as one line."""
        elapsed = time.monotonic() - self._start
        words = f"{self.done}/{self.total} samples"
        if self.failed:
            words += f", {self.failed} failed"
        if self.done and elapsed > 0:
            rate = self.done / elapsed
            words += f", {3600 * rate:.0f} per hour, {duration((self.total - self.done) / rate)} left"
        return words

    def advance(self, *, failed: bool = False) -> None:
        """Count one more sample."""
        self.done += 1
        self.failed += failed
        self.show()

    def show(self) -> None:
        """Draw the line if it is time to."""
        now = time.monotonic()
        if now - self._shown < (_REDRAW_EVERY if self._terminal else _LINE_EVERY):
            return
        self._shown = now
        self._draw("\r" if self._terminal else "")

    def say(self, message: str) -> None:
        """Print a message without breaking the line."""
        if self._terminal and self._width:
            self._stream.write("\r" + " " * self._width + "\r")
            self._width = 0
        self._stream.write(message + "\n")
        self._stream.flush()

    def finish(self) -> None:
        """Leave the last state on the screen."""
        if self._terminal:
            self._draw("\r")
            self._stream.write("\n")
            self._stream.flush()

    def _draw(self, start: str) -> None:
        line = self.line()
        self._stream.write(start + line.ljust(self._width) + ("" if start else "\n"))
        self._width = len(line) if start else 0
        self._stream.flush()
