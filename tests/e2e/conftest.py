import itertools
import pathlib
import sys

import pytest

sys.path[:0] = [str(pathlib.Path(__file__).parent), str(pathlib.Path(__file__).parents[1] / "tidy")]
from derms_api import ERRORS_SEEN  # noqa: E402
from derms_system import System, system_with_people  # noqa: E402
from error_hygiene import defects_of  # noqa: E402
from instants import await_an_hour_that_lasts  # noqa: E402

HOURS_ARE_COUNTED_SECONDS = 180  # longer than any file takes that asks for the hour throughout


@pytest.fixture(scope="session", autouse=True)
def every_error_is_clean():
    """R50: what any test of the run was refused with stands in docs/errors.md and tells nothing that is not for callers."""
    yield
    defects = defects_of(ERRORS_SEEN)
    print(f"{len({reason for _, reason, _ in ERRORS_SEEN})} different reasons seen")
    assert not defects, "\n".join(defects)


@pytest.fixture(scope="module", autouse=True)
def the_hour_lasts(request):
    """A file that counts in full hours from now does not begin when one is about to end."""
    if hasattr(request.module, "full_hour"):
        await_an_hour_that_lasts(HOURS_ARE_COUNTED_SECONDS)


@pytest.fixture(scope="session")
def system():
    with system_with_people() as it:
        yield it
        for name, process in it.processes.items():
            assert process.poll() is None, f"{name} ended during the tests:\n{it.log(name)[-3000:]}"


@pytest.fixture(scope="session")
def numbers():
    return itertools.count(1)


@pytest.fixture
def new_der(system, numbers):
    """Registers a DER and returns its id; fields override the defaults."""
    def make(owner="owner-1", **fields):
        return system.register(f"T-{next(numbers):06d}", owner_id=owner, **fields)
    return make


@pytest.fixture(scope="session")
def demo():
    """A system with the demo fleet: 36 DERs of six types, a year of series, all ONLINE; loaded by dermsctl."""
    it = System()
    try:
        it.set_up_people(regions=False)
        ctl = it.dermsctl("admin-1")
        files = pathlib.Path(__file__).resolve().parents[2] / "deploy" / "demo"
        ctl("regions", "import", files / "regions.csv")
        ctl("series", "import", files / "series_2020.csv", "--utc-offset", "-08:00")
        ctl("ders", "import", files / "fleet.csv")
        ctl("status", "set", "--all", "ONLINE")
        yield it
    finally:
        it.destroy()
