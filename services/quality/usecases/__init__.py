"""Load, decide, save: what quality does when it is asked, and when it hears."""
