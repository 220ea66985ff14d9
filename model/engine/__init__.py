"""Generation for many conversations at once: sequences in, tokens out."""
