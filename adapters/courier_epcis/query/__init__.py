"""The query interface of EPCIS 2.0: the query language, named queries, and subscriptions to them."""
