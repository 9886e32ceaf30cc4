"""Times that the documents promise: waiting for what must come about, and judging how long it took; calls at once."""
import statistics
import threading
import time

PATIENCE_SECONDS = 20
ROUNDS = 3


def seconds_until(check):
    """How long it took until `check` held; a failure when it never does."""
    began = time.monotonic()
    while not check():
        assert time.monotonic() - began < PATIENCE_SECONDS, "it does not come about"
        time.sleep(0.01)
    return time.monotonic() - began


def kept(what, seconds, promise):
    """The promise is kept as a rule: a pause of the machine in one of the rounds does not break it."""
    print(f"{what} after {', '.join(f'{s:.2f}' for s in seconds)} s")
    assert statistics.median(seconds) <= promise, f"{what} only after {seconds} s"


def at_once(*calls):
    """The results of the calls, begun at the same moment on threads of their own."""
    barrier, results = threading.Barrier(len(calls)), [None] * len(calls)

    def run(i):
        barrier.wait()
        results[i] = calls[i]()
    threads = [threading.Thread(target=run, args=(i,)) for i in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
