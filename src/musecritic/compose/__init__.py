"""Composing with nothing but a critic: every note is the critic's choice (seed, section 6)."""
