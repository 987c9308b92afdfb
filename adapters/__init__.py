"""What translates: each adapter turns one outside system into one of the proto ports and back."""

import services as services  # sets up gRPC, before anything here imports it
