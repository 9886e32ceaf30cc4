"""Times as requests write them."""
import datetime


def iso(when):
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def full_hour(offset_hours=0):
    now = datetime.datetime.now(datetime.timezone.utc).replace(minute=0, second=0, microsecond=0)
    return now + datetime.timedelta(hours=offset_hours)
