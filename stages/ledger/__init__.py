"""The ledger: intervals, comparisons, claims with their verdicts, figures across variants."""
