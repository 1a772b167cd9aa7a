"""Times maxsim-cpu for `compare kernels`: reads "uniform N" or "variable N" from stdin, prints seconds of processor time.

N is how often all passages are scored. Needs numpy and maxsim-cpu. Arguments: query.npy, vectors.npy, tokens per passage.
"""

import sys
import time

import maxsim_cpu
import numpy

query = numpy.load(sys.argv[1])
vectors = numpy.load(sys.argv[2])
passages = vectors.reshape(-1, int(sys.argv[3]), vectors.shape[1])
scorers = {
    "uniform": (maxsim_cpu.maxsim_scores, passages),
    "variable": (maxsim_cpu.maxsim_scores_variable, [numpy.ascontiguousarray(p) for p in passages]),
}
for score, documents in scorers.values():
    total = float(numpy.sum(score(query, documents)))
print(total, flush=True)
for line in sys.stdin:
    name, repeats = line.split()
    score, documents = scorers[name]
    start = time.process_time()
    for _ in range(int(repeats)):
        score(query, documents)
    print(time.process_time() - start, flush=True)
