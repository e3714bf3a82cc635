"""What both systems' training runs share; nothing here is needed to use a network."""
