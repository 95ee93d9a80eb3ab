"""Trains ibnet2 within a budget of minutes. Checkpoints as it goes; --resume continues where it stopped.

    python3 tools/train/train.py --minutes 100
    python3 tools/train/train.py --minutes 600 --device cuda --workers 1 --batch 32 --crop 192
"""
import argparse
import copy
import csv
import math
import os
import pathlib
import threading
import time

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file

from dataset import OTHER_PLANES, PLANES_RENDERED, PRIOR_PLANES, Shards, guesses, prior_blend
from ibnet2 import ERROR_OUTPUTS, IbNet2, absolute_difference, picture_of, view_curve

WORK = pathlib.Path(__file__).resolve().parent / "work"
WARM_UP_STEPS = 200
EMA_DECAY = 0.999
COARSE_WEIGHT = 0.3
DETAIL_WEIGHT = 0.5
FLOW_WEIGHT = 0.01      # a pixel
FLOW_CAP_PX = 32.0
RESIDUAL_WEIGHT = 1e-3  # a pixel: what the picture does not ask for does not move
ERROR_WEIGHT = 0.05
ERROR_FLOOR = 0.005     # in the view; without it one surprising pixel can undo the run
CLIP_NORM = 0.5
VALIDATION_SECONDS = 360
VALIDATION_SAMPLES = 32  # of each kind


# ---------------------------------------------------------------------------------------------------------------
# Losses
# ---------------------------------------------------------------------------------------------------------------

def charbonnier(x):
    return torch.sqrt(x * x + 1e-6)


def picture_loss(picture, truth):
    """Charbonnier on the view, and on its differences between neighbours at two scales."""
    error = picture - truth
    loss = charbonnier(error).mean()
    for scale in (1, 2):
        e = error if scale == 1 else F.avg_pool2d(error, 2)
        loss = loss + 0.5 * DETAIL_WEIGHT * scale * (charbonnier(e[..., 1:] - e[..., :-1]).mean()
                                                     + charbonnier(e[..., 1:, :] - e[..., :-1, :]).mean())
    return loss


def flow_loss(flow, exact, visible):
    distance = torch.sqrt((flow - exact).square().sum(1, keepdim=True) + 1e-3).clamp_max(FLOW_CAP_PX)
    return (distance * visible).mean()


def losses(model, batch):
    main, other, d = guesses(batch["main"], batch["other"])
    fine, coarse = model(view_curve(batch["key0"]), view_curve(batch["key1"]), main, other, d, batch["time"])
    truth = view_curve(batch["truth"])
    picture = view_curve(picture_of(batch["key0"], batch["key1"], fine))
    seen0, seen1 = batch["visible"][:, 0:1], batch["visible"][:, 1:2]
    exact0, exact1 = batch["flow"][:, 0:2], batch["flow"][:, 2:4]
    actual = absolute_difference(picture, truth).detach()
    expected = fine.error + ERROR_FLOOR
    clean = batch["clean"].view(-1, 1, 1, 1)  # a rendered truth has noise of its own, which is no error of the picture
    moved = sum((after - before).abs().mean() for after, before in (
        (fine.main.flow0, main.flow0), (fine.main.flow1, main.flow1),
        (fine.other.flow0, other.flow0), (fine.other.flow1, other.flow1)))
    taught = (fine,) if model.coarse_is_frozen else (coarse, fine)
    parts = {
        "picture": picture_loss(picture, truth),
        "flow": FLOW_WEIGHT * sum(flow_loss(o.main.flow0, exact0, seen0) + flow_loss(o.main.flow1, exact1, seen1)
                                  for o in taught),
        "residual": RESIDUAL_WEIGHT * moved,
        "error": ERROR_WEIGHT * (clean * (actual / expected + torch.log(expected))).mean(),
    }
    if not model.coarse_is_frozen:
        coarse_picture = view_curve(picture_of(batch["key0"], batch["key1"], coarse))
        parts["coarse"] = COARSE_WEIGHT * picture_loss(coarse_picture, truth)
    return parts


# ---------------------------------------------------------------------------------------------------------------
# Validation
# ---------------------------------------------------------------------------------------------------------------

def display(linear):
    x = linear.clamp(0, 1)
    return torch.where(x <= 0.0031308, 12.92 * x, 1.055 * x.clamp_min(1e-6) ** (1 / 2.4) - 0.055)


def psnr(picture, truth):
    error = (display(picture) - display(truth)).square().mean().item()
    return min(-10 * math.log10(error + 1e-10), 60.0)


@torch.no_grad()
def validate(model, shards, device):
    """Mean PSNR in the display view, by kind of sample and prior: keyframes' mean, prior alone, network."""
    results = {}
    for kind, indices in (("layered", shards.layered), ("rendered", shards.rendered)):
        chosen = indices[::2][:VALIDATION_SAMPLES]  # the same ones once there are enough
        for which in PRIOR_PLANES:
            rows = []
            for index in chosen:
                planes, moment, has_vectors, _ = shards.samples[index]
                if which == "vectors" and not has_vectors:
                    continue
                x = torch.from_numpy(planes[:PLANES_RENDERED].astype(np.float32))[None].to(device)
                key0, key1, truth, prior = x[:, 0:3], x[:, 3:6], x[:, 6:9], x[:, PRIOR_PLANES[which]]
                other = x[:, OTHER_PLANES]
                t = torch.tensor([moment], device=device)
                output, _ = model(view_curve(key0), view_curve(key1), *guesses(prior, other), t)
                error = output.error
                picture = picture_of(key0, key1, output)
                actual = absolute_difference(view_curve(picture), view_curve(truth))
                with np.errstate(invalid="ignore"):  # an untrained network predicts the same error everywhere
                    correlation = np.corrcoef(actual.flatten().cpu(), error.flatten().cpu())[0, 1]
                rows.append((psnr((1 - moment) * key0 + moment * key1, truth),
                             psnr(prior_blend(key0, key1, prior, t), truth), psnr(picture, truth), correlation))
            if rows:
                results[kind, which] = np.mean(rows, 0)
    return results


def summary_of(results):
    return "; ".join(f"{kind}/{which}: mean {m:.2f}, prior {p:.2f}, network {n:.2f} dB, error correlation {c:.2f}"
                     for (kind, which), (m, p, n, c) in results.items())


# ---------------------------------------------------------------------------------------------------------------
# The loop
# ---------------------------------------------------------------------------------------------------------------

class Trainer:
    """The weights, their running mean, and workers that improve them.

    A worker computes the gradient of its own batch on its own copy of the weights and applies it under a lock. On a
    processor, one single-threaded worker a core does far more than one step that is spread over the cores, above all
    when they are shared with other work; a gradient is then at most a step or two old. A GPU needs one worker."""

    def __init__(self, arguments, device):
        self.arguments, self.device = arguments, device
        self.budget = arguments.minutes * 60
        self.model = IbNet2().to(device, memory_format=torch.channels_last)
        if arguments.init:
            self.model.begin_from({name: value for name, value in load_file(arguments.init).items()
                                   if not name.endswith(".full_scale")})
        if arguments.only:
            self.model.learn_only(arguments.only)
        self.ema = copy.deepcopy(self.model)
        decay = 0 if arguments.only == "error" else 1e-4  # of what learns nothing, too
        self.optimizer = torch.optim.AdamW(learning(self.model), lr=arguments.rate, betas=(0.9, 0.99), weight_decay=decay)
        self.step, self.started = 0, time.monotonic()
        self.results = {}
        if arguments.resume:
            state = torch.load(arguments.run / "last.pt", map_location=device, weights_only=False)
            self.model.load_state_dict(state["model"])
            self.ema.load_state_dict(state["ema"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.step, self.started = state["step"], time.monotonic() - state["spent"]
        self.shards = Shards(arguments.data, held_out=False)
        self.shards.rescan()
        self.lock, self.stop, self.failure = threading.Lock(), threading.Event(), None
        self.sums, self.count = {}, 0

    def spent(self):
        return time.monotonic() - self.started

    def rate(self):
        warm = min(1.0, (self.step + 1) / WARM_UP_STEPS)
        return self.arguments.rate * warm * 0.5 * (1 + math.cos(math.pi * min(1.0, self.spent() / self.budget)))

    def work(self, number):
        try:
            rng = np.random.default_rng((self.arguments.seed, self.step, number))
            model = copy.deepcopy(self.model)
            model.bfloat16 = True
            while not self.stop.is_set():
                batch = self.shards.crops(rng, self.arguments.batch, self.arguments.crop, self.arguments.rendered_share)
                with self.lock:
                    model.load_state_dict(self.model.state_dict())
                parts = losses(model, {key: value.to(self.device) for key, value in batch.items()})
                gradients = torch.autograd.grad(sum(parts.values()), learning(model))
                with self.lock:
                    self.apply(gradients, parts)
        except BaseException as error:  # ends the run, in the main thread
            self.failure = error

    def apply(self, gradients, parts):
        for parameter, gradient in zip(learning(self.model), gradients):
            if self.arguments.only == "error":
                gradient[:ERROR_OUTPUTS.start], gradient[ERROR_OUTPUTS.stop:] = 0, 0
            parameter.grad = gradient
        norm = torch.nn.utils.clip_grad_norm_(learning(self.model), CLIP_NORM)
        if not torch.isfinite(norm):
            print(f"step {self.step}: the gradient is not finite, skipped", flush=True)
            return
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate()
        self.optimizer.step()
        self.step += 1
        decay = min(EMA_DECAY, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for kept, new in zip(self.ema.parameters(), self.model.parameters()):
                kept.lerp_(new, 1 - decay)
        for name, value in (*parts.items(), ("gradient", norm)):
            self.sums[name] = self.sums.get(name, 0.0) + value.item()
        self.count += 1

    def log(self, seconds):
        with self.lock:
            sums, count, self.sums, self.count = self.sums, self.count, {}, 0
        if count:
            append_row(self.arguments.run / "training.csv", {
                "step": self.step, "seconds": round(self.spent()), "rate": self.rate(),
                "steps_per_second": count / seconds, "samples": len(self.shards.samples),
                **{name: value / count for name, value in sums.items()}})

    def validate(self, held_out):
        held_out.rescan()
        with self.lock:
            model, step = copy.deepcopy(self.ema), self.step
        model.bfloat16 = True
        self.results = validate(model, held_out, self.device)
        print(f"step {step}, {self.spent() / 60:.1f} min: {summary_of(self.results)}", flush=True)
        for (kind, which), (mean, prior, network, correlation) in self.results.items():
            append_row(self.arguments.run / "validation.csv", {
                "step": step, "seconds": round(self.spent()), "kind": kind, "prior": which, "psnr_mean": mean,
                "psnr_prior": prior, "psnr_network": network, "error_correlation": correlation})

    def save(self):
        path, a = self.arguments.run / "last.pt", self.arguments
        partial = path.with_suffix(".partial")
        with self.lock:
            torch.save({"model": self.model.state_dict(), "ema": self.ema.state_dict(),
                        "optimizer": self.optimizer.state_dict(), "step": self.step, "spent": self.spent(),
                        "summary": f"{self.step} steps of {a.batch} crops of {a.crop} from {len(self.shards.samples)} "
                                   f"samples; {summary_of(self.results)}"}, partial)
        os.replace(partial, path)

    def run(self):
        held_out = Shards(self.arguments.data, held_out=True)
        workers = [threading.Thread(target=self.work, args=(k,), daemon=True) for k in range(self.arguments.workers)]
        for worker in workers:
            worker.start()
        last = dict.fromkeys(("log", "save", "validate"), self.spent())
        while self.spent() < self.budget and not self.failure:
            time.sleep(1)

            def due(what, seconds):
                elapsed = self.spent() - last[what]
                if elapsed > seconds:
                    last[what] = self.spent()
                return elapsed if elapsed > seconds else 0

            if elapsed := due("log", 30):
                self.shards.rescan()
                self.log(elapsed)
            if due("validate", VALIDATION_SECONDS):
                self.validate(held_out)
            if due("save", 180):
                self.save()
        self.stop.set()
        for worker in workers:
            worker.join()
        if self.failure:
            raise self.failure
        self.validate(held_out)
        self.save()


def learning(model):
    return [p for p in model.parameters() if p.requires_grad]


def append_row(path, row):
    new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, row.keys())
        if new:
            writer.writeheader()
        writer.writerow(row)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=pathlib.Path, default=WORK / "data")
    parser.add_argument("--run", type=pathlib.Path, default=WORK / "run", help="folder of checkpoints and logs")
    parser.add_argument("--minutes", type=float, required=True, help="the learning rate ends at zero with them")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--workers", type=int, default=2, help="one a core; 1 on a GPU")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--crop", type=int, default=128)
    parser.add_argument("--rate", type=float, default=5e-4, help="8e-4 diverged")
    parser.add_argument("--rendered-share", type=float, default=0.6, help="of crops, against layered ones")
    parser.add_argument("--resume", action="store_true", help="continue RUN/last.pt, spending what its budget has left")
    parser.add_argument("--init", type=pathlib.Path, help="start from these weights (safetensors)")
    parser.add_argument("--only", choices=("fine", "error"), help="leave all before the fine stage as it is, or all but its "
                        "estimate of the error (which learns from layered samples: --rendered-share 0)")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    torch.set_num_threads(1)
    torch.manual_seed(arguments.seed)
    arguments.run.mkdir(parents=True, exist_ok=True)
    Trainer(arguments, torch.device(arguments.device)).run()


if __name__ == "__main__":
    main()
