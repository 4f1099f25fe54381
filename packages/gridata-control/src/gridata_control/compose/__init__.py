"""The platform on this machine by Docker Compose: what `gridata up`, `down`, `logs` and `status --services` do."""
