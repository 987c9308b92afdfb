"""The control tower: the board of all doses, and the incidents that endanger them."""
