"""The critic: networks, training, evaluation, inference, verdicts."""
