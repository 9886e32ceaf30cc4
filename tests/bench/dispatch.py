"""The fleet engine against linear programming: docs/dispatch-fleet.md. Run by tests/bench/dispatch.

Ratios are of processor seconds, taken in one run; "> limit" is a lower bound: the peer had not finished.
"""
import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile

PROGRAM = pathlib.Path(os.environ.get("DERMS_BUILD_DIR", "build")) / "bench" / "fleet_dispatch"
HEAD_TO_HEAD = (("10000x96", 1000, 3000), ("10000x24", 250, 1000))  # size, ratio that must be, ratio aimed at
NESTED = (("feeders", "100000x96"), ("coupled", "100000x96"))  # regions below others: profile and size
PROFILES = ("default", "catalogue", "storage55", "peak2", "reserve35", "sustain", "flat", "ramp", "identical", "scarce")
PEER_LIMIT_SECONDS = 600


def say(**line):
    print(json.dumps(line), flush=True)


def run_program(*arguments):
    """The line that one solve prints."""
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{PROGRAM.name}: {done.stdout}{done.stderr}")
    return json.loads(done.stdout)


def shape(size, seed, profile="default", regions=0):
    devices, intervals = size.split("x")
    return ("--devices", devices, "--intervals", intervals, "--seed", seed, "--profile", profile, "--regions", regions)


def run_engine(size, seed, profile="default", regions=0, threads=1, gap=1e-3):
    line = run_program(*shape(size, seed, profile, regions), "--threads", threads, "--gap", gap)
    if "error" in line or not line["checker"]["valid"]:
        sys.exit(f"the schedule is refused: {line}")
    line["host_load"] = os.getloadavg()[0]
    say(**line)
    return line


def run_peer(peer, size, seed, limit):
    """Processor seconds of a linear programming solver on the same problem."""
    if peer == "clp":
        line = run_program(*shape(size, seed), "--solver", "clp", "--time-limit", limit)
    else:
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "program"
            line = run_program(*shape(size, seed), "--write-lp", path)
            done = subprocess.run([sys.executable, __file__, "--solve-with-highs", path, "--peer-limit", str(limit)],
                                  capture_output=True, text=True, check=True)
        line.update(json.loads(done.stdout.splitlines()[-1]))
    line["host_load"] = os.getloadavg()[0]
    say(**line)
    return line


def read_program(path):
    """What fleet_dispatch --write-lp wrote, as a HiGHS model."""
    import highspy
    import numpy

    raw = path.read_bytes()
    rows, columns, elements = numpy.frombuffer(raw, numpy.int64, 3)
    position = 24

    def take(kind, count):
        nonlocal position
        values = numpy.frombuffer(raw, kind, count, position)
        position += 8 * count
        return values

    program = highspy.HighsLp()
    program.num_row_, program.num_col_ = int(rows), int(columns)
    program.offset_ = float(take(numpy.float64, 1)[0])
    program.col_lower_, program.col_upper_, program.col_cost_ = (take(numpy.float64, columns) for _ in range(3))
    program.row_lower_, program.row_upper_ = (take(numpy.float64, rows) for _ in range(2))
    row, column, value = take(numpy.int64, elements), take(numpy.int64, elements), take(numpy.float64, elements)
    order = numpy.argsort(column, kind="stable")
    program.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    program.a_matrix_.start_ = numpy.concatenate(([0], numpy.cumsum(numpy.bincount(column, minlength=columns))))
    program.a_matrix_.index_, program.a_matrix_.value_ = row[order], value[order]
    return program


def solve_with_highs(path, limit):
    import highspy

    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("solver", "simplex")
    solver.setOptionValue("parallel", "off")
    solver.setOptionValue("time_limit", float(limit))
    solver.passModel(read_program(path))
    before = resource.getrusage(resource.RUSAGE_SELF)
    solver.run()
    after = resource.getrusage(resource.RUSAGE_SELF)
    finished = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    say(solver=f"highs {solver.version()}", cpu_seconds=after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        finished=finished, cost_usd=solver.getInfo().objective_function_value if finished else None,
        peak_bytes_per_der=None)


def head_to_head(size, must, aim, options):
    """The engine against the best peer on the same instances: ratio of processor time, and that the bracket holds."""
    ratios, gaps, finished = [], [], []
    for seed in options.seeds:
        engine = run_engine(size, seed)
        gaps.append(engine["gap"])
        peers = [run_peer(peer, size, seed, options.peer_limit) for peer in options.peers]
        for peer in peers:
            if peer["finished"] and not engine["lower_bound_usd"] <= peer["cost_usd"] * (1 + 1e-6) <= engine["cost_usd"] * (
                    1 + 2e-6):
                sys.exit(f"the optimum is not between bound and cost: {engine} {peer}")
        if peers:
            best = min(peers, key=lambda line: line["cpu_seconds"])
            ratios.append(best["cpu_seconds"] / engine["cpu_seconds"])
            finished.append(best["finished"])
    figure = {"figure": f"dispatch_cpu_ratio_{size}", "gap": statistics.median(gaps), "gap_must": 1e-3,
              "seeds": len(options.seeds)}
    if ratios:
        ratio = round(statistics.median(ratios), 1)
        figure.update(ratio=ratio if all(finished) else f"> {ratio}", must=must, aim=aim, peers=options.peers)
    say(**figure)


def run_all(options):
    for size, must, aim in HEAD_TO_HEAD:
        if size in options.sizes:
            head_to_head(size, must, aim, options)
    for size in options.sizes:
        if size not in {name for name, _, _ in HEAD_TO_HEAD} and size != "1000000x96":
            head_to_head(size, None, None, options)
    if "1000000x96" in options.sizes:
        line = run_engine("1000000x96", options.seeds[0], regions=10, threads=2, gap=2e-3)
        say(figure="dispatch_million", wall_seconds=line["wall_seconds"], must=5, aim=1.5, gap=line["gap"],
            gap_must=2e-3, gap_aim=1e-3)
        say(figure="dispatch_bytes_per_der", bytes=round(line["peak_bytes_per_der"]), must=300, aim=250)
    for profile, size in NESTED if options.nested else ():
        line = run_engine(size, options.seeds[0], profile, threads=2)
        say(figure=f"dispatch_{profile}_{size}", wall_seconds=line["wall_seconds"], aim=10, gap=line["gap"], gap_aim=3e-3)
    gaps = {profile: max(run_engine(options.profile_size, seed, profile)["gap"] for seed in options.seeds)
            for profile in options.profiles}
    scarce = gaps.pop("scarce", None)
    if gaps:
        worst = max(gaps, key=gaps.get)
        say(figure="dispatch_worst_gap", gap=gaps[worst], profile=worst, must=2e-3, aim=1e-3)
    if scarce is not None:
        say(figure="dispatch_gap_scarce", gap=scarce, aim=5e-3)


def run_rolling():
    """Re-solves one step later against solves from scratch."""
    program = PROGRAM.with_name("fleet_rolling")
    for devices in (10000, 100000):
        for passed in (0, 1):
            done = subprocess.run([program, "--devices", str(devices), "--passed", str(passed)], capture_output=True,
                                  text=True, check=True)
            say(**json.loads(done.stdout))
    problems = subprocess.run([PROGRAM.with_name("problem_rolling"), "--devices", "100000"], capture_output=True, text=True,
                              check=True)
    for line in problems.stdout.splitlines():
        say(**json.loads(line))


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--sizes", nargs="*", default=["10000x96", "10000x24", "1000000x96"],
                        help="devices x intervals; against the peers but for a million")
    parser.add_argument("--profiles", nargs="*", default=list(PROFILES))
    parser.add_argument("--nested", action=argparse.BooleanOptionalAction, default=True,
                        help="100,000 x 96 behind 1,000 feeders, and in three areas below a common limit")
    parser.add_argument("--profile-size", default="10000x96")
    parser.add_argument("--peers", nargs="*", choices=["clp", "highs"], default=["clp", "highs"])
    parser.add_argument("--peer-limit", type=float, default=PEER_LIMIT_SECONDS, help="seconds for each peer's solve")
    parser.add_argument("--solve-with-highs", type=pathlib.Path, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    given = parse_options()
    if given.solve_with_highs:
        solve_with_highs(given.solve_with_highs, given.peer_limit)
    else:
        run_all(given)
        run_rolling()
