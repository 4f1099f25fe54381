#!/usr/bin/env python3
"""Stands in for gridata-job: does what `<GRIDATA_FAKE_DIR>/<job>` (or `<job>.<batch>`) says, and notes every call.

It may say: `done`, `exit N`, `exit N until K` (done from the K-th call of the same plan), `hold` (until somebody says
otherwise), `hang`, `stubborn` (hang, ignoring SIGTERM), `family` (hang with a child), `silent` (done without a report).
Without a file: done.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

folder = Path(os.environ["GRIDATA_FAKE_DIR"])
job, words = sys.argv[1], sys.argv[2:]
options = dict(zip(words[::2], words[1::2], strict=True))
call = {"options": options, "pid": os.getpid(), "environment": sorted(os.environ)}
with (folder / f"{job}.calls").open("a") as log:
    log.write(json.dumps(call) + "\n")
plan = folder / f"{job}.{options.get('--batch', '')}"
plan = plan if plan.exists() else folder / job
with plan.with_name(f"{plan.name}.count").open("a+") as counter:
    counter.write("x")
    counter.flush()
    count = counter.tell()
words = (plan.read_text() if plan.exists() else "done").split()
print(f"{job} began", flush=True)

if words[0] == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if words[0] == "family":
    child = subprocess.Popen(["sleep", "600"])
    (folder / f"{plan.name}.child").write_text(str(child.pid))
if words[0] in ("hold", "hang", "stubborn", "family"):
    (folder / f"{plan.name}.ready").write_text(str(os.getpid()))
while words[0] == "hold":
    time.sleep(0.05)
    words = plan.read_text().split() or words  # empty: it is being written just now
if words[0] in ("hang", "stubborn", "family"):
    time.sleep(600)
if words[0] == "exit" and not (len(words) > 2 and count >= int(words[3])):
    print(f"{job} did not succeed", file=sys.stderr)
    sys.exit(int(words[1]))
if words[0] != "silent":
    print(json.dumps({"job": job, "call": count, "options": options}))
