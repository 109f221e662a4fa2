"""The standing evaluation: the same films, drawn and filmed, quiet and under stress."""
