"""What a service's /metrics says, read from Prometheus' text format."""
import collections
import re
import urllib.request

SAMPLE = re.compile(r"^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')
PARTS = {"histogram": ("_bucket", "_sum", "_count"), "summary": ("_sum", "_count")}


class MetricsPage:
    """One scrape: `families` has (type, help, names of labels) by name, `samples` values by (name, labels)."""

    def __init__(self, port):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            text = answer.read().decode()
        types, helps, labels, self.samples = {}, {}, collections.defaultdict(set), {}
        for line in text.splitlines():
            if line.startswith("# TYPE "):
                _, _, name, types[name] = line.split(" ", 3)
            elif line.startswith("# HELP "):
                _, _, name, helps[name] = line.split(" ", 3)
            elif line and not line.startswith("#"):
                name, given, value = SAMPLE.match(line).groups()
                found = dict(LABEL.findall(given or ""))
                self.samples[name, frozenset(found.items())] = float(value)
                labels[self._family(name, types)] |= set(found) - {"le", "quantile"}
        self.families = {name: (types[name], helps.get(name, ""), tuple(sorted(labels[name]))) for name in types}

    @staticmethod
    def _family(name, types):
        return next((stem for stem, kind in types.items()
                     if name in [stem + part for part in PARTS.get(kind, ())]), name)

    def value(self, name, **labels):
        return self.samples.get((name, frozenset(labels.items())), 0.0)

    def by_label(self, name, label, **labels):
        """Values of a family by one of its labels, where the other labels are as given."""
        return {dict(found)[label]: value for (sample, found), value in self.samples.items()
                if sample == name and labels.items() <= dict(found).items()}
