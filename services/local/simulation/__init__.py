"""A simulated stretch of days on the whole gateway: seeded orders, faults and rescue, through its public doors."""
