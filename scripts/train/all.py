"""Runs the whole chain, from labels to published models, and skips what is finished. Start it again after a kill: every step resumes.

python3 all.py --work W [--sim DIR ...] [--site DIR ...] [--jobs 2] [--steps detector=1600 loso=800 ...] [--only STEP ...]

A step is finished when W/<step>/done.json exists; delete the folder W/<step> to have it done again.
"""
import argparse
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from step import ROOT

HERE = Path(__file__).resolve().parent
CHAIN = {  # step: (script, steps that come before)
    "prepare": ("prepare.py", []),
    "teach": ("teach.py", ["prepare"]),
    "detector": ("train_detector.py", ["teach"]),
    "finder": ("train_finder.py", ["teach"]),
    "mine": ("mine.py", ["detector", "finder"]),
    "classifier": ("train_classifier.py", ["mine"]),
    "loso": ("loso.py", ["mine"]),
    "calibrate": ("calibrate.py", ["detector", "finder", "classifier", "loso"]),
    "int8": ("quantise.py", ["calibrate"]),
    "publish": ("publish.py", ["calibrate", "int8"]),
}
GRACE_S = 20  # for a step to end after SIGTERM


class Chain:
    def __init__(self, args):
        self.args, self.work, self.running = args, Path(args.work).resolve(), {}
        self.work.mkdir(parents=True, exist_ok=True)
        self.wanted = [s for s in CHAIN if s in (args.only or CHAIN) and s not in args.skip]
        self.log = open(self.work / "all.log", "a")

    def finished(self, step):
        return (self.work / step / "done.json").exists()

    def needs(self, step):
        before = CHAIN[step][1]
        return [b for b in before if not (step == "mine" and b == "detector" and self.args.mine_detector)]

    def ready(self, step):
        return all(self.finished(b) or b not in self.wanted for b in self.needs(step))

    def command(self, step):
        a = self.args
        extra = {"prepare": ["--data", a.data, "--sim", *a.sim, "--site", *a.site], "mine": ["--detector", a.mine_detector] if a.mine_detector else [],
                 "calibrate": ["--models", a.models], "int8": ["--models", str(self.work / "float")],
                 "publish": ["--models", a.models, "--model-version", a.model_version, "--float", *a.float]}.get(step, [])
        for option in ("steps", "init", "lr"):
            extra += [f"--{option}={pair.split('=', 1)[1]}" for pair in getattr(a, option) if pair.split("=", 1)[0] == step]
        return [sys.executable, str(HERE / CHAIN[step][0]), "--work", str(self.work), "--weights", a.weights, "--seed", str(a.seed), "--device", a.device, *extra]

    def say(self, text):
        print(text, flush=True)
        self.log.write(f"{time.strftime('%H:%M:%S', time.gmtime())} {text}\n")
        self.log.flush()

    def start(self, step):
        self.say(f"{step}: {' '.join(self.command(step)[1:])}")
        child = subprocess.Popen(self.command(step), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
        echo = threading.Thread(target=lambda: [self.say(f"{step}: {line.rstrip()}") for line in child.stdout], daemon=True)
        echo.start()
        self.running[step] = (child, echo)

    def stop(self):
        for child, _ in self.running.values():
            child.terminate()
        for child, _ in self.running.values():
            try:
                child.wait(GRACE_S)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()

    def run(self):
        for s in [s for s in self.wanted if self.finished(s)]:
            self.say(f"{s}: finished before; skipped")
        try:
            while True:
                for step, (child, echo) in list(self.running.items()):
                    if child.poll() is not None:
                        echo.join(5)
                        del self.running[step]
                        if child.returncode or not self.finished(step):
                            raise SystemExit(f"{step}: failed (exit {child.returncode}); see {self.work}/all.log, mend it and start again")
                left = [s for s in self.wanted if not self.finished(s) and s not in self.running]
                for step in [s for s in left if self.ready(s)][:max(0, self.args.jobs - len(self.running))]:
                    self.start(step)
                if not self.running:
                    return left
                time.sleep(0.5)
        finally:
            self.stop()


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    ap.add_argument("--work", default=str(ROOT.parent / "anqi-train")), ap.add_argument("--data", default=str(ROOT.parent / "shared/data"))
    ap.add_argument("--weights", default=str(ROOT.parent / "shared/weights")), ap.add_argument("--models", default=str(ROOT / "models"))
    ap.add_argument("--model-version", default="0.0.0-local"), ap.add_argument("--seed", type=int, default=1), ap.add_argument("--device", default="auto")
    ap.add_argument("--sim", nargs="*", default=[]), ap.add_argument("--site", nargs="*", default=[])
    ap.add_argument("--steps", nargs="*", default=[], metavar="STEP=N", help="training steps other than the defaults")
    ap.add_argument("--init", nargs="*", default=[], metavar="STEP=FILE", help="fine-tune from a checkpoint or a published model")
    ap.add_argument("--lr", nargs="*", default=[], metavar="STEP=RATE", help="learning rates other than the defaults")
    ap.add_argument("--mine-detector", default="", metavar="FILE", help="mine with this detector and do not wait for the new one")
    ap.add_argument("--float", nargs="*", default=[], metavar="NAME", help="networks that are published as float32")
    ap.add_argument("--only", nargs="*", choices=list(CHAIN)), ap.add_argument("--skip", nargs="*", default=[], choices=list(CHAIN))
    ap.add_argument("--jobs", type=int, default=2, help="steps side by side")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    args = ap.parse_args()
    for pair in args.steps + args.init + args.lr:
        if pair.partition("=")[0] not in ("detector", "finder", "classifier", "loso") or not pair.partition("=")[2]:
            ap.error(f"{pair}: give STEP=VALUE with detector, finder, classifier or loso")
    try:
        left = Chain(args).run()
    except KeyboardInterrupt:
        raise SystemExit("stopped; start it again to go on") from None
    if left:
        raise SystemExit(f"cannot go on with {', '.join(left)}: what they need is not there")


if __name__ == "__main__":
    main()
