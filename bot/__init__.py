"""Chat platforms in, replies out. Never imports torch, directly or indirectly."""
