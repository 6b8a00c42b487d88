"""Use cases: one verb of the business each, written against ports."""
