"""What citizens report: received by anybody, checked in a sandbox, answered by a clerk."""
