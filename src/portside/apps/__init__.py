"""What is built on the protocols and comes with them: applications to try, and to learn from."""
