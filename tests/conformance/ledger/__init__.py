"""The ledger of slotting and the twin that capacity is tested with: both must answer a cut alike."""
