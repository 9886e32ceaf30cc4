"""Times as requests write them, and the hours they are counted in."""
import datetime
import time


def iso(when):
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def full_hour(offset_hours=0):
    now = datetime.datetime.now(datetime.timezone.utc).replace(minute=0, second=0, microsecond=0)
    return now + datetime.timedelta(hours=offset_hours)


def await_an_hour_that_lasts(seconds):
    """When less than that is left of the hour, the next one."""
    now = datetime.datetime.now(datetime.timezone.utc)
    left = 3600 - 60 * now.minute - now.second - now.microsecond / 1e6
    if left < seconds:
        time.sleep(left + 0.1)
