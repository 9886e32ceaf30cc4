#!/usr/bin/env python3
"""Prints "PASSED FAILED" over the result files of one tier: GoogleTest, pytest and ctest XML in one folder.

ctest sees a GoogleTest binary as one test; where that binary left its own file, its cases count instead. A binary
that died before writing it counts as ctest saw it. A skipped test counts as failed: nothing is skipped silently.
"""
import sys
import xml.etree.ElementTree as xml
from pathlib import Path


def outcome(case):
    """'passed', 'failed', or None for a case that was switched off on purpose (GoogleTest's DISABLED_)."""
    if case.get("status") in ("notrun", "disabled"):
        return None
    if case.get("result") == "skipped" or case.find("skipped") is not None:
        print(f"skipped: {case.get('classname', '')} {case.get('name')}", file=sys.stderr)
        return "failed"
    if case.find("failure") is not None or case.find("error") is not None or case.get("status") == "fail":
        return "failed"
    return "passed"


def main():
    counts = {"passed": 0, "failed": 0, None: 0}
    folder = Path(sys.argv[1])
    ctest = folder / "ctest.xml"
    for path in folder.glob("*.xml"):
        if path != ctest:
            for case in xml.parse(path).iter("testcase"):
                counts[outcome(case)] += 1
    if ctest.exists():
        for case in xml.parse(ctest).iter("testcase"):
            own_file = folder / f"{case.get('name')}.xml"
            passed = outcome(case) == "passed"
            if not own_file.exists() or (not passed and not any(
                    outcome(inner) == "failed" for inner in xml.parse(own_file).iter("testcase"))):
                counts["passed" if passed else "failed"] += 1
    print(counts["passed"], counts["failed"])


if __name__ == "__main__":
    main()
