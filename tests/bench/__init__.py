"""Speed, as figures: each bench measures its limit beside itself in the same run."""
