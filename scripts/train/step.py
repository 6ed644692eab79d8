"""What every step of the chain shares: its place W/<step>, arguments, log, progress, device, checkpoints and the training loop."""
import argparse
import copy
import ctypes
import fcntl
import json
import math
import multiprocessing.connection
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("PYTORCH_NVML_BASED_CUDA_CHECK", "1")  # asking for a GPU must not touch it: side_by_side forks afterwards

import numpy as np
import torch
from torch.utils.data import DataLoader, IterableDataset

ROOT = Path(__file__).resolve().parents[2]
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # malloc.h
SAVE_EVERY = 100  # steps; what a kill can cost


def arguments(doc, **defaults):
    """--work, --seed, --device, --weights and one option per keyword (its type is that of the default)."""
    ap = argparse.ArgumentParser(description=doc.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    ap.add_argument("--work", default=str(ROOT.parent / "anqi-train"), help="work folder: everything is read from and written to it")
    ap.add_argument("--weights", default=str(ROOT.parent / "shared/weights"), help="folder with yolox_nano.onnx (COCO)")
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1 …")
    ap.add_argument("--workers", type=int, default=-1, help="processes that make batches; -1: none on the CPU, up to 8 beside a GPU")
    for name, value in defaults.items():
        ap.add_argument("--" + name.replace("_", "-"), type=type(value), default=value)
    return ap


def copy_of(args, **changed):
    """The arguments with some of them changed."""
    return argparse.Namespace(**{**vars(args), **changed})


def write(path, text):
    """The whole file or none of it."""
    path = Path(path)
    part = path.with_name(path.name + ".part")
    part.write_text(text)
    os.replace(part, path)


def keep_memory():
    """glibc hands large blocks back to the system at once and asks for them again: that was four fifths of a training step on the CPU."""
    try:
        libc = ctypes.CDLL(None)
        libc.mallopt(M_MMAP_THRESHOLD, 1 << 30)
        libc.mallopt(M_TRIM_THRESHOLD, (1 << 31) - 1)
    except (OSError, AttributeError):
        pass  # another C library


class Step:
    def __init__(self, name, args):
        self.name, self.args, self.started = name, args, time.time()
        self.work = Path(args.work).resolve()
        self.folder = self.work / name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.lock = open(self.folder / ".lock", "w")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise SystemExit(f"{self.folder}: this step is running already; wait for it or end it") from None
        self.device = torch.device(("cuda" if torch.cuda.is_available() else "cpu") if args.device == "auto" else args.device)
        self.workers = args.workers if args.workers >= 0 else 0 if self.device.type == "cpu" else min(8, max(1, (os.cpu_count() or 2) - 1))
        keep_memory()
        torch.set_num_threads(1)  # two processes of one thread beat one of two
        torch.manual_seed(args.seed)
        self.say(f"{name}: {json.dumps(self.config())} on {self.device}, torch {torch.__version__}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.lock.close()

    def config(self):
        return {k: v for k, v in vars(self.args).items() if k not in ("work", "device", "workers", "jobs")}

    def say(self, text):
        print(text, flush=True)
        with open(self.folder / "log.txt", "a") as log:
            log.write("".join(f"{time.strftime('%H:%M:%S', time.gmtime())} {line}\n" for line in str(text).splitlines()))

    def bar(self, items, total=None):
        """A progress bar on a terminal; the items alone elsewhere."""
        if sys.stderr.isatty():
            try:
                from tqdm import tqdm
                return tqdm(items, total=total, desc=self.name, dynamic_ncols=True)
            except ImportError:
                self.say("no progress bar: apt install python3-tqdm")
        return items

    def progress(self, items, total=None):
        """The bar, or about ten plain lines."""
        total, start, shown = total if total is not None else len(items), time.time(), 0
        for k, item in enumerate(self.bar(items, total), 1):
            yield item
            if k * 10 // max(total, 1) > shown and k < total and not sys.stderr.isatty():
                shown = k * 10 // total
                self.say(f"{k} of {total}, {time.time() - start:.0f} s, about {(time.time() - start) * (total - k) / k:.0f} s to go")

    def need(self, relative):
        """-> the path of what an earlier step wrote."""
        path = self.work / relative
        if not path.exists():
            maker = {"prepared.json": "prepare"}.get(str(relative), Path(relative).parts[0])
            raise SystemExit(f"{path} is missing: run the step '{maker}' first (python3 all.py --work {self.work} --only {maker})")
        return path

    def save(self, **state):
        part = self.folder / "checkpoint.part"
        torch.save({**state, "args": json.dumps(self.config())}, part)
        os.replace(part, self.folder / "checkpoint.pt")

    def finish(self, metrics, **facts):
        row = {"step": self.name, "finished": time.strftime("%Y-%m-%d %H:%M", time.gmtime()), "seconds": round(time.time() - self.started),
               "config": self.config(), "device": str(self.device), **facts, "metrics": metrics}
        text = json.dumps(row, default=float)
        with open(self.work / "runs.jsonl", "a") as runs:
            runs.write(text + "\n")
        write(self.folder / "done.json", text)
        self.say(f"{self.name}: done after {row['seconds']} s")


def load_checkpoint(path):
    """-> {net, ema, opt, step, args}. Tensors, whole numbers and strings alone: that much every torch loads without running code."""
    saved = torch.load(path, map_location="cpu", weights_only=True)
    return {**saved, "args": json.loads(saved["args"]) if "args" in saved else {}}


def to(device, batch):
    if torch.is_tensor(batch):
        return batch.to(device, non_blocking=True)
    return [to(device, b) for b in batch] if isinstance(batch, (list, tuple)) else batch


class Batches(IterableDataset):
    """Batch k is drawn from a generator seeded with (seed, k): the same whatever the number of workers and however often it was resumed."""

    def __init__(self, draw, seed, start, steps):
        self.draw, self.seed, self.start, self.steps = draw, seed, start, steps

    def __iter__(self):
        info = torch.utils.data.get_worker_info()
        first, stride = (info.id, info.num_workers) if info else (0, 1)
        for k in range(self.start + first, self.steps, stride):
            yield self.draw(np.random.default_rng([self.seed, k]))


def one_cycle(k, steps, warm=0.15):
    """Learning-rate factor of step k: cosine up over the first share of the steps, cosine down to nothing."""
    if k < warm * steps:
        return 0.04 + 0.96 * 0.5 * (1 - math.cos(math.pi * k / (warm * steps)))
    return 0.001 + 0.999 * 0.5 * (1 + math.cos(math.pi * (k - warm * steps) / max(1, (1 - warm) * steps)))


def fit(step, net, draw, loss_of, evaluate, lr, weight_decay, warm=0.15, clip=5.0, eval_every=2000, workers=None):
    """Trains net from the step's checkpoint to args.steps. draw(rng) -> batch; loss_of(net, batch on the device) -> loss;
    evaluate(net) -> metrics. -> (averaged net, last metrics). A resumed run ends with the same weights as one that was never stopped."""
    steps, seed, device = step.args.steps, step.args.seed, step.device
    net = net.to(device, memory_format=torch.channels_last).train()
    if getattr(step.args, "init", ""):
        freeze_statistics(net)
    ema = copy.deepcopy(net).eval()
    trained = [p for p in net.parameters() if p.requires_grad]
    opt, at = torch.optim.AdamW(trained, lr, weight_decay=weight_decay), 0
    if (step.folder / "checkpoint.pt").exists():
        saved = load_checkpoint(step.folder / "checkpoint.pt")
        net.load_state_dict(saved["net"]), ema.load_state_dict(saved["ema"])
        opt.load_state_dict({"state": saved["opt"], "param_groups": opt.state_dict()["param_groups"]})
        at = saved["step"]
        step.say(f"resumed at step {at} of {steps}")
        if saved["args"].get("steps") != steps:
            step.say(f"the checkpoint was made for {saved['args'].get('steps')} steps: the learning rate follows the new {steps}")
    workers = step.workers if workers is None else workers  # 0 where batches are made on the device
    batches = iter(DataLoader(Batches(draw, seed, at, steps), batch_size=None, num_workers=workers, pin_memory=workers > 0,
                              multiprocessing_context="fork" if workers else None))  # fork: the pictures in memory are shared
    averaged = floats_of(ema, net)
    losses, start, metrics = [], time.time(), None
    for k in step.bar(range(at, steps)):
        torch.manual_seed(seed * 1_000_003 + k)
        opt.param_groups[0]["lr"] = lr * one_cycle(k, steps, warm)
        loss = loss_of(net, to(device, next(batches)))
        opt.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, clip)
        opt.step()
        average(*averaged, min(0.998, (2 + k) / (11 + k)))
        losses.append(loss.detach())
        done = k + 1
        if done % 50 == 0:
            pace = len(losses) / (time.time() - start)
            step.say(f"step {done} of {steps}, loss {float(torch.stack(losses).mean()):.4f}, {pace:.2f} steps/s, about {(steps - done) / pace / 60:.0f} min to go")
            losses, start = [], time.time()
        if done % SAVE_EVERY == 0 or done == steps:
            step.save(net=net.state_dict(), ema=ema.state_dict(), opt=opt.state_dict()["state"], step=done)
        if done % eval_every == 0 and done < steps:
            step.say(show(evaluate(ema)))
            start = time.time()
    metrics = evaluate(ema)
    step.say(show(metrics))
    return ema, metrics


def freeze_statistics(net):
    """Fine-tuning: few pictures, few steps; batch normalisation keeps what it knows."""
    for m in net.modules():
        if isinstance(m, torch.nn.BatchNorm2d):
            m.eval()


def floats_of(ema, net):
    """-> (tensors of the averaged net, the same of the net): all but the counters of batch normalisation."""
    pairs = [(e, p) for e, p in zip(ema.state_dict().values(), net.state_dict().values()) if e.is_floating_point()]
    return [e for e, _ in pairs], [p for _, p in pairs]


@torch.no_grad()
def average(ema, net, decay):
    torch._foreach_mul_(ema, decay)
    torch._foreach_add_(ema, net, alpha=1 - decay)


@torch.no_grad()
def infer(net, batch):
    """Array in, array out, on the device of the net."""
    device = next(net.parameters()).device
    return net(torch.from_numpy(np.ascontiguousarray(batch)).to(device)).cpu().numpy()


def side_by_side(tasks, jobs):
    """Runs the functions, `jobs` of them at a time in processes that share this one's memory; with one job in this process.
    Nothing may have used the GPU before."""
    if jobs <= 1:
        for task in tasks:
            task()
        return
    waiting, running = list(tasks), []
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                child = multiprocessing.get_context("fork").Process(target=waiting.pop(0))
                child.start()
                running.append(child)
            multiprocessing.connection.wait([c.sentinel for c in running])
            for child in [c for c in running if not c.is_alive()]:
                running.remove(child)
                if child.exitcode:
                    raise SystemExit(f"one of the side-by-side runs failed (exit {child.exitcode}); its output stands above")
    finally:
        for child in running:
            child.terminate()
            child.join(10)


def spread(work, count, jobs, step):
    """work(0) … work(count - 1) in order, on `jobs` processes that share this one's memory."""
    if jobs <= 1:
        return [work(k) for k in step.progress(range(count))]
    global _work
    _work = work
    with multiprocessing.get_context("fork").Pool(jobs) as pool:
        return list(step.progress(pool.imap(_run, range(count), 8), count))


_work = None


def _run(k):
    return _work(k)


def show(table):
    """Metrics {source: {name: value}} as one line per source."""
    return "\n".join(f"{s:22s} " + " ".join(f"{k} {v}" for k, v in row.items()) for s, row in table.items())
