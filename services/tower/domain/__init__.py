"""The rules of the control tower: what is known, what threatens a dose, the verdict on it, incidents."""
