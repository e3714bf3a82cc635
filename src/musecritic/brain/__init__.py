"""MusicBrain: who or what composed it, in whose manner, and what speaks for that."""
