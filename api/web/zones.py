"""The zone of times that belong to no one station."""

from zoneinfo import ZoneInfo

COUNTRY_ZONE = ZoneInfo("Asia/Bishkek")
