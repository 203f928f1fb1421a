"""Currencies: the supported ISO 4217 codes and the number of decimal places of each."""

from decimal import Decimal

AMOUNT_PRECISION = 18
AMOUNT_SCALE = 4
"""The scale of the ledger's amount columns: the largest scale of any currency."""

_TWO_DECIMALS = """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC
    CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES
    KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR
    NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT
    TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD YER ZAR ZMW ZWG
"""
_OTHER_SCALES = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
CURRENCY_SCALES: dict[str, int] = dict.fromkeys(_TWO_DECIMALS.split(), 2) | {
    code: scale for scale, codes in _OTHER_SCALES.items() for code in codes.split()
}


def quantize_amount(amount: Decimal, currency: str) -> Decimal:
    """Return the amount with the scale of its currency. Raise ArithmeticError if that would round it."""
    rounded = amount.quantize(Decimal(1).scaleb(-CURRENCY_SCALES[currency]))
    if rounded != amount:
        raise ArithmeticError(f"{amount} has more decimal places than {currency}")
    return rounded


def fits_currency(amount: Decimal, currency: str) -> bool:
    """Return whether the amount has no more decimal places than its currency."""
    exponent = amount.normalize().as_tuple().exponent
    return isinstance(exponent, int) and -exponent <= CURRENCY_SCALES[currency]
