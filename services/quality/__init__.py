"""Quality control and release: what a run yielded, what was found in it, and who released it for what."""
