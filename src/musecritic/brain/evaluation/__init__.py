"""MusicBrain measured."""
