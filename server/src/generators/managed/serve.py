# Serves a model with the package xllamacpp until standard input ends. The key comes by the environment, as for llama-server.
import os
import sys

packages, model, name, port, threads, context = sys.argv[1:]
if sys.version_info < (3, 10):
    sys.exit("xllamacpp needs Python 3.10 or newer, python3 is " + sys.version.split()[0])
sys.path.insert(0, packages)
import xllamacpp

params = xllamacpp.CommonParams()
params.model.path = model
params.model_alias = {name}
params.hostnames = ["127.0.0.1"]
params.port = int(port)
params.api_keys = [os.environ.pop("LLAMA_API_KEY")]
params.n_ctx = int(context)
params.n_parallel = 1
params.cache_ram_mib = 0
params.ui = False
params.offline = True
for cpu in (params.cpuparams, params.cpuparams_batch):
    cpu.n_threads = int(threads)
    cpu.poll = 0
try:
    server = xllamacpp.Server(params)
except RuntimeError as error:
    sys.exit(str(error))
sys.stdin.buffer.read()
os._exit(0)
