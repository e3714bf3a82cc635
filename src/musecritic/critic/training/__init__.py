"""Training the critic: the only modules that need Lightning."""
