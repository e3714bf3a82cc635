"""Training MusicBrain; nothing here is needed to use it."""
