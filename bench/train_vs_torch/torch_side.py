"""PyTorch's half of the comparison: trains on the windows and from the initial weights that Mote's half wrote."""

import argparse
import json
import pathlib
import statistics
import time

import numpy
import torch
from torch import nn


def build(length, channels, classes):
    return nn.Sequential(
        nn.Conv1d(channels, 8, 5, padding="same"), nn.ReLU(), nn.MaxPool1d(2),
        nn.Conv1d(8, 16, 3, padding="same"), nn.ReLU(), nn.MaxPool1d(2),
        nn.Flatten(), nn.Linear(16 * (length // 4), 16), nn.ReLU(), nn.Linear(16, classes))


def load_weights(model, folder, length):
    """Mote keeps time before channels: [filters][taps][channels], and flattens [time][channels]."""
    flat = torch.from_numpy(numpy.fromfile(folder / "weights.bin", dtype="<f4"))
    taken = 0

    def take(*shape):
        nonlocal taken
        size = int(numpy.prod(shape))
        taken += size
        return flat[taken - size:taken].reshape(shape)

    with torch.no_grad():
        for layer in model:
            if isinstance(layer, nn.Conv1d):
                out, into, taps = layer.weight.shape
                layer.weight.copy_(take(out, taps, into).permute(0, 2, 1))
            elif isinstance(layer, nn.Linear) and layer.in_features > 16:
                out, depth = layer.weight.shape
                steps = length // 4
                layer.weight.copy_(take(out, steps, depth // steps).permute(0, 2, 1).reshape(out, depth))
            elif isinstance(layer, nn.Linear):
                layer.weight.copy_(take(*layer.weight.shape))
            else:
                continue
            layer.bias.copy_(take(*layer.bias.shape))
    assert taken == flat.numel()


def train(folder, setup, foreach, seed):
    length, channels, classes = setup["length"], setup["channels"], setup["classes"]
    x = torch.from_numpy(numpy.fromfile(folder / "windows.bin", dtype="<f4").reshape(-1, length, channels))
    x = x.permute(0, 2, 1).contiguous()
    y = torch.from_numpy(numpy.fromfile(folder / "labels.bin", dtype="<i4").astype("int64"))
    model = build(length, channels, classes)
    load_weights(model, folder, length)
    with torch.no_grad():
        start_loss = nn.CrossEntropyLoss()(model(x), y).item()
    if abs(start_loss - setup["initial_loss"]) > 1e-4:
        raise SystemExit(f"not the same network: its first loss is {start_loss}, Mote's {setup['initial_loss']}")
    optimizer = torch.optim.Adam(model.parameters(), lr=setup["learning_rate"], eps=1e-7, foreach=foreach)
    criterion = nn.CrossEntropyLoss()
    generator = torch.Generator().manual_seed(seed)
    batch, n = setup["batch"], len(x)
    start = time.perf_counter()
    for _ in range(setup["epochs"]):
        order = torch.randperm(n, generator=generator)
        total = torch.zeros(())
        for begin in range(0, n, batch):
            which = order[begin:begin + batch]
            optimizer.zero_grad(set_to_none=True)
            loss = criterion(model(x[which]), y[which])
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(which)
    seconds = time.perf_counter() - start
    with torch.no_grad():
        final = criterion(model(x), y).item()
    return n * setup["epochs"] / seconds, final


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    setup = json.loads((arguments.folder / "setup.json").read_text())
    best = None
    for foreach in (False, True):  # whichever of its two Adams is faster here
        train(arguments.folder, {**setup, "epochs": 2}, foreach, 0)
        runs = [train(arguments.folder, setup, foreach, seed) for seed in range(1, arguments.repeats + 1)]
        speed = statistics.median(r[0] for r in runs)
        if best is None or speed > best["samples_per_second"]:
            best = {"samples_per_second": speed, "loss": statistics.median(r[1] for r in runs), "foreach": foreach,
                    "runs": [r[0] for r in runs], "version": torch.__version__}
    print(json.dumps(best))


main()
