"""Accounts, roles, sessions: who somebody is and what he may do."""
