"""Stories through the public doors of the whole gateway."""
