"""What music is here: notes, pieces, clips and rolls, and how they are read and written."""
