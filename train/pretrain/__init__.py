"""Builds ``mini``, the embedded Japanese base model: open corpora in, ``model/mini`` out."""
