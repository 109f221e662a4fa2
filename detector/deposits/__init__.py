"""Deposit hypotheses: state machine, rejection rules, score, back-tracing, merge."""
