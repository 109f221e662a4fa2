"""Papers for a case file, as drafts: people check them, complete them and sign them elsewhere."""
