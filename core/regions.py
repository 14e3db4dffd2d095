"""The regions of Kyrgyzstan: seven oblasts and two cities. Names live in the catalogues."""

REGIONS: tuple[str, ...] = (
    "batken",
    "jalal_abad",
    "issyk_kul",
    "naryn",
    "osh",
    "talas",
    "chuy",
    "bishkek_city",
    "osh_city",
)
