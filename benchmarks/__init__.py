"""Each bulk work of the books beside its peers, in one run on one machine: ``python -m benchmarks``."""
