"""The fleet simulator (tests/sim) as a process beside a System."""
import json
import signal
import subprocess
import threading

from derms_system import BUILD


class Simulator:
    """Runs until close(); its JSON lines arrive in `lines` by event."""

    def __init__(self, system, subject="operator-1", **options):
        token_file = system.folder / f"simulator-{subject}.jwt"
        token_file.write_text(system.token(subject))
        arguments = {"registry": f"localhost:{system.ports['registry']}", "ca": system.folder / "ca.pem",
                     "emergency": f"localhost:{system.ports['emergency']}", "token-file": token_file, **options}
        flags = [f"--{name.replace('_', '-')}={value}" for name, value in arguments.items()]
        self.lines, self._news = [], threading.Condition()
        self.process = subprocess.Popen([BUILD / "bin" / "derms-sim", *flags], stdout=subprocess.PIPE, text=True)
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            with self._news:
                self.lines.append(json.loads(line))
                self._news.notify_all()
        with self._news:
            self.lines.append({"event": "exit"})
            self._news.notify_all()

    def wait_for(self, event, after=0, seconds=60):
        """The first line of this event behind the first `after` lines."""
        def found():
            return next((line for line in self.lines[after:] if line["event"] in (event, "exit")), None)
        with self._news:
            assert self._news.wait_for(found, seconds), f"no '{event}' among {self.lines}"
            assert found()["event"] == event, f"the simulator ended: {self.lines}"
            return found()

    def report(self):
        after = len(self.lines)
        self.process.send_signal(signal.SIGUSR1)
        return self.wait_for("report", after)

    def close(self):
        """Its last line."""
        self.process.terminate()
        self.process.wait(30)
        self._reader.join()
        assert self.process.returncode == 0
        return self.wait_for("end")

    def destroy(self):
        if self.process.poll() is None:
            self.process.kill()
        self._reader.join()
