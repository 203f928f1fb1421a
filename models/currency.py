"""Currencies: the codes of ISO 4217 that money is kept in, and how many places each has behind the point."""

from decimal import Decimal

DIGITS = 18
PLACES = 4
"""What the columns of the ledger hold: as many places as the currency that has most."""

_TWO = """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC
    CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES
    KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR
    NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT
    TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD YER ZAR ZMW ZWG
"""
_OTHERS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
SCALES: dict[str, int] = dict.fromkeys(_TWO.split(), 2) | {
    code: scale for scale, codes in _OTHERS.items() for code in codes.split()
}


def in_places(amount: Decimal, currency: str) -> Decimal:
    """The amount with the places of its currency; what does not fit into them is an error of ours."""
    rounded = amount.quantize(Decimal(1).scaleb(-SCALES[currency]))
    if rounded != amount:
        raise ArithmeticError(f"{amount} is no amount of {currency}")
    return rounded


def fits(amount: Decimal, currency: str) -> bool:
    """Whether the amount has no more places than its currency."""
    exponent = amount.normalize().as_tuple().exponent
    return isinstance(exponent, int) and -exponent <= SCALES[currency]
