"""``portside queue``: what waits is shown, and sent."""
