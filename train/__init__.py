"""Offline work: exports in, a published checkpoint out. Never imports bot."""
