"""SAP S/4HANA: its OData V2 services, read and written by what their own metadata say."""
