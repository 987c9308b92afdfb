"""IDocs as SAP sends them: the control record, an order, a delivery; written here, of no real system."""

ORDER = """\
<E1EDK01 SEGMENT="1"><CURCY>EUR</CURCY><BSART>NB</BSART><BELNR>4500000017</BELNR></E1EDK01>
<E1EDK03 SEGMENT="1"><IDDAT>012</IDDAT><DATUM>20261201</DATUM></E1EDK03>
<E1EDK03 SEGMENT="1"><IDDAT>002</IDDAT><DATUM>20261203</DATUM><UZEIT>000000</UZEIT></E1EDK03>
<E1EDKA1 SEGMENT="1"><PARVW>AG</PARVW><PARTN>17100001</PARTN></E1EDKA1>
<E1EDKA1 SEGMENT="1"><PARVW>WE</PARVW><PARTN>0017100002</PARTN></E1EDKA1>
<E1EDK02 SEGMENT="1"><QUALF>001</QUALF><BELNR>PO-7   </BELNR><DATUM>20261201</DATUM></E1EDK02>
<E1EDP01 SEGMENT="1"><POSEX>000010</POSEX><MENGE>1.000    </MENGE><MENEE>PCE</MENEE>
 <E1EDP20 SEGMENT="1"><WMENG>1.000</WMENG><EDATU>00000000</EDATU></E1EDP20>
 <E1EDP19 SEGMENT="1"><QUALF>001</QUALF><IDTNR>OURS-1</IDTNR></E1EDP19>
 <E1EDP19 SEGMENT="1"><QUALF>002</QUALF><IDTNR>LU177-DOSE</IDTNR></E1EDP19>
 <Z1DOSE SEGMENT="1"><PATIENT>P-17</PATIENT></Z1DOSE>
</E1EDP01>
"""
DELIVERY = """\
<E1EDL20 SEGMENT="1"><VBELN>0080000301</VBELN><VSTEL>1010</VSTEL><BOLNR>AWB-1</BOLNR>
 <E1EDL18 SEGMENT="1"><QUALF>ORI</QUALF></E1EDL18>
 <E1ADRM1 SEGMENT="1"><PARTNER_Q>AG</PARTNER_Q><PARTNER_ID>17100001</PARTNER_ID></E1ADRM1>
 <E1EDT13 SEGMENT="1"><QUALF>019</QUALF><NTANF>20261201</NTANF></E1EDT13>
 <E1EDT13 SEGMENT="1"><QUALF>006</QUALF><NTANF>20261202</NTANF><ISDD>20261202</ISDD><ISDZ>180500</ISDZ></E1EDT13>
 <E1EDL24 SEGMENT="1"><POSNR>000010</POSNR><MATNR>LU177-DOSE</MATNR><CHARG>B0001</CHARG><LFIMG>1.000</LFIMG>
  <E1EDL41 SEGMENT="1"><QUALI>001</QUALI><BSTNR>PO-7</BSTNR><POSEX>000010</POSEX></E1EDL41>
 </E1EDL24>
 <E1EDL24 SEGMENT="1"><POSNR>000020</POSNR><MATNR>TYPE-A</MATNR></E1EDL24>
 <E1EDL37 SEGMENT="1"><EXIDV>340123450000000017</EXIDV>
  <E1EDL44 SEGMENT="1"><VELIN>1</VELIN><VBELN>0080000301</VBELN><POSNR>000010</POSNR></E1EDL44>
 </E1EDL37>
 <E1EDL37 SEGMENT="1"><EXIDV>340123450000000024</EXIDV>
  <E1EDL44 SEGMENT="1"><VELIN>3</VELIN><EXIDV>340123450000000017</EXIDV></E1EDL44>
 </E1EDL37>
 <E1EDL37 SEGMENT="1"><EXIDV>340123450000000031</EXIDV>
  <E1EDL44 SEGMENT="1"><VELIN>1</VELIN><VBELN>0080000301</VBELN><POSNR>000020</POSNR></E1EDL44>
 </E1EDL37>
</E1EDL20>
"""
TERMS = {
    "sap": {"port": "SAPTST", "number": "TSTCLNT100"},
    "own": {"port": "DOSELANE", "number": "DOSELANE"},
    "zone": "Europe/Berlin",
}


def control(message_type: str = "ORDERS", number: str = "0000000000000701", **fields: str) -> str:
    """A control record as it comes out of SAP, made on 1 December 2026 at 06:15:30."""
    values = {
        "TABNAM": "EDI_DC40", "MANDT": "100", "DOCNUM": number, "DIRECT": "1", "IDOCTYP": "ORDERS05",
        "MESTYP": message_type, "SNDPOR": "SAPTST", "SNDPRT": "LS", "SNDPRN": "TSTCLNT100", "RCVPOR": "DOSELANE",
        "RCVPRT": "LS", "RCVPRN": "DOSELANE", "CREDAT": "20261201", "CRETIM": "061530", **fields,
    }  # fmt: skip
    said = "".join(f"<{name}>{value}</{name}>" for name, value in values.items())
    return f'<EDI_DC40 SEGMENT="1">{said}</EDI_DC40>'


def body(*idocs: tuple[str, str], declaration: str = '<?xml version="1.0" encoding="utf-8"?>') -> str:
    """A body with IDocs, each of a control record and its segments."""
    inside = "".join(f'<IDOC BEGIN="1">{head}{segments}</IDOC>' for head, segments in idocs)
    return f"{declaration}<ORDERS05>{inside}</ORDERS05>"


def enveloped(said: str, envelope: str = "http://schemas.xmlsoap.org/soap/envelope/") -> str:
    """The same as a port of type XML HTTP sends it that has SOAP switched on."""
    inside = said.partition("?>")[2].replace(
        "<ORDERS05>", '<ORDERS05 xmlns="urn:sap-com:document:sap:idoc:soap:messages">'
    )
    return f'<e:Envelope xmlns:e="{envelope}"><e:Header/><e:Body>{inside}</e:Body></e:Envelope>'
