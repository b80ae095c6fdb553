"""From a recipe to an ensemble: read it, make its samples in parallel, store them in shards, read them back.

Here live recipes (`recipe`, `tables`), the pipelines that turn a recipe into one sample (`pipelines`), the shards
and the ensembles read from them (`files`, `shards`, `folder`, `store`), the run itself (`run`, `session`, `worker`,
`executors`, `progress`, `estimate`, `status`) and provenance. No physics lives here except in `pipelines`, which
calls the rooms below; statistics live in `glasskit.analysis`, tables and figures in `glasskit.report`.
"""
