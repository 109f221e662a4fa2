"""The service: command line, database, evidence, pages."""
