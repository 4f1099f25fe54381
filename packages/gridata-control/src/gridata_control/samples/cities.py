"""Cities of each country with one of their postal codes.

Not from Faker: its Italian cities come out of a set, so another process draws others from the same seed.
"""

from __future__ import annotations

CITIES: dict[str, tuple[tuple[str, str], ...]] = {
    "DE": (
        ("Berlin", "10115"),
        ("Hamburg", "20095"),
        ("München", "80331"),
        ("Köln", "50667"),
        ("Leipzig", "04109"),
        ("Frankfurt am Main", "60311"),
        ("Düsseldorf", "40213"),
        ("Stuttgart", "70173"),
        ("Görlitz", "02826"),
    ),
    "FR": (
        ("Paris", "75001"),
        ("Lyon", "69001"),
        ("Marseille", "13001"),
        ("Bordeaux", "33000"),
        ("Nîmes", "30000"),
        ("Lille", "59000"),
        ("Saint-Étienne", "42000"),
    ),
    "GB": (
        ("London", "EC1A 1BB"),
        ("Manchester", "M1 1AE"),
        ("Leeds", "LS1 4DY"),
        ("Bristol", "BS1 4ST"),
        ("Edinburgh", "EH1 1YZ"),
        ("Cardiff", "CF10 1EP"),
    ),
    "US": (
        ("New York", "10001"),
        ("Chicago", "60601"),
        ("Austin", "78701"),
        ("Seattle", "98101"),
        ("Boston", "02108"),
        ("Washington, D.C.", "20001"),
        ("San José", "95110"),
    ),
    "IT": (
        ("Roma", "00184"),
        ("Milano", "20121"),
        ("Torino", "10121"),
        ("Napoli", "80133"),
        ("Bologna", "40121"),
        ("L'Aquila", "67100"),
    ),
    "ES": (
        ("Madrid", "28001"),
        ("Barcelona", "08001"),
        ("Sevilla", "41001"),
        ("València", "46001"),
        ("A Coruña", "15001"),
    ),
    "NL": (
        ("Amsterdam", "1012 JS"),
        ("Rotterdam", "3011 AD"),
        ("Utrecht", "3511 AX"),
        ("'s-Hertogenbosch", "5211 AP"),
    ),
}
