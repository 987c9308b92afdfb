"""IDocs over HTTP, for systems without OData: read as SAP posts them, written as SAP takes them."""
