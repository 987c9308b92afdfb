"""The objects of a small organisation that orders doses: invented, as each organisation names its own."""

from adapters.sandbox.salesforce.fields import OrgField, OrgObject, objects_of

ORDER_STATES = ("Requested", "Confirmed", "Cancelled", "Completed")
DOSE_STATES = ("Held", "Confirmed", "Produced", "Released", "Rejected", "Shipped", "Delivered", "Cancelled")

DOSE_ORDER = OrgObject(
    "Dose_Order__c",
    "a0B",
    (
        OrgField("Name", length=80, may_create=False, may_update=False),
        OrgField("External_Reference__c", length=64, external_id=True, unique=True),
        OrgField("Product__c", length=100, required=True),
        OrgField("Site__c", length=100, required=True),
        OrgField("Patient_Reference__c", length=40, visible=False),
        OrgField("Administration__c", "datetime"),
        OrgField("Activity_MBq__c", "double", precision=12, scale=3),
        OrgField("Status__c", "picklist", words=ORDER_STATES),
        OrgField("Comment__c", "textarea", length=1000),
    ),
)
DOSE = OrgObject(
    "Dose__c",
    "a0C",
    (
        OrgField("Name", length=80, may_create=False, may_update=False),
        OrgField("Slot__c", length=80, external_id=True, unique=True, case_sensitive=True),
        OrgField("Dose_Order__c", "reference", length=18, refers_to="Dose_Order__c"),
        OrgField("Order_Reference__c", length=64, external_id=True),  # not unique: an order may have several doses
        OrgField("Status__c", "picklist", words=DOSE_STATES),
        OrgField("Run__c", length=100),
        OrgField("Batch__c", length=100),
        OrgField("Calibration__c", "datetime"),
        OrgField("Delivery__c", "datetime"),
        OrgField("Activity_MBq__c", "double", precision=12, scale=3),
        OrgField("Revision__c", "double", precision=18, scale=0),
        OrgField("Released__c", "boolean"),
    ),
)
OBJECTS = objects_of(DOSE_ORDER, DOSE)
