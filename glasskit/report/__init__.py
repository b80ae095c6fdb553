"""Reports: tables, figures and files that combine several analyses of an output folder.

Here lives what `glasskit analyse` does (`command`): open the curves of a folder (`opening`), reduce them (`tapering`,
`windows`, `stresses`), put them in words (`text`), in files (`files`) and in pictures (`figures`, `stress_figure`).
What does not live here: statistics, which are in `glasskit.analysis`, and the samples themselves, which are in
`glasskit.ensembles`.
"""

from .command import analyse

__all__ = ["analyse"]
