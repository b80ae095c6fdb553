"""Curves of the KHGPS model that were never made, with numbers that follow known laws."""

from types import SimpleNamespace

from glasskit.analysis.bootstrap import BootstrapEstimate
from glasskit.analysis.exponents.verdict import ExponentVerdict
from glasskit.report.kinds import OSCILLATORS
from glasskit.report.oscillators.curve import OscillatorCurve


def khgps_curve(name, coupling, *, field=1e-3, kappa=(0.0, 1.0), size=400, kind="khgps"):
    """A curve of 20 instances that hold nothing."""
    model = {"size": size, "coupling": coupling, "field": field, "stiffness_range": list(kappa)}
    settings = {"model": model, "start": {"width": 0.0}}
    return OscillatorCurve(name, 20, OSCILLATORS[kind], [None] * 20, settings)


def exponents_with(prefactor, *, allowed=(3.0, 4.0), lowest=None, relative=0.02, count=8):
    """A verdict with that A_g of so many modes, a thousandth of all, and A_g of the lowest 1e-4."""
    verdict = object.__new__(ExponentVerdict)
    object.__setattr__(verdict, "prefactor", SimpleNamespace(value=prefactor, error=relative * prefactor, count=count))
    object.__setattr__(verdict, "comparison", SimpleNamespace(odds=lambda name: 1.0 if 4.0 in allowed else 1e3))
    object.__setattr__(verdict, "taper", None)
    windows = ()
    if lowest is not None:
        windows = (SimpleNamespace(fraction=1e-4, prefactor=SimpleNamespace(value=lowest, error=relative * lowest)),)
    return SimpleNamespace(verdict=verdict, windows=windows)


def states_with(mean_square, error):
    """States at the minimum of which only <x²> is known."""
    return SimpleNamespace(means={"mean_square": BootstrapEstimate(mean_square, error, 20, 1000, 1)})


def lines_of(axes, style, *, points=2):
    """Data of the lines of that style through so many points."""
    return [
        line.get_xydata().T
        for line in axes.get_lines()
        if line.get_linestyle() == style and len(line.get_xdata()) == points
    ]


def marks_of(axes):
    """Data of the points with error bars, and whether they are filled, in the order drawn."""
    lines = [container.lines[0] for container in axes.containers]
    return [(*line.get_xydata().T, line.get_markerfacecolor() == line.get_color()) for line in lines]


def legend_of(figure):
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]
