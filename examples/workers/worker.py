#!/usr/bin/env python3
"""A worker of the laboratory in Python 3: sums squares. It speaks spec/lab-protocol.md."""
import os
import platform
import resource
import sys
import time

N, WORD = 1000, (1 << 64) - 1


def prepare(seed, calls):
    """An input for every call of a batch, not timed: SplitMix64, the same in every worker."""
    def number():
        nonlocal seed
        seed = seed + 0x9E3779B97F4A7C15 & WORD
        z = (seed ^ seed >> 30) * 0xBF58476D1CE4E5B9 & WORD
        z = (z ^ z >> 27) * 0x94D049BB133111EB & WORD
        return z ^ z >> 31
    return [[number() for _ in range(N)] for _ in range(calls)]


def run(inputs):
    """The work, once on each, and the digest of the results: FNV-1a over words. Timed."""
    digest = 0xCBF29CE484222325
    for numbers in inputs:
        total = sum(number * number for number in numbers) & WORD
        digest = (digest ^ total) * 0x100000001B3 & WORD
    return f"{digest:016x}"


def warm(seed, calls, nanoseconds):
    end, batches = time.monotonic_ns() + nanoseconds, 0
    while batches == 0 or time.monotonic_ns() < end:
        run(prepare(seed + batches & WORD, calls))
        batches += 1
    return f"ok\t{batches}"


def sample(seed, calls):
    inputs = prepare(seed, calls)
    faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    cpu, begin = time.process_time_ns(), time.monotonic_ns()
    digest = run(inputs)
    wall, cpu = time.monotonic_ns() - begin, time.process_time_ns() - cpu
    faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - faults
    return f"ok\t{wall}\t{cpu}\t{faults}\t{digest}"


def answer(command, *fields):
    match command, fields:
        case "hello", ["1"]:
            return "ok\tdiptych-worker\t1"
        case "list", []:
            python = f"{platform.python_implementation()} {platform.python_version()}"
            return (f"contestant\tpython\tpython\t{python}\t\tc\n"
                    "workload\texample\tsum_of_squares/u64\t1000\t0\t0\nok")
        case "open", ["python", "example", "sum_of_squares/u64", "1000"]:
            return "ok"
        case "check", [seed, calls]:
            return f"ok\t{run(prepare(int(seed), int(calls)))}"
        case "warm", [seed, calls, nanoseconds]:
            return warm(int(seed), int(calls), int(nanoseconds))
        case "sample", [seed, calls]:
            return sample(int(seed), int(calls))
        case "memory", [_]:
            return "error\tthe heap of an interpreter says nothing about the work"
    return "error\tnot a command of this worker"


answers = os.fdopen(os.dup(1), "w")  # the coordinator's; what the work prints goes elsewhere
os.dup2(2, 1)
for line in iter(sys.stdin.readline, ""):
    if line == "quit\n":
        break
    try:
        print(answer(*line.rstrip("\n").split("\t")), file=answers, flush=True)
    except ValueError as error:
        print(f"error\t{error}", file=answers, flush=True)
