// Clusters share the machine's few processors: one at a time is faster than several.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]
