"""What speaks for a label, and whether the explanation is to be trusted."""
