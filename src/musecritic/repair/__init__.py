"""Proposals to mend music: found by the critic, tried, and written into the file itself."""
