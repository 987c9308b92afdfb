"""OData V2 as SAP Gateway speaks it: what a service has, how values are written, what an answer means. Pure."""
