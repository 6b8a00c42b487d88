"""How facts become rows: locks, rules, numbers, one writer a kind of fact, kept sums, and the chain's next link."""
