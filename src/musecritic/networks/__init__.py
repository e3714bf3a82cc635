"""What the networks of both systems are built of."""
