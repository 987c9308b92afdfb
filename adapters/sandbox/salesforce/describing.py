"""How an object is described to a program."""

from typing import Any

from adapters.sandbox.salesforce.fields import OrgField, OrgObject

SOAP_TYPES = {"double": "xsd:double", "datetime": "xsd:dateTime", "date": "xsd:date", "boolean": "xsd:boolean"}


def described(made: OrgObject) -> dict[str, Any]:
    """The description of an object, without what the user does not see."""
    system = [OrgField("Id", "id", length=18, may_create=False, may_update=False)]
    system += [OrgField(each, "datetime", length=0, may_create=False, may_update=False)
               for each in ("CreatedDate", "LastModifiedDate")]  # fmt: skip
    return {
        "name": made.name,
        "label": made.name.removesuffix("__c").replace("_", " "),
        "keyPrefix": made.prefix,
        "custom": made.name.endswith("__c"),
        "createable": made.may_create,
        "updateable": made.may_update,
        "deletable": made.may_delete,
        "queryable": True,
        "fields": [_field(each) for each in (*system, *made.fields) if each.visible],
    }


def _field(known: OrgField) -> dict[str, Any]:
    is_number = known.type in ("double", "currency", "percent")
    return {
        "name": known.name,
        "type": known.type,
        "length": 0 if is_number or known.type in ("datetime", "date", "boolean") else known.length,
        "precision": known.precision if is_number else 0,
        "scale": known.scale if is_number else 0,
        "externalId": known.external_id,
        "idLookup": known.external_id or known.name == "Id",
        "unique": known.unique,
        "caseSensitive": known.case_sensitive,
        "nillable": not known.required and known.name not in ("Id", "CreatedDate", "LastModifiedDate"),
        "defaultedOnCreate": known.type == "boolean" or not known.may_create,
        "createable": known.may_create,
        "updateable": known.may_update,
        "restrictedPicklist": known.type == "picklist" and known.restricted,
        "picklistValues": [{"value": word, "label": word, "active": True} for word in known.words],
        "referenceTo": [known.refers_to] if known.refers_to else [],
        "relationshipName": f"{known.name[:-1]}r" if known.refers_to else None,
        "soapType": SOAP_TYPES.get(known.type, "xsd:string"),
    }
