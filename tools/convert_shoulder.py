#!/usr/bin/env python3
"""Writes the compact copy of seglearn's smartwatch recordings that examples/shoulder/data holds.

    python3 -m venv .venv && .venv/bin/pip install numpy
    .venv/bin/pip download --no-deps seglearn==1.2.5
    .venv/bin/python tools/convert_shoulder.py seglearn-1.2.5-py3-none-any.whl

What is done to the data, and nothing else: two neighbouring samples become their mean (50 Hz to 25 Hz; an odd last
sample is dropped), accelerations are written in thousandths of g and angular rates in degrees per second, both rounded
to whole numbers. One CSV per recording: EXERCISE/pNN_SIDE.csv.
"""

import argparse
import hashlib
import io
import pathlib
import shutil
import sys
import tarfile
import zipfile

import numpy as np

MEMBER = "seglearn/data/watch_dataset.npy"
SHA256 = "eb122f23cdf06ef6bd6c6c5312958ec5cf9d038e2e6d457b8081662c75a42537"  # of MEMBER in seglearn 1.2.5
EXERCISES = {
    "PEN": "pendulum",
    "ABD": "abduction",
    "FEL": "forward_elevation",
    "IR": "internal_rotation",
    "ER": "external_rotation",
    "TRAP": "trapezius_extension",
    "ROW": "upright_row",
}
SIDES = {0: "left", 1: "right"}
COLUMNS = "ax_mg,ay_mg,az_mg,gx_dps,gy_dps,gz_dps"


def read_member(package):
    """The bytes of the data set inside a wheel, a source archive, or on their own."""
    if package.suffix == ".npy":
        return package.read_bytes()
    if package.suffix == ".whl":
        with zipfile.ZipFile(package) as archive:
            return archive.read(MEMBER)
    with tarfile.open(package) as archive:
        for member in archive.getmembers():
            if member.name.endswith(MEMBER):
                return archive.extractfile(member).read()
    sys.exit(f"{package}: holds no {MEMBER}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("package", type=pathlib.Path, help="wheel or source archive of seglearn 1.2.5")
    parser.add_argument("--output", type=pathlib.Path,
                        default=pathlib.Path(__file__).resolve().parent.parent / "examples/shoulder/data")
    options = parser.parse_args()

    content = read_member(options.package)
    found = hashlib.sha256(content).hexdigest()
    if found != SHA256:
        sys.exit(f"{options.package}: {MEMBER} has SHA-256 {found}, expected {SHA256}; use seglearn 1.2.5")
    # The file is a pickle: it is only opened after its hash has been compared.
    data = np.load(io.BytesIO(content), allow_pickle=True).item()

    shutil.rmtree(options.output, ignore_errors=True)
    names = [EXERCISES[label] for label in data["y_labels"]]
    scale = np.array([1000.0] * 3 + [180 / np.pi] * 3)
    for series, label, subject, side in zip(data["X"], data["y"], data["subject"], data["side"]):
        series = np.asarray(series, dtype=np.float64)
        pairs = series[: len(series) // 2 * 2].reshape(-1, 2, 6).mean(axis=1)
        rows = np.rint(pairs * scale).astype(np.int64)
        path = options.output / names[int(label)] / f"p{int(subject):02d}_{SIDES[int(side)]}.csv"
        if path.exists():
            sys.exit(f"two recordings would both become {path}")
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [COLUMNS] + [",".join(map(str, row)) for row in rows]
        path.write_text("\n".join(lines) + "\n", encoding="ascii", newline="\n")


if __name__ == "__main__":
    main()
