"""A stream of set-points, as a test reads it."""


class Stream:
    """A stream of set-points and what it has told so far."""

    def __init__(self, system, subject="owner-1", **fields):
        self.schema = system.schema
        self.messages = system.api("ControlService", subject).stream("ControlService/WatchSetpoints", fields, timeout=60)
        self.orders, self.points, self.removed, self.token, self.count = [], {}, [], None, 0

    def next(self):
        return self.schema.to_dict(next(self.messages))

    def until_complete(self):
        """Reads on until all that holds has been told; returns the DERs that were told of."""
        told = []
        while True:
            message = self.next()
            self.orders += message.get("orders", [])
            self.removed += message.get("removed_der_ids", [])
            for point in message.get("setpoints", []):
                self.points[point["der_id"]] = point
                told.append(point["der_id"])
            self.token = message.get("resume_token", self.token)
            self.holds_until = message["holds_until"]
            if message.get("complete"):
                return told

    def power(self, der_id):
        return self.points[der_id]["power_kw"]

    def close(self):
        self.messages.cancel()
