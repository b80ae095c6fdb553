"""Reports: tables, figures and files that combine several analyses of an output folder.

Here lives what `glasskit analyse` does (`command`): open the curves of a folder, of any of the `kinds` there are
(`opening`), reduce them (`tapering`, `windows`, `stresses`), put them in words (`text`), in files (`files`, `encoding`)
and in pictures (`figures`, `stress_figure`). That is for glasses; those of coupled oscillators are in `oscillators`.
What only some samples hold, or only some ask for, is a `section` with words, rows and figures of its own: `verdicts`,
`elasticity`, `levels`, `excitations`, `temperature`, `stress_section`.
What does not live here: statistics, which are in `glasskit.analysis`, and the samples themselves, which are in
`glasskit.ensembles`.
"""

from .command import analyse

__all__ = ["analyse"]
