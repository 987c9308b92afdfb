"""Function modules (BAPIs) over SOAP, for systems without OData: called by the WSDL that the customer's system made."""
