"""Distribution: shipments on the planned network, what couriers tell of them, and what that means."""
