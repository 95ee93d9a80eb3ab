"""Trains the matching network (ibmatch.py) on pairs drawn on the spot (moving_layers.py).

    python3 tools/train/train_match.py --overfit                      # does it learn at all? a minute, no GPU
    python3 tools/train/train_match.py --minutes 600 --device cuda --compile

The rate follows the minutes, so give as many as there are. RUN/match.pt is the checkpoint (--resume goes on from it with the
minutes that are left, --init begins with its weights), RUN/match.csv the curve. A run that does no better than no motion is stopped.
"""
import argparse
import copy
import pathlib
import sys
import time

import torch

import ibmatch
import moving_layers


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--run", type=pathlib.Path, default=pathlib.Path(__file__).parent / "work/run")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--height", type=int, default=320)
    parser.add_argument("--width", type=int, default=448)
    parser.add_argument("--iterations", type=int, default=8)
    parser.add_argument("--rate", type=float, default=4e-4)
    parser.add_argument("--motion", type=float, default=170, help="pixels, at most, about")
    parser.add_argument("--overfit", action="store_true", help="two small pairs again and again")
    parser.add_argument("--textures", type=int, default=3000)
    parser.add_argument("--kept", type=int, default=100, help="batches of pairs to use again")
    parser.add_argument("--pictures", help="a .npy of [N,512,512,3] bytes: more textures")
    parser.add_argument("--init", help="checkpoint to start from")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--compile", action="store_true")
    return parser.parse_args()


def loss_of(cells, pixels, flow):
    """Per iteration the mean distance from the flow in pixels, later ones counting more. Beyond 400 pixels nothing is asked."""
    asked = (flow.abs().amax(1, keepdim=True) < 400).float()
    middle = slice(ibmatch.CELL // 2, None, ibmatch.CELL)
    coarse, coarse_asked = flow[:, :, middle, middle], asked[:, :, middle, middle]
    count, total = len(cells), 0
    for i, guess in enumerate(cells):
        distance = (ibmatch.CELL * guess - coarse).abs().sum(1, keepdim=True)
        total = total + 0.85 ** (count - 1 - i) * 0.5 * (distance * coarse_asked).mean()
    for i, guess in enumerate(pixels):
        distance = (guess - flow).abs().sum(1, keepdim=True)
        total = total + 0.85 ** (len(pixels) - 1 - i) * (((distance + 0.01) ** 0.8) * asked).mean()
    return total


class Pairs:
    """Pairs to train on. Half of them are new; the others were drawn before and come mirrored, in other colours."""

    def __init__(self, bank, arguments):
        self.bank, self.arguments, self.kept, self.drawn = bank, arguments, [], 0

    def next(self):
        if self.drawn % 2 == 0 or len(self.kept) < 8:
            pairs = moving_layers.draw(self.bank, self.arguments.batch, self.arguments.height, self.arguments.width,
                                       self.arguments.motion)
            if len(self.kept) < self.arguments.kept:
                self.kept.append(tuple(x.half() for x in pairs))
            else:
                self.kept[int(torch.randint(len(self.kept), ()))] = tuple(x.half() for x in pairs)
        else:
            view0, view1, forth, back = (x.float() for x in self.kept[int(torch.randint(len(self.kept), ()))])
            colours = torch.randperm(3, device=view0.device)
            pairs = [view0[:, colours], view1[:, colours], forth, back]
            for axis in range(2):
                if torch.rand(()) < 0.5:
                    pairs = [x.flip(3 - axis) for x in pairs]
                    sign = torch.tensor([1.0, -1.0] if axis else [-1.0, 1.0], device=view0.device)[:, None, None]
                    pairs[2:] = [x * sign for x in pairs[2:]]
        self.drawn += 1
        return pairs


def overfit():
    """Ends with an error where 60 steps on the same pairs do not bring the distance below a third of no motion's."""
    torch.manual_seed(5)
    bank = moving_layers.Bank(48, 48, "cpu")
    view0, view1, forth, back = moving_layers.draw(bank, 2, 128, 192)
    flow = torch.cat((forth, back))
    network = ibmatch.IbMatch()
    optimizer = torch.optim.AdamW(network.parameters(), 4e-4)
    still = flow.norm(dim=1).mean().item()
    for step in range(1, 61):
        cells, pixels = network(view0, view1, 6, 1)
        optimizer.zero_grad()
        loss_of(cells, pixels, flow).backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        distance = (pixels[-1] - flow).norm(dim=1).mean().item()
        if step % 10 == 0:
            print(f"step {step}  distance {distance:.1f} px, of no motion {still:.1f}", flush=True)
    return 0 if distance < still / 3 else "it does not learn"


def main():
    arguments = parse_arguments()
    if arguments.overfit:
        return overfit()
    arguments.run.mkdir(parents=True, exist_ok=True)
    device = torch.device(arguments.device)
    torch.manual_seed(arguments.seed)
    torch.set_float32_matmul_precision("high")
    torch.backends.cudnn.benchmark = True
    network = ibmatch.IbMatch()
    if arguments.init:
        network.load_state_dict(torch.load(arguments.init, map_location="cpu")["mean"])
    network = network.to(device, memory_format=torch.channels_last)
    mean = copy.deepcopy(network)
    optimizer = torch.optim.AdamW(network.parameters(), arguments.rate, weight_decay=1e-5, eps=1e-7)
    step, spent = 0, 0.0
    checkpoint = arguments.run / "match.pt"
    if arguments.resume:
        state = torch.load(checkpoint, map_location=device)
        network.load_state_dict(state["network"])
        mean.load_state_dict(state["mean"])
        optimizer.load_state_dict(state["optimizer"])
        step, spent = state["step"], state["spent"]
        torch.manual_seed(arguments.seed + step)
    begin = time.time()
    bank = moving_layers.Bank(arguments.textures, arguments.textures, device, arguments.seed, arguments.pictures)
    print(f"{arguments.textures} textures and shapes in {time.time() - begin:.0f} s", flush=True)

    pairs = Pairs(bank, arguments)
    forward = torch.compile(network, dynamic=False) if arguments.compile else network
    log = open(arguments.run / "match.csv", "a")

    def save():
        torch.save({"network": network.state_dict(), "mean": mean.state_dict(), "optimizer": optimizer.state_dict(),
                    "step": step, "spent": spent}, checkpoint)

    budget = 60 * arguments.minutes
    last = saved = shown = time.time()
    sums, summed = torch.zeros(4, device=device), 0
    while spent < budget:
        progress = spent / budget
        rate = arguments.rate * min(1.0, (step + 1) / 300) * max(0.01, 1 - progress)
        for group in optimizer.param_groups:
            group["lr"] = rate
        view0, view1, forth, back = pairs.next()
        flow = torch.cat((forth, back))
        views = [v.contiguous(memory_format=torch.channels_last) for v in (view0, view1)]
        with torch.autocast(device.type, torch.bfloat16):
            cells, pixels = forward(*views, arguments.iterations, 2)
        loss = loss_of(cells, pixels, flow)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        if bool(torch.isfinite(norm)):
            optimizer.step()
        with torch.no_grad():
            keep = min(0.998, step / (step + 20))
            torch._foreach_lerp_(list(mean.parameters()), list(network.parameters()), 1 - keep)
            distance = (pixels[-1] - flow).norm(dim=1)
            sums += torch.stack((loss.detach(), distance.mean(), (distance > 3).float().mean(), flow.norm(dim=1).mean()))
        summed += 1
        step += 1
        now = time.time()
        spent += now - last
        last = now
        if now - shown > 10:
            line = [f"{v:.4f}" for v in (sums / summed).tolist()]
            print(f"step {step}  {spent:.0f} s  loss {line[0]}  distance {line[1]} px, of no motion {line[3]}  "
                  f"beyond 3 px {line[2]}  norm {norm:.2f}", flush=True)
            print(",".join([str(step), f"{spent:.0f}", *line]), file=log, flush=True)
            if step > 1500 and sums[1] > 0.8 * sums[3]:
                return "stopped: hardly better than no motion"
            sums.zero_()
            summed, shown = 0, now
        if now - saved > 60:
            save()
            saved = now
    save()


if __name__ == "__main__":
    sys.exit(main())
