"""What third parties test their adapters with: books in memory, clocks, contract suites, strategies, the laws."""
