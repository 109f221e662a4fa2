"""Cases: what officers make of a confirmed event, step by step, within the law's time limits."""
