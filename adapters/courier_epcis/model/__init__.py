"""EPCIS 2.0 in JSON-LD as models of our own, exactly as strict as GS1's JSON Schema."""
