import numpy as np
import pytest
from report.synthetic import records, write_folder


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """Two curves of 20 good glasses each, in equilibrium; analyse it with ``out`` elsewhere."""
    rng = np.random.default_rng(11)
    contents = {"m2-cold": list(records(rng, 20, k=5.0)), "minf-hot": list(records(rng, 20, k=4.0, size=4.0))}
    return write_folder(tmp_path_factory.mktemp("folder") / "results", contents)


@pytest.fixture(scope="session")
def analysed(folder, tmp_path_factory):
    """Text and output folder of one analysis of ``folder``."""
    from glasskit.report import analyse

    out = tmp_path_factory.mktemp("analysed") / "deep" / "out"
    return analyse(folder.path, out=out), out


@pytest.fixture(scope="session")
def reports(folder):
    """The curves of ``folder``, reduced."""
    from glasskit.report.opening import open_curves
    from glasskit.report.tapering import reduce_curves

    return reduce_curves(open_curves(folder.path))
