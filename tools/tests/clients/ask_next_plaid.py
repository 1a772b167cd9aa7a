"""Prints what next-plaid's own client asks for a text and for vectors, as [method, path, format of embeddings, body]."""
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from next_plaid_client import NextPlaidClient, SearchParams

asked = []
REPLIES = {
    "/encode": {"embeddings": [], "num_texts": 0},
    "/rerank_with_encoding": {"results": [], "num_documents": 0},
}
FOUND = {"num_queries": 1, "results": [{"query_id": 0, "document_ids": [3], "scores": [2.5], "metadata": [None]}]}


class Asked(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        asked.append([self.command, self.path, self.headers.get("x-embeddings-format"), body])
        reply = json.dumps(REPLIES.get(self.path, FOUND)).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(reply)))
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(reply)

    def log_message(self, *_):
        pass


query, texts, vectors, k = json.loads(sys.argv[1])
server = ThreadingHTTPServer(("127.0.0.1", 0), Asked)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = NextPlaidClient(f"http://127.0.0.1:{server.server_port}")
client.search("docs", [query], params=SearchParams(top_k=k))
client.search("docs", [vectors], params=SearchParams(top_k=k))
client.encode(texts, input_type="document")
client.rerank(query, texts)
print(json.dumps(asked))
